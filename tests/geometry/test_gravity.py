"""Estimation of the up direction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from scenewright.geometry.gravity import angle_to_cameras, estimate_up
from scenewright.worlds import film_room


@pytest.mark.parametrize("seed", range(4))
def test_up_from_poses_and_from_normals(seed: int) -> None:
    room = film_room(seed, num_frames=20, width=64, height=48)
    rough = estimate_up(room.world_from_cam)
    assert rough is not None and rough[2] > np.cos(np.deg2rad(15))
    rng = np.random.default_rng(seed)
    walls = rng.standard_normal((2000, 3)) * [1, 1, 0.02]
    floor = rng.standard_normal((500, 3)) * 0.02 + [0, 0, 1]
    normals = np.concatenate([walls, floor])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    fine = estimate_up(room.world_from_cam, normals)
    assert fine is not None and fine[2] > np.cos(np.deg2rad(1))


def test_up_is_unknown_where_cameras_point_every_way() -> None:
    poses = np.tile(np.eye(4), (2, 1, 1))
    poses[1, 1, 1] = poses[1, 2, 2] = -1
    assert estimate_up(poses) is None
    assert estimate_up(np.zeros((0, 4, 4))) is None


@pytest.mark.parametrize("degrees", [0.0, 35.0, 90.0, 180.0])
def test_angle_between_up_and_the_images(degrees: float) -> None:
    # Cameras that look around horizontally, all rolled by the same angle; -y is up.
    poses = np.tile(np.eye(4), (6, 1, 1))
    for i, pose in enumerate(poses):
        pose[:3, :3] = Rotation.from_euler("YZ", (60 * i, degrees), degrees=True).as_matrix()
    found = angle_to_cameras(poses, np.array([0.0, -1.0, 0.0]))
    assert found == pytest.approx(degrees, abs=1e-4)


def test_cameras_that_look_straight_down_or_up() -> None:
    down = np.tile(np.eye(4), (3, 1, 1))
    assert angle_to_cameras(down, np.array([0.0, 0.0, -1.0])) is None
    assert angle_to_cameras(down, np.array([0.0, 0.0, 1.0])) == pytest.approx(90)
