"""Numbers that describe an object."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.models.tiny.object_features import NUM_FEATURES, object_features
from tests.builders import turn

RED = np.array([200, 30, 30], np.uint8)


def table(seed: int = 0) -> NDArray[np.float64]:
    """Points of a plate on four legs, 0.7 m high."""
    rng = np.random.default_rng(seed)
    top = rng.uniform([-0.6, -0.4, 0.66], [0.6, 0.4, 0.7], (700, 3))
    legs = rng.uniform([-0.03, -0.03, 0], [0.03, 0.03, 0.66], (300, 3))
    legs[:, :2] += rng.choice([-1, 1], (300, 2)) * np.array([0.55, 0.35])
    return np.concatenate([top, legs])


def described(points: NDArray[np.float64], floor: float = 0.0) -> NDArray[np.float32]:
    return object_features(points, np.tile(RED, (len(points), 1)), floor=floor)


def test_size_and_number() -> None:
    found = described(table())
    assert found.shape == (NUM_FEATURES,) and np.isfinite(found).all()
    assert np.exp(found[:3]) == pytest.approx([1.2, 0.8, 0.7], rel=0.03)


def test_turning_and_moving_in_the_plane_change_nothing_much() -> None:
    points = table()
    moved = points @ turn(0.7).T + np.array([3.0, -2.0, 0.0])
    assert described(moved) == pytest.approx(described(points), abs=0.15)


def test_height_above_the_floor_counts() -> None:
    low, high = described(table()), described(table(), floor=-0.5)
    changed = np.flatnonzero(np.abs(low - high) > 1e-6)
    assert changed.tolist() == [6, 7, 8, 9]


def test_unknown_colors_and_flat_objects() -> None:
    points = table()
    points[:, 2] = 0.5
    found = object_features(points, None, floor=0.0)
    assert np.isfinite(found).all() and found[-1] == 1.0
    assert not found[-13:-1].any()
