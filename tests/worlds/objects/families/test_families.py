"""What holds for the objects of every family."""

from __future__ import annotations

import time

import manifold3d
import numpy as np
import pytest
from scipy.spatial import ConvexHull, cKDTree

from scenewright.worlds.objects import (
    FAMILIES,
    ObjectModel,
    as_manifold,
    make_object,
    union_mesh,
)
from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume
from scenewright.worlds.objects.manifolds import mesh_as_manifold

SEEDS = range(2)


MANY = range(100, 116)


CASES = [(family, seed) for family in FAMILIES for seed in SEEDS]


def cases(families: list[str]) -> list[object]:
    """A few seeds of each family, and many in the slow tests."""
    many = [pytest.param(family, MANY, marks=pytest.mark.slow) for family in families]
    return [*((family, SEEDS) for family in families), *many]


EACH = cases(list(FAMILIES))


STANDING = cases([name for name in FAMILIES if FAMILIES[name].where != "hanging"])


def overlap(a: manifold3d.Manifold, b: manifold3d.Manifold) -> float:
    common = float((a ^ b).volume())
    return common / (float(a.volume()) + float(b.volume()) - common)


def center_of_mass(model: ObjectModel) -> np.ndarray:
    mesh, _ = union_mesh(model)
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    volumes = np.einsum("fi,fi->f", a, np.cross(b, c)) / 6
    center: np.ndarray = ((a + b + c) / 4 * volumes[:, None]).sum(axis=0) / volumes.sum()
    return center


def pieces(model: ObjectModel) -> int:
    """Number of groups of parts that touch."""
    solids = [mesh_as_manifold(part.mesh) for part in model.parts]
    left, count = set(range(len(solids))), 0
    while left:
        count += 1
        reached = [left.pop()]
        while reached:
            here = reached.pop()
            near = {k for k in left if solids[here].min_gap(solids[k], 0.01) < 1e-4}
            left -= near
            reached += near
    return count


@pytest.mark.parametrize(("family", "seeds"), EACH)
def test_parts_are_closed_and_the_object_stands_on_its_frame(family: str, seeds: range) -> None:
    for seed in seeds:
        model = make_object(family, seed=seed)
        for part in model.parts:
            assert is_closed(part.mesh.faces), (seed, part.name)
            assert mesh_volume(part.mesh.vertices, part.mesh.faces) > 0, (seed, part.name)
            assert mesh_as_manifold(part.mesh).volume() > 0
        low, high = model.bounds
        assert low[2] == 0
        np.testing.assert_allclose(low[:2] + high[:2], 0, atol=1e-6)
        least, greatest = FAMILIES[family].size
        assert least <= (high - low).max() <= greatest, seed
        assert model.label == family
        assert 10 <= sum(len(part.mesh.faces) for part in model.parts) <= 3000


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_no_piece_floats(family: str) -> None:
    for seed in range(12):
        assert pieces(make_object(family, seed=seed)) == 1, seed


@pytest.mark.parametrize(("family", "seeds"), STANDING)
def test_objects_stand_by_themselves(family: str, seeds: range) -> None:
    for seed in seeds:
        model = make_object(family, seed=seed)
        points = union_mesh(model)[0].vertices.astype(np.float64)
        foot = ConvexHull(points[points[:, 2] < 2e-3][:, :2])
        outside = foot.equations[:, :2] @ center_of_mass(model)[:2] + foot.equations[:, 2]
        assert outside.max() < 0, seed


@pytest.mark.parametrize(("family", "seeds"), EACH)
def test_stated_symmetry_is_true(family: str, seeds: range) -> None:
    for seed in seeds:
        model = make_object(family, seed=seed)
        solid, symmetry = as_manifold(model), model.symmetry
        if symmetry.mirrors:
            assert overlap(solid, solid.mirror((1, 0, 0))) >= 0.98, seed
        if symmetry.turns > 1:
            assert overlap(solid, solid.rotate((0, 0, 360 / symmetry.turns))) >= 0.98, seed
        if symmetry.turns == 0:
            assert overlap(solid, solid.rotate((0, 0, 90))) >= 0.98, seed
            # Facets keep turned shapes from being exactly round: near is what can be asked.
            mesh = solid.refine_to_length(0.02).to_mesh().vert_properties[:, :3]
            again = solid.refine_to_length(0.02).rotate((0, 0, 37)).to_mesh()
            far, _ = cKDTree(mesh).query(again.vert_properties[:, :3])
            assert far.max() < 0.025, seed


@pytest.mark.parametrize(("family", "seeds"), EACH)
def test_carriers_are_level_free_and_at_the_surface(family: str, seeds: range) -> None:
    for seed in seeds:
        model = make_object(family, seed=seed)
        solid = as_manifold(model)
        for x0, y0, x1, y1, z, clear in model.carriers:
            assert x1 - x0 > 0.02 and y1 - y0 > 0.02
            top = z + 0.98 * clear
            for x in np.linspace(x0, x1, 4):
                for y in np.linspace(y0, y1, 4):
                    hits = solid.ray_cast((x, y, top), (x, y, -0.01))
                    height = top - hits[0].distance * (top + 0.01)
                    assert height == pytest.approx(z, abs=5e-4), seed


@pytest.mark.parametrize("family", ["table", "sofa", "bed", "bookcase", "desk", "nightstand"])
def test_furniture_has_carriers(family: str) -> None:
    assert all(make_object(family, seed=seed).carriers for seed in SEEDS)


@pytest.mark.slow
def test_an_object_takes_milliseconds() -> None:
    times = []
    for family, seed in CASES:
        start = time.process_time()
        make_object(family, seed=seed)
        times.append(time.process_time() - start)
    assert np.median(times) < 0.010
