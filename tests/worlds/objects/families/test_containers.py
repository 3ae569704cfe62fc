"""Boxes, bins, baskets and trays."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume
from scenewright.worlds.objects.families.containers import (
    hollow_box,
    make_basket,
    make_box,
    make_tray,
)


def test_a_hollow_box_has_the_volume_of_its_walls() -> None:
    mesh = hollow_box((0.4, 0.3, 0.2), wall=0.01)
    assert is_closed(mesh.faces)
    expected = 0.4 * 0.3 * 0.2 - 0.38 * 0.28 * 0.19
    assert mesh_volume(mesh.vertices, mesh.faces) == pytest.approx(expected, rel=1e-4)


def test_a_flared_box_is_wider_at_the_rim() -> None:
    mesh = hollow_box((0.4, 0.3, 0.2), wall=0.01, flare=1.25)
    floor = mesh.vertices[mesh.vertices[:, 2] == 0]
    assert np.ptp(floor[:, 0]) == pytest.approx(0.4)
    assert np.ptp(mesh.vertices[:, 0]) == pytest.approx(0.5)


def test_only_closed_boxes_carry_others() -> None:
    for seed in range(12):
        model = make_box(np.random.default_rng(seed))
        is_open = any(part.name == "flap" for part in model.parts)
        assert bool(model.carriers) != is_open
        if model.carriers:
            assert model.carriers[0][4] == pytest.approx(model.bounds[1, 2], abs=1e-4)


def test_trays_carry_on_their_floor_and_crates_have_posts() -> None:
    tray = make_tray(np.random.default_rng(1))
    assert tray.carriers[0][4] == pytest.approx(0.008, abs=1e-6)
    names = [{part.name for part in make_basket(np.random.default_rng(s)).parts} for s in range(12)]
    assert {"floor", "slat", "post"} in names
