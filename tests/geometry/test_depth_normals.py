"""Normals of depth pictures."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Camera, ShapeError
from scenewright.geometry.depth_normals import surface_normals
from scenewright.geometry.projection import pixel_rays

CAMERA = Camera.from_focal(41.0, 39.0, 21.5, 18.0, width=45, height=37)
NORMAL = np.array([0.3, -0.2, -0.9]) / np.linalg.norm([0.3, -0.2, -0.9])


def plane_depth() -> np.ndarray:
    """A plane that goes through (0, 0, 2)."""
    x, y = pixel_rays(CAMERA)
    return 2 * NORMAL[2] / (NORMAL[0] * x + NORMAL[1] * y[:, None] + NORMAL[2])


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e3])
def test_normals_of_a_plane_are_those_of_the_plane(scale: float) -> None:
    depth = plane_depth() * scale
    found = surface_normals(depth, CAMERA)
    assert np.allclose(found[1:-1, 1:-1], NORMAL, atol=1e-9)
    border = np.ones(CAMERA.size, bool)
    border[1:-1, 1:-1] = False
    assert not found[border].any()


def test_pixels_beside_a_hole_have_none() -> None:
    depth = plane_depth()
    depth[10, 10] = 0
    found = surface_normals(depth, CAMERA)
    assert not found[[9, 11, 10, 10], [10, 10, 9, 11]].any()
    assert found[8, 10].any()


def test_the_type_is_kept() -> None:
    found = surface_normals(plane_depth().astype(np.float32), CAMERA)
    assert found.dtype == np.float32
    assert np.allclose(found[1:-1, 1:-1], NORMAL, atol=1e-4)


def test_tiny_pictures_have_none() -> None:
    camera = Camera.from_focal(5, 5, 1, 1, width=2, height=1)
    assert not surface_normals(np.ones((1, 2)), camera).any()


def test_another_size_than_the_camera_is_refused() -> None:
    with pytest.raises(ShapeError) as error:
        surface_normals(np.ones((3, 4)), CAMERA)
    assert str(error.value) == "Depth: expected (37, 45), got (3, 4)"
