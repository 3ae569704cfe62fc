"""Rigid bodies: mass properties of their solids, and motions."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing._body import Body, Solid, turned, upright
from tests.worlds.composing.composing_builders import brick


def test_a_brick_has_the_volume_and_center_of_the_formula() -> None:
    solid = Solid(brick(0.4, 0.6, 0.2))
    assert solid.volume == pytest.approx(0.4 * 0.6 * 0.2, rel=1e-5)
    np.testing.assert_allclose(solid.center_of_mass, (0, 0, 0.1), atol=1e-6)
    assert solid.triangles.shape == (12, 3, 3)


def test_moving_a_body_makes_another_with_the_same_solid() -> None:
    body = Body(brick(0.4, 0.6, 0.2), upright(1, 2, 3, np.pi / 2))
    np.testing.assert_allclose(body.bounds, [(0.7, 1.8, 3.0), (1.3, 2.2, 3.2)], atol=1e-6)
    moved = body.moved(0.5, 0, -1)
    np.testing.assert_allclose(moved.bounds - body.bounds, [(0.5, 0, -1)] * 2, atol=1e-6)
    assert moved.solid is body.solid and moved is not body
    np.testing.assert_allclose(body.center_of_mass, (1, 2, 3.1), atol=1e-6)


def test_triangles_are_separated_by_the_side_they_face() -> None:
    body = Body(brick(0.4, 0.6, 0.2), upright(0, 0, 1, 0.3))
    assert len(body.triangles) == 12 and len(body.down) == len(body.up) == 2
    np.testing.assert_allclose(body.down[..., 2], 1.0, atol=1e-6)
    np.testing.assert_allclose(body.up[..., 2], 1.2, atol=1e-6)


def test_turning_keeps_the_pivot_and_the_volume() -> None:
    body = Body(brick(0.4, 0.6, 0.2), upright(1, 0, 0, 0))
    pivot = np.array([1.2, 0.3, 0.0])
    after = turned(body, np.array([0.2, -0.4, 0.9]), pivot)
    inverse = np.linalg.inv(body.pose)
    stayed = after.pose @ inverse @ np.append(pivot, 1)
    np.testing.assert_allclose(stayed[:3], pivot, atol=1e-12)
    assert float(after.manifold.volume()) == pytest.approx(body.solid.volume, rel=1e-5)
