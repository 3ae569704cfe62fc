"""Grids of scenes: axes that follow the camera, objects where they are."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from scenewright.core import ConventionError
from scenewright.data.generation.poses import (
    euler_from_rotation,
    rotation_from_euler,
)
from scenewright.training.tasks.sceneflow.slots import camera_axes, placed_grids

SHEET = np.array([[x, y, 32] for x in range(64) for y in range(64)], np.int32)
"""A level sheet in the middle of the cube."""


def test_level_axes_stand_upright_and_look_ahead() -> None:
    # A camera that looks down by 30 degrees: upright objects lean toward it.
    lean = np.array([[30.0, 0.0, 0.0]])
    axes = camera_axes(lean, level=True)
    np.testing.assert_allclose(axes @ rotation_from_euler(lean[0]) @ [0, 1, 0], [0, 0, 1],
                               atol=1e-12)  # fmt: skip
    np.testing.assert_allclose(axes[0], [1, 0, 0], atol=1e-12)
    assert (axes @ np.array([0.0, 0.0, -1.0]))[1] > 0.8
    assert np.linalg.det(axes) == pytest.approx(1.0)
    plain = camera_axes(lean, level=False)
    np.testing.assert_allclose(plain, [[1, 0, 0], [0, 0, -1], [0, 1, 0]], atol=1e-12)


def test_a_camera_that_looks_straight_down_has_axes_too() -> None:
    axes = camera_axes(np.array([[90.0, 0.0, 0.0]]), level=True)
    np.testing.assert_allclose(axes, [[1, 0, 0], [0, 1, 0], [0, 0, 1]], atol=1e-9)


def test_objects_that_disagree_about_up_are_refused() -> None:
    with pytest.raises(ConventionError, match="do not agree about where up is"):
        camera_axes(np.array([[0.0, 0, 0], [180.0, 0, 0]]), level=True)


def test_objects_are_placed_in_the_cube_around_all() -> None:
    down = rotation_from_euler(np.array([30.0, 0.0, 0.0]))
    turned = [down @ rotation_from_euler(np.array([0.0, angle, 0.0])) for angle in (0.0, 45.0)]
    rotations = np.stack([euler_from_rotation(each) for each in turned])
    # The second, of half the size, floats to the right of the first.
    found = placed_grids(
        [SHEET, SHEET], np.array([[0.0, 0, -4], [1.0, 0, -4]]), rotations, np.array([1.0, 0.5]),
        resolution=64, level=True,
    )  # fmt: skip
    first, second = found.objects
    assert found.cube.edge == pytest.approx(0.5 + 1 + 0.25 * 2**0.5, rel=0.03)
    for grid in (first, second):
        assert len(np.unique(np.argwhere(grid)[:, 2])) <= 2  # still level
    spans = [np.ptp(np.argwhere(grid), axis=0) for grid in (first, second)]
    assert spans[0][0] == pytest.approx(64 / found.cube.edge, abs=2)
    assert spans[1][0] == pytest.approx(64 * 0.5 * 2**0.5 / found.cube.edge, abs=3)
    gap = np.argwhere(second).mean(axis=0) - np.argwhere(first).mean(axis=0)
    np.testing.assert_allclose(gap, [64 / found.cube.edge, 0, 0], atol=1.0)
    # Sheets stay closed: every column under them is occupied.
    columns = first.any(axis=2)
    low, high = np.argwhere(columns).min(axis=0), np.argwhere(columns).max(axis=0)
    assert columns[low[0] : high[0] + 1, low[1] : high[1] + 1].all()


def test_an_object_without_voxels_is_refused() -> None:
    with pytest.raises(ConventionError, match="expected occupied voxels"):
        placed_grids([SHEET[:0]], np.zeros((1, 3)), np.zeros((1, 3)), np.ones(1), resolution=64,
                     level=True)  # fmt: skip
