"""Inside and outside of meshes, and distances down to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.mesh_queries import distances_below, winding_numbers
from tests.builders import make_cube


def cube_corners() -> NDArray[np.float64]:
    cube = make_cube()
    return cube.vertices.astype(np.float64)[cube.faces]


def test_winding_number_of_a_cube() -> None:
    corners = cube_corners()
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    points = np.random.default_rng(0).uniform(low - 0.5, high + 0.5, (500, 3))
    inside = ((points > low) & (points < high)).all(axis=1)
    assert 0 < inside.sum() < len(points)
    np.testing.assert_allclose(winding_numbers(points, corners), inside, atol=1e-9)
    np.testing.assert_allclose(winding_numbers(points, corners[:, ::-1]), -1.0 * inside, atol=1e-9)


def test_an_open_mesh_is_mostly_around_its_inside() -> None:
    corners = cube_corners()
    top = corners[:, :, 2].min(axis=1) == corners[:, :, 2].max()
    assert top.sum() == 2
    middle = corners.reshape(-1, 3).mean(axis=0)
    (value,) = winding_numbers(middle[None], corners[~top])
    np.testing.assert_allclose(value, 5 / 6)


def test_distances_below() -> None:
    corners = cube_corners()
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    middle = (low + high) / 2
    above, beside, under = middle + np.array([(0, 0, 3), (4, 0, 3), (0, 0, -3)])
    found = distances_below(np.array([above, middle, beside, under]), corners)
    np.testing.assert_allclose(
        found, [above[2] - high[2], middle[2] - low[2], np.inf, np.inf], atol=1e-6
    )
