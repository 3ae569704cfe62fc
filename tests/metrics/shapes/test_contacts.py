"""Interpenetration and floating."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Mesh
from scenewright.metrics.shapes.contacts import ContactFaults, measure_contacts
from tests.builders import turn
from tests.metrics.shapes.shape_builders import box_mesh, moved, placement, room_meshes


def test_a_sound_scene_has_no_faults() -> None:
    found = measure_contacts(room_meshes(), seed=0)
    assert found.interpenetration == {}
    assert found.floating == pytest.approx(dict.fromkeys(room_meshes(), 0.0), abs=1e-6)
    assert found.mean_interpenetration == 0 and found.mean_floating == pytest.approx(0, abs=1e-6)


def test_shared_volume_is_a_share_of_the_smaller_object() -> None:
    boxes = {1: box_mesh((0, 0, 0), (2, 1, 1)), 2: box_mesh((1.75, 0, 0), (1, 1, 1))}
    found = measure_contacts(boxes, seed=0)
    assert found.interpenetration == {(1, 2): pytest.approx(0.25, abs=0.01)}
    assert found.mean_interpenetration == pytest.approx(0.25, abs=0.01)
    inside = {1: box_mesh((0, 0, 0), (1, 1, 1)), 4: box_mesh((0.4, 0.4, 0.4), (0.2, 0.2, 0.2))}
    assert measure_contacts(inside, seed=0).interpenetration[1, 4] == pytest.approx(1, abs=0.05)


def test_an_object_in_the_air_falls_to_what_is_below() -> None:
    meshes = {
        1: box_mesh((0, 0, 0), (1, 1, 0.5)),
        2: box_mesh((0.4, 0.4, 0.8), (0.1, 0.1, 0.2)),
        3: box_mesh((3, 0, 0.25), (0.5, 0.5, 0.5)),
    }
    diameter = np.linalg.norm([3.5, 1, 1])
    found = measure_contacts(meshes, seed=0)
    expected = {1: 0.0, 2: 0.3 / diameter, 3: 0.25 / diameter}
    assert found.floating == pytest.approx(expected, abs=1e-4)


def test_a_wide_object_on_a_narrow_one_is_supported() -> None:
    """No vertex of the upper object is above the lower one."""
    meshes = {
        1: box_mesh((0.45, 0.45, 0), (0.1, 0.1, 1)),
        2: box_mesh((0, 0, 1.1), (1, 1, 0.1)),
    }
    gap = measure_contacts(meshes, seed=0).floating[2] * np.linalg.norm([1, 1, 1.2])
    assert gap == pytest.approx(0.1, abs=1e-4)


def test_the_vertical_is_that_of_the_scene() -> None:
    upright = placement(turn(np.pi / 2, 0))
    meshes = {1: box_mesh((0, 0, 0), (1, 1, 1)), 2: box_mesh((2, 0, 0.5), (1, 1, 1))}
    turned = {number: moved(mesh, upright) for number, mesh in meshes.items()}
    found = measure_contacts(turned, seed=0, up=upright[:3, 2])
    assert found.floating == pytest.approx(measure_contacts(meshes, seed=0).floating, abs=1e-5)
    assert found.floating[2] > 0.1


def test_nothing_to_measure() -> None:
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    found = measure_contacts({1: empty}, seed=0)
    assert found == ContactFaults()
    assert np.isnan(found.mean_floating) and np.isnan(found.mean_interpenetration)
