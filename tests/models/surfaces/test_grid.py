"""The grid of a frame: planes, colors, rays, estimated noise."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Camera, CaptureError, Frame
from scenewright.models.surfaces.grid import depth_of, fit_surface_grid
from tests.models.models_builders import make_frame

CAMERA = Camera.from_focal(80, 80, 40, 30, width=80, height=60)


def tilted_frame(noise: float, *, seed: int = 0, image: bool = True) -> Frame:
    """A plane with inverse depth 0.5 + 0.1 x - 0.2 y and constant noise in inverse depth."""
    x, y = np.meshgrid((np.arange(80) + 0.5 - 40) / 80, (np.arange(60) + 0.5 - 30) / 80)
    inverse = 0.5 + 0.1 * x - 0.2 * y
    inverse = inverse + np.random.default_rng(seed).normal(0, noise, inverse.shape)
    color = np.full((60, 80, 3), (255, 0, 0), np.uint8) if image else None
    return Frame(0, CAMERA, None, image=color, depth=(1 / inverse).astype(np.float32))


@pytest.mark.parametrize("step", [1, 2])
def test_a_plane_is_found_in_all_cells(step: int) -> None:
    grid = fit_surface_grid(tilted_frame(0.0005), step=step)
    assert grid.inverse.shape == (60 // step, 80 // step)
    assert grid.planes.shape == grid.color.shape == (*grid.inverse.shape, 3)
    np.testing.assert_allclose(np.median(grid.planes, axis=(0, 1)), (0.1, -0.2, 0.5), atol=5e-3)
    np.testing.assert_allclose(grid.color[0, 0], (1 / 3, 1, 0.5), atol=1e-6)
    assert grid.rays_x[0] == pytest.approx((step / 2 - 40) / 80)


@pytest.mark.parametrize("noise", [0.0005, 0.002])
def test_noise_is_estimated(noise: float) -> None:
    assert fit_surface_grid(tilted_frame(noise), step=1).noise == pytest.approx(noise, rel=0.15)
    assert fit_surface_grid(tilted_frame(noise), step=1, noise=0.003).noise == 0.003
    assert fit_surface_grid(tilted_frame(0), step=1).noise == pytest.approx(2e-4)


def test_without_image_colors_are_zero() -> None:
    grid = fit_surface_grid(tilted_frame(0, image=False), step=2)
    assert (grid.color == 0).all()


def test_a_frame_must_have_depth() -> None:
    frame = tilted_frame(0)
    assert depth_of(frame, backend="masks/mine") is frame.depth
    with pytest.raises(CaptureError) as caught:
        depth_of(make_frame("000012"), backend="masks/mine")
    assert str(caught.value) == (
        "Frame '000012' for masks/mine: expected depth, got none. "
        "Use a capture with depth, or masks/folder with masks made from the images."
    )
