"""Depth from posed images alone."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.splats.fitting._plane_sweep import (
    choose_neighbors,
    focus_distances,
    sweep_depth,
    sweep_planes,
)
from scenewright.splats.fitting.targets import gather_targets
from tests.splats.fitting.fitting_builders import make_frame, make_pose
from tests.splats.shape_builders import around


def test_focus_is_the_point_that_cameras_look_at() -> None:
    poses = around(40, distance=3.0).world_from_cam
    assert focus_distances(poses) == pytest.approx(np.full(40, 3.0), rel=1e-4)
    larger = poses * np.array([1, 1, 1, 10.0])
    assert focus_distances(larger) == pytest.approx(np.full(40, 30.0), rel=1e-4)


def test_parallel_axes_have_a_focus_in_steps_of_the_cameras() -> None:
    poses = np.stack([make_pose(0.1 * i, 0, 0) for i in range(5)])
    assert focus_distances(poses) == pytest.approx(np.full(5, 2.0))
    with pytest.raises(CaptureError) as error:
        focus_distances(poses[[0, 0]])
    assert error.value.what == "All cameras are at the same position"


def test_neighbors_are_beside_a_view_and_look_the_same_way() -> None:
    poses = np.stack([make_pose(x, 0, 0) for x in (0.0, 0.4, 0.01, -0.4, 3.0)])
    backwards = make_pose(0.4, 0.1, np.pi)
    chosen = choose_neighbors(np.concatenate([poses, backwards[None]]), 0, 3.0)
    assert len(chosen) == 4 and 0 not in chosen and 5 not in chosen
    assert set(chosen[:2].tolist()) == {1, 3}


def test_scores_are_highest_at_the_shift_of_the_image() -> None:
    rng = np.random.default_rng(0)
    wide = rng.random((16, 40)).astype(np.float32)
    gray, other = np.ascontiguousarray(wide[:, 4:28]), np.ascontiguousarray(wide[:, :24])
    turns, shifts = np.eye(3)[None], np.array([[1.0, 0, 0]])
    scores = sweep_planes(gray, other[None], turns, shifts, np.arange(7.0))
    assert scores.shape == (7, 16, 24)
    inside = scores[:, 4:12, 4:14]
    assert (inside.argmax(axis=0) == 4).all()
    assert inside[4].min() > 0.99
    even = sweep_planes(np.zeros_like(gray), other[None], turns, shifts, np.arange(7.0))
    assert (even == -1).all()  # nothing to compare


def test_depth_of_a_painted_wall() -> None:
    frames = [make_frame(i, make_pose(x, 0, 0)) for i, x in enumerate((-0.4, 0.0, 0.4))]
    views = sweep_depth(gather_targets(frames, depth=False))
    assert [view.depth.shape for view in views] == [(48, 64)] * 3
    depth = views[1].depth
    known = depth > 0
    assert known.mean() > 0.2
    truth = frames[1].depth
    assert truth is not None
    assert np.median(np.abs(depth - truth)[known]) < 0.15
