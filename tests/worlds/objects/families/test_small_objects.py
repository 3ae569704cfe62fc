"""Balls, shoes, fruit and toy cars."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects.closed_meshes import mesh_volume
from scenewright.worlds.objects.families.small_objects import (
    make_ball,
    make_fruit,
    make_shoe,
    make_toy_car,
)


def test_a_ball_is_nearly_a_sphere_with_a_flat_base() -> None:
    model = make_ball(np.random.default_rng(0))
    mesh = model.parts[0].mesh
    diameter = float(np.ptp(mesh.vertices[:, 0]))
    sphere = np.pi / 6 * diameter**3
    assert mesh_volume(mesh.vertices, mesh.faces) == pytest.approx(sphere, rel=0.05)
    assert np.count_nonzero(mesh.vertices[:, 2] < 1e-6) > 3


def test_fruit_rests_on_a_flat_side() -> None:
    for seed in range(8):
        body = make_fruit(np.random.default_rng(seed)).parts[0].mesh.vertices
        assert np.count_nonzero(body[:, 2] < body[:, 2].min() + 1e-4) >= 1
        assert 0.04 < np.ptp(body, axis=0).max() < 0.31


def test_shoes_point_to_the_front() -> None:
    for seed in range(6):
        model = make_shoe(np.random.default_rng(seed))
        sole = next(part.mesh.vertices for part in model.parts if part.name == "sole")
        front = sole[sole[:, 1] < -0.25 * np.ptp(sole[:, 1])]
        heel = sole[sole[:, 1] > 0.25 * np.ptp(sole[:, 1])]
        assert np.ptp(front[:, 0]) > np.ptp(heel[:, 0]), "the toe is wider than the heel"


def test_toy_cars_stand_on_four_wheels() -> None:
    for seed in range(6):
        model = make_toy_car(np.random.default_rng(seed))
        wheels = [part.mesh.vertices for part in model.parts if part.name == "wheel"]
        assert len(wheels) == 4
        assert all(wheel[:, 2].min() == pytest.approx(0, abs=1e-4) for wheel in wheels)
        body = next(part.mesh.vertices for part in model.parts if part.name == "body")
        assert body[:, 2].min() > 0
