"""The images that a fit learns from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import CaptureError, Frame
from scenewright.splats.fitting.targets import (
    Target,
    choose_views,
    gather_targets,
    scene_extent,
    split_views,
)
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


def half_shown() -> Target:
    """A white view of which the left half shows the scene."""
    camera = CAMERA.resized(4, 4)
    alpha = np.zeros((4, 4), np.uint8)
    alpha[:, :2] = 255
    image = np.where(alpha[..., None] > 0, 200, 10).astype(np.uint8).repeat(3, axis=2)
    return Target(camera, np.eye(4), image, alpha=alpha)


def test_what_alpha_hides_takes_the_color_behind() -> None:
    seen = half_shown().on((1.0, 0.0, 0.5))
    assert seen.alpha is None and seen.background == (1.0, 0.0, 0.5)
    assert seen.image[0, 0].tolist() == [200] * 3 and seen.image[0, 3].tolist() == [255, 0, 128]
    weights = half_shown().weights
    assert weights is not None and weights.sum() == 8
    opaque = Target(CAMERA, np.eye(4), np.zeros((48, 64, 3), np.uint8))
    assert opaque.on((1, 1, 1)) is opaque and opaque.weights is None


def test_shrunk_colors_are_those_of_the_scene() -> None:
    target = half_shown()
    alpha = np.zeros((4, 4), np.uint8)
    alpha[:, :1] = 255
    small = replace(target, alpha=alpha).shrunk(2)
    assert small.alpha is not None
    np.testing.assert_array_equal(small.alpha, [[128, 0], [128, 0]])
    assert small.image[0, 0].tolist() == [200] * 3


def test_depth_that_alpha_hides_does_not_count(frames: list[Frame]) -> None:
    alpha = np.full(CAMERA.size, 255, np.uint8)
    alpha[:, 30:] = 0
    first, second = gather_targets([replace(frames[0], alpha=alpha), frames[3]], depth=True)
    assert first.depth is not None and second.depth is not None
    assert not first.depth[:, 30:].any() and first.depth[:, :30].any()
    assert second.depth[:, 30:].any()


def test_views_held_out_by_name() -> None:
    names = ["a", "b", "c", "d"]
    learned, held_out = choose_views(names, 8, held_out=("c", "x"))
    assert learned.tolist() == [0, 1, 3] and held_out.tolist() == [2]
    assert choose_views(names, 2)[1].tolist() == [0, 2]
    with pytest.raises(CaptureError) as caught:
        choose_views(names, 8, held_out=("y", "x"))
    assert str(caught.value) == (
        "Views held out by name: expected some of the 4 views, such as a, got 0 of them by 2 "
        "names, such as x. Name the frames as 'scenewright check' does, without folder and suffix."
    )
