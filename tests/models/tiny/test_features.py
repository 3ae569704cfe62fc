"""Input features: steps, scale, missing depth."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Frame
from scenewright.models.surfaces.grid import fit_surface_grid
from scenewright.models.tiny.features import NUM_FEATURES, frame_features
from tests.models.tiny.tiny_builders import CAMERA, box_frame


def test_features_of_a_step() -> None:
    features = frame_features(fit_surface_grid(box_frame(), step=1))
    assert features.shape == (240, 320, NUM_FEATURES)
    middle = (slice(100, 180), slice(60, 120))
    np.testing.assert_allclose(features[middle][..., 5:8].mean(axis=(0, 1)), (0, 0, -1), atol=1e-3)
    assert np.abs(features[middle][..., 8:12]).max() < 0.05
    # The box's left edge: the right neighbor is nearer; its right edge: farther.
    assert (features[100:180, 179, 8] < -2).all() and (features[100:180, 259, 8] > 2).all()
    assert (features[79, 190:250, 9] < -2).all()
    assert (features[100:180, 200:240, 4] < features[100:180, 60:100, 4]).all()
    assert (features[120, 220, :3] != features[120, 60, :3]).all()


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_features_do_not_depend_on_the_scale(scale: float) -> None:
    one = frame_features(fit_surface_grid(box_frame(), step=1, noise=2e-4))
    other = frame_features(fit_surface_grid(box_frame(scale), step=1, noise=2e-4 / scale))
    np.testing.assert_allclose(one[..., 3:8], other[..., 3:8], atol=2e-3)
    inside = np.abs(one[..., 8:10]) < 2.9
    np.testing.assert_allclose(one[..., 8:10][inside], other[..., 8:10][inside], atol=0.05)


def test_features_without_depth_keep_the_color() -> None:
    frame = box_frame()
    assert frame.depth is not None
    depth = frame.depth.copy()
    depth[:, :100] = 0
    holed = Frame(0, CAMERA, None, image=frame.image, depth=depth)
    features = frame_features(fit_surface_grid(holed, step=1))
    assert (features[:, :99, 3:] == 0).all() and (features[:, 101:, 3] == 1).all()
    assert (features[:, :100, :3] == features[0, 0, :3]).all()
