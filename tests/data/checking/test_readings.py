"""Interpretations of a pair of frames, and their scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.data.checking.readings import (
    TOLERANCES,
    Reading,
    View,
    relative,
    scan_factors,
    score_pair,
)
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.pose_encodings import PoseEncoding
from tests.data.capture_builders import HEIGHT, K_INTEGER, WIDTH, Room

PRESENT = Reading(PoseEncoding())


def view_of(room: Room, index: int, *, factor: float = 1.0) -> View:
    stored = room.poses[index].copy()
    stored[:3, 3] *= factor
    depth = (room.depths[index] / 1000).astype(np.float32)
    return View(depth, Intrinsics(K_INTEGER).camera(WIDTH, HEIGHT), stored, DepthEncoding())


def pair(room: Room, *, factor: float = 1.0) -> tuple[View, View]:
    return view_of(room, 2, factor=factor), view_of(room, 5, factor=factor)


def test_true_readings_score_best(long_room: Room) -> None:
    first, second = pair(long_room)
    true = score_pair(first, second, PRESENT)
    assert (true > 0.7).all() and (np.diff(true) >= 0).all()
    for other in (
        replace(PRESENT, factor=0.0),
        replace(PRESENT, focal=1.2),
        replace(PRESENT, depth="ray"),
        replace(PRESENT, pose=PoseEncoding(direction="cam_from_world")),
        replace(PRESENT, pose=PoseEncoding(axes="ros")),
    ):
        assert score_pair(first, second, other).mean() < true.mean() - 0.1


def test_the_scan_of_factors_peaks_at_the_true_one(long_room: Room) -> None:
    factors = np.geomspace(0.1, 10, 81)
    scores = scan_factors(*pair(long_room, factor=0.4), PRESENT, factors)
    best = factors[scores >= scores.max() - 0.01]
    assert best.min() < 2.5 < best.max() * 1.03 and best.max() / best.min() < 1.5


def test_too_few_readings_have_no_score(long_room: Room) -> None:
    first, second = pair(long_room)
    empty = replace(first, depth=np.zeros_like(first.depth), _depths={})
    assert np.isnan(score_pair(empty, second, PRESENT)).all()
    broken = replace(first, stored=2 * np.eye(4), _poses={})
    assert relative(broken, second, PRESENT) is None
    assert score_pair(broken, second, PRESENT).tolist() == [0.0] * len(TOLERANCES)


def test_changes_are_counted() -> None:
    pose = PoseEncoding(direction="cam_from_world", axes="unity", quaternion="wxyz")
    assert PRESENT.num_changes(PoseEncoding()) == 0
    assert Reading(pose, 2.0, "ray", 1.1).num_changes(PoseEncoding()) == 6


def test_disparity_is_the_inverse_for_all_views_alike(room: Room) -> None:
    view = view_of(room, 0)
    disparity: NDArray[np.float32] = view.depth_as("disparity")
    known = view.depth > 0
    assert disparity[known] == pytest.approx(1 / view.depth[known], rel=1e-5)
    assert not disparity[~known].any()
