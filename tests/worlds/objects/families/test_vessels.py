"""Vessels: their walls against closed forms, and what they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume
from scenewright.worlds.objects.families.vessels import (
    ear,
    make_bottle,
    make_can,
    make_mug,
    make_pan,
    make_pot,
    make_teapot,
    radius_at,
    vessel,
)


def test_a_cylindrical_vessel_has_the_volume_of_its_wall() -> None:
    mesh = vessel([(0.05, 0.0), (0.05, 0.1)], wall=0.004, segments=64)
    assert is_closed(mesh.faces)
    expected = np.pi * (0.05**2 * 0.1 - 0.046**2 * 0.096)
    assert mesh_volume(mesh.vertices, mesh.faces) == pytest.approx(expected, rel=0.01)


def test_a_floor_may_be_thicker_than_the_wall() -> None:
    thin, thick = (
        vessel([(0.05, 0.0), (0.05, 0.1)], wall=0.004, segments=64, floor=floor)
        for floor in (0.0, 0.02)
    )
    more = mesh_volume(thick.vertices, thick.faces) - mesh_volume(thin.vertices, thin.faces)
    assert more == pytest.approx(np.pi * 0.046**2 * 0.016, rel=0.01)


def test_radii_are_interpolated_and_clamped() -> None:
    outside = [(0.02, 0.0), (0.04, 0.1)]
    heights = (-1.0, 0.0, 0.05, 0.1, 1.0)
    assert [radius_at(outside, z) for z in heights] == pytest.approx([0.02, 0.02, 0.03, 0.04, 0.04])


def test_a_handle_starts_inside_the_wall_and_reaches_out() -> None:
    mesh = ear(0.04, 0.02, 0.08, reach=0.03, thickness=0.01)
    assert is_closed(mesh.faces)
    assert mesh.vertices[:, 1].max() > -0.04
    assert mesh.vertices[:, 1].min() == pytest.approx(-0.04 - 0.03 - 0.005, abs=2e-3)


@pytest.mark.parametrize("seed", range(4))
def test_vessels_have_their_parts(seed: int) -> None:
    for maker, names in (
        (make_mug, {"body", "handle"}),
        (make_bottle, {"body", "cap"}),
        (make_can, {"body", "label"}),
        (make_teapot, {"body", "spout", "lid", "handle"}),
        (make_pan, {"body", "handle"}),
        (make_pot, {"body", "handle"}),
    ):
        model = maker(np.random.default_rng(seed))
        assert names <= {part.name for part in model.parts}
    spout = next(p.mesh.vertices for p in make_teapot(np.random.default_rng(seed)).parts[1:2])
    assert spout[:, 0].mean() > 0, "the spout points to the right"
