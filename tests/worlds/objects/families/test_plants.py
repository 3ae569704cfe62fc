"""Potted plants."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume
from scenewright.worlds.objects.families.plants import blob, make_plant_pot


def test_a_smooth_blob_is_an_ellipsoid() -> None:
    mesh = blob(np.random.default_rng(0), (0.4, 0.3, 0.2), rough=0.0, rows=24)
    assert is_closed(mesh.faces)
    exact = np.pi / 6 * 0.4 * 0.3 * 0.2
    assert mesh_volume(mesh.vertices, mesh.faces) == pytest.approx(exact, rel=0.03)


def test_a_rough_blob_varies_by_no_more_than_its_roughness() -> None:
    mesh = blob(np.random.default_rng(1), (2.0, 2.0, 2.0), rough=0.3)
    radii = np.linalg.norm(mesh.vertices, axis=1)
    assert radii.min() >= 0.7 - 1e-6 and radii.max() <= 1.3 + 1e-6 and np.ptp(radii) > 0.05


def test_every_style_grows_out_of_its_pot() -> None:
    styles = set()
    for seed in range(16):
        model = make_plant_pot(np.random.default_rng(seed))
        names = {part.name for part in model.parts}
        soil = [part.mesh.vertices[:, 2].max() for part in model.parts if part.name == "earth"]
        assert model.bounds[1, 2] > max(soil), "the plant is higher than the soil"
        styles.add(frozenset(names - {"pot", "earth"}))
    assert styles == {
        frozenset({"leaf"}),
        frozenset({"trunk", "leaf"}),
        frozenset({"stem", "leaf"}),
        frozenset({"cactus"}),
    }
