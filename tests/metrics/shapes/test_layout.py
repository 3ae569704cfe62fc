"""Errors of the placement of single objects."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.metrics.shapes.layout import measure_placement
from scenewright.metrics.shapes.meshes import sample_surface
from tests.builders import turn
from tests.metrics.shapes.shape_builders import box_mesh


def chair(seed: int) -> NDArray[np.float64]:
    """Points on a seat with a back, which fits itself in one way only."""
    parts = (box_mesh((0, 0, 0), (0.5, 0.6, 0.5)), box_mesh((0, 0.55, 0.5), (0.5, 0.05, 0.6)))
    return np.concatenate([sample_surface(part, 300, seed=seed)[0] for part in parts])


def square_table(seed: int) -> NDArray[np.float64]:
    return sample_surface(box_mesh((0, 0, 0), (1, 1, 0.4)), 600, seed=seed)[0]


def degrees(value: float) -> float:
    return float(np.rad2deg(value))


def test_a_known_displacement() -> None:
    center = np.array([0.25, 0.3, 0.55])
    moved = 1.5 * (chair(0) - center) @ turn(0.5).T + center
    lifted = moved + np.array([0, 0, 1]) * (
        0.3 - (np.ptp(moved[:, 2]) / 2 + moved[:, 2].min() - 0.55)
    )
    found = measure_placement(lifted, chair(1), diameter=3.0)
    assert degrees(found.yaw) == pytest.approx(degrees(0.5), abs=3)
    assert found.log_scale == pytest.approx(np.log(1.5), abs=0.03)
    assert found.center == pytest.approx(0.1, abs=0.02)


def test_the_right_placement_has_no_error() -> None:
    found = measure_placement(chair(0), chair(1), diameter=2.0)
    assert found.center < 0.01
    assert degrees(found.yaw) <= 3
    assert abs(found.log_scale) < 0.02


def test_the_yaw_is_that_of_the_nearest_fit() -> None:
    center = np.array([0.5, 0.5, 0])
    for angle, expected in ((90, 0), (80, 10), (180, 0)):
        turned = (square_table(0) - center) @ turn(np.deg2rad(angle)).T + center
        found = measure_placement(turned, square_table(1), diameter=2.0)
        assert degrees(found.yaw) == pytest.approx(expected, abs=4)


def test_known_symmetry() -> None:
    center = np.array([0.25, 0.3, 0])
    turned = (chair(0) - center) @ turn(np.deg2rad(170)).T + center
    for turns, expected in ((1, 170), (2, 10), (0, 0)):
        found = measure_placement(turned, chair(1), diameter=2.0, turns=turns)
        assert degrees(found.yaw) == pytest.approx(expected, abs=4)


def test_another_vertical() -> None:
    upright = turn(np.pi / 2, 0)
    turned = chair(0) @ turn(0.6).T @ upright.T
    found = measure_placement(turned, chair(1) @ upright.T, diameter=2.0, up=upright[:, 2])
    assert degrees(found.yaw) == pytest.approx(degrees(0.6), abs=3)


def test_a_single_point_has_no_yaw_and_no_size() -> None:
    found = measure_placement([[1.0, 0, 0]], chair(0), diameter=2.0)
    assert np.isnan(found.yaw) and np.isnan(found.log_scale)


def test_bad_input() -> None:
    with pytest.raises(ConventionError, match="diameter: expected above 0, got 0"):
        measure_placement(chair(0), chair(0), diameter=0)
    with pytest.raises(ConventionError, match="turns: expected 0 or more, got -1"):
        measure_placement(chair(0), chair(0), diameter=1, turns=-1)
