"""The images that a fit learns from."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import CaptureError, Frame
from scenewright.splats.fitting.targets import Target, gather_targets, scene_extent, split_views
from tests.splats.fitting.fitting_builders import (
    CAMERA,
)


def test_shrunk_pictures_show_the_same(frames: list[Frame]) -> None:
    target = gather_targets(frames, depth=True)[3]
    small = target.shrunk(3)
    assert small.image.shape == (16, 21, 3)
    assert (small.camera.width, small.camera.height) == (21, 16)
    np.testing.assert_allclose(small.camera.K, np.diag([1 / 3, 1 / 3, 1]) @ CAMERA.K)
    block = target.image[3:6, 6:9].reshape(-1, 3).mean(axis=0)
    assert np.abs(small.image[1, 2] - block).max() <= 0.5 + 1e-4
    assert target.depth is not None
    assert small.depth is not None
    assert small.depth[1, 2] == pytest.approx(target.depth[3:6, 6:9].mean())


def test_depth_is_not_averaged_over_edges() -> None:
    depth = np.ones((4, 4), np.float32)
    depth[:, 1] = 2.0
    depth[3, 3] = 0.0
    camera = CAMERA.resized(4, 4)
    image = np.zeros((4, 4, 3), np.uint8)
    small = Target(camera, np.eye(4), image, depth).shrunk(2)
    assert small.depth is not None
    np.testing.assert_array_equal(small.depth, [[0, 1], [0, 0]])


def test_extent_of_cameras_or_of_surfels() -> None:
    centers = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 2, 0], [0, -2, 0]])
    assert scene_extent(centers, np.ones((5, 3))) == pytest.approx(2.2)
    assert scene_extent(np.zeros((4, 3)), np.full((5, 3), [0, 0, 7.0])) == pytest.approx(0.7)


def test_every_eighth_view_is_held_out() -> None:
    learned, held_out = split_views(20, 8)
    assert held_out.tolist() == [0, 8, 16]
    assert sorted([*learned, *held_out]) == list(range(20))
    assert len(split_views(20, 0)[1]) == 0
    with pytest.raises(CaptureError) as caught:
        split_views(5, 1)
    assert str(caught.value) == (
        "No view is left for training: expected a holdout_interval of 2 or more, got 1"
    )
