"""The transform between a camera and the body whose poses are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.data.checking.consistency import choose_pairs
from scenewright.data.checking.offsets import find_offset
from scenewright.data.checking.readings import Reading, View
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.geometry.transforms import invert_rigid
from tests.data.capture_builders import HEIGHT, K_INTEGER, WIDTH, Room

PRESENT = Reading(PoseEncoding())


def offset_of(turn: Rotation, move: tuple[float, float, float]) -> NDArray[np.float64]:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn.as_matrix(), move
    return matrix


def pairs_of(room: Room, poses: NDArray[np.float64]) -> list[tuple[View, View]]:
    camera = Intrinsics(K_INTEGER).camera(WIDTH, HEIGHT)
    views = [
        View(depth.astype(np.float32) / 1000, camera, pose, DepthEncoding(scale=1000))
        for depth, pose in zip(room.depths, poses, strict=True)
    ]
    chosen = choose_pairs(list(poses), list(range(len(poses))), num_pairs=10)
    return [(views[i], views[j]) for i, j in chosen]


@pytest.mark.parametrize(
    ("degrees", "move"),
    [
        ((0, 0, 0), (0.25, 0.0, -0.1)),
        ((0, 20, 0), (0.3, -0.1, 0.2)),
        ((-90, 0, -90), (0.1, 0.05, 0.3)),
        ((50, -35, 140), (-0.2, 0.3, 0.1)),
        ((10, 170, 25), (0.0, 0.4, 0.0)),
    ],
)
def test_offsets_of_any_orientation(
    degrees: tuple[float, ...], move: tuple[float, float, float], walk: Room
) -> None:
    cam_from_body = offset_of(Rotation.from_euler("xyz", degrees, degrees=True), move)
    found = find_offset(pairs_of(walk, walk.poses @ cam_from_body), PRESENT)
    assert found is not None
    left = cam_from_body @ found
    angle = np.rad2deg(Rotation.from_matrix(left[:3, :3]).magnitude())
    assert angle < 1.0 and np.linalg.norm(left[:3, 3]) < 0.03


def test_no_offset(walk: Room) -> None:
    found = find_offset(pairs_of(walk, walk.poses), PRESENT)
    assert found is not None
    np.testing.assert_allclose(found, np.eye(4), atol=0.01)
    np.testing.assert_allclose(found @ invert_rigid(found), np.eye(4), atol=1e-9)


def test_frames_without_depth(walk: Room) -> None:
    empty = Room(walk.images, np.zeros_like(walk.depths), walk.poses)
    assert find_offset(pairs_of(empty, empty.poses), PRESENT) is None
    assert find_offset([], PRESENT) is None
