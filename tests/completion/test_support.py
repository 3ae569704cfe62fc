"""What an object stands on."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.completion.seen_surface import SeenSurface
from scenewright.completion.support import find_support
from tests.completion.completion_builders import UP


def level(height: float, *, side: float = 1.0, count: int = 2000, seed: int = 0) -> SeenSurface:
    """Points on a level square around the z axis."""
    rng = np.random.default_rng(seed)
    points = np.column_stack([rng.uniform(-side / 2, side / 2, (count, 2)), np.full(count, height)])
    return SeenSurface(points, np.tile(UP, (count, 1)), np.zeros((count, 3), np.uint8))


def joined(*parts: SeenSurface) -> SeenSurface:
    return SeenSurface(*(np.concatenate([getattr(p, n) for p in parts])
                         for n in ("points", "normals", "colors")))  # fmt: skip


def thing(low: float, high: float) -> SeenSurface:
    """The sides of an object between two heights."""
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(-0.1, 0.1, (500, 2)), rng.uniform(low, high, 500)])
    return SeenSurface(points, np.tile([1.0, 0, 0], (500, 1)), np.zeros((500, 3), np.uint8))


def test_the_highest_level_surface_below_is_the_support() -> None:
    room = joined(level(0, side=4), level(0.7))
    assert find_support(thing(0.7, 1.0), room, up=UP) == pytest.approx(0.7)
    # The lower part is hidden, but not by much.
    assert find_support(thing(0.8, 1.0), room, up=UP) == pytest.approx(0.7)
    # What is above the bottom of the object carries others.
    assert find_support(thing(0.0, 0.5), joined(room, level(0.3)), up=UP) == pytest.approx(0)


def test_a_picture_on_a_wall_has_no_support() -> None:
    assert find_support(thing(1.5, 1.8), level(0, side=4), up=UP) is None
    assert find_support(thing(0.1, 0.5), nothing(), up=UP) is None
    walls = level(0, side=4)
    walls = SeenSurface(walls.points, np.tile([1.0, 0, 0], (len(walls), 1)), walls.colors)
    assert find_support(thing(0.0, 0.5), walls, up=UP) is None


def test_points_at_many_heights_are_no_support() -> None:
    rng = np.random.default_rng(2)
    points = np.column_stack([rng.uniform(-0.3, 0.3, (20, 2)), np.linspace(-0.2, 0.0, 20)])
    scattered = SeenSurface(points, np.tile(UP, (20, 1)), np.zeros((20, 3), np.uint8))
    assert find_support(thing(0.0, 0.5), scattered, up=UP) is None


def test_a_noisy_plane_counts_at_its_middle() -> None:
    rng = np.random.default_rng(3)
    plane = level(0.7)
    noisy = plane.points + np.column_stack([np.zeros((2000, 2)), rng.normal(0, 0.01, 2000)])
    noisy_plane = SeenSurface(noisy, plane.normals, plane.colors)
    found = find_support(thing(0.72, 1.0), noisy_plane, up=UP)
    assert found == pytest.approx(0.7, abs=0.004)


def nothing() -> SeenSurface:
    return SeenSurface(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3), np.uint8))


def test_up_may_be_any_direction() -> None:
    turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    up = turn @ UP
    parts = [thing(0.0, 0.5), level(0, side=4)]
    turned = [SeenSurface(p.points @ turn.T, p.normals @ turn.T, p.colors) for p in parts]
    assert find_support(*turned, up=up) == pytest.approx(0, abs=1e-9)
