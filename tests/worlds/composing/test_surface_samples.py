"""Colored points on the surface of a placed object."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core.color_names import COLOR_WORDS, color_shares
from scenewright.worlds.composing.surface_samples import sample_surface
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.objects.model import Material, ObjectModel, Part
from tests.builders import make_cube


def cube(
    color: tuple[float, float, float], pattern: str = "plain", number: int = 1
) -> PlacedObject:
    material = Material(color, pattern, (0.05, 0.05, 0.05))
    pose = np.eye(4)
    pose[:3, 3] = 2.0, 0.0, 0.5
    model = ObjectModel("box", (Part("side", make_cube(colors=False), material),))
    return PlacedObject(number, model, pose)


def test_points_are_on_the_surface_in_its_colors() -> None:
    points, colors = sample_surface(cube((0.8, 0.1, 0.1)), 600, rng=np.random.default_rng(0))
    inside = np.abs(points - [2.0, 0.0, 0.5])
    assert inside.max(axis=1) == pytest.approx(np.full(600, 0.5), abs=1e-6)
    on_top = np.isclose(points[:, 2], 1.0).mean()
    assert on_top == pytest.approx(1 / 6, abs=0.05)
    assert color_shares(colors)[COLOR_WORDS.index("red")] > 0.95


def test_patterns_have_two_colors() -> None:
    _, colors = sample_surface(cube((0.8, 0.1, 0.1), "checker"), 600, rng=np.random.default_rng(0))
    shares = color_shares(colors)
    assert shares[COLOR_WORDS.index("black")] == pytest.approx(0.5, abs=0.08)
