"""Moved, scaled, turned, mirrored and joined meshes."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Mesh
from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume
from scenewright.worlds.objects.mesh_transforms import (
    both_sides,
    joined,
    mirrored,
    moved,
    scaled,
    turned,
)


def volume(mesh: Mesh) -> float:
    assert is_closed(mesh.faces)
    return mesh_volume(mesh.vertices, mesh.faces)


def test_transforms_keep_volume_and_orientation() -> None:
    form = shapes.leg((0.5, 0, 0), (1, 0, 2), radius=0.1, top=0.2)
    for mesh in (
        moved(form, (1, 2, 3)),
        turned(form, "y", 37),
        mirrored(form),
        mirrored(form, "z"),
    ):
        assert volume(mesh) == pytest.approx(volume(form), rel=1e-5)
    assert volume(scaled(form, 2)) == pytest.approx(8 * volume(form), rel=1e-5)
    assert volume(joined(both_sides(form))) == pytest.approx(2 * volume(form), rel=1e-5)


def test_turning_is_counter_clockwise() -> None:
    point = Mesh(np.array([[1, 0, 0]], np.float32), np.zeros((0, 3), np.int32))
    np.testing.assert_allclose(turned(point, "z", 90).vertices, [[0, 1, 0]], atol=1e-6)
    np.testing.assert_allclose(turned(point, "y", 90).vertices, [[0, 0, -1]], atol=1e-6)
