"""Objects as shapes."""

from __future__ import annotations

import manifold3d
import pytest

from scenewright.core import ConventionError, Mesh
from scenewright.worlds.objects import (
    Material,
    ObjectModel,
    Part,
    as_manifold,
    make_object,
    shapes,
    union_mesh,
)
from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume


def test_overlapping_parts_count_once() -> None:
    grey = Material((0.5, 0.5, 0.5))
    two = (
        Part("a", shapes.box((1, 1, 1)), grey),
        Part("b", shapes.box((1, 1, 1), (0.5, 0, 0)), grey),
    )
    solid = as_manifold(ObjectModel("pair", two))
    assert solid.volume() == pytest.approx(1.5)
    assert solid.status() == manifold3d.Error.NoError


def test_an_open_part_is_refused() -> None:
    whole = shapes.box((1, 1, 1))
    part = Part("lid", Mesh(whole.vertices, whole.faces[:-1]), Material((0.5, 0.5, 0.5)))
    with pytest.raises(
        ConventionError,
        match="part lid of box: expected a closed mesh, got edges that are not shared by two faces",
    ):
        as_manifold(ObjectModel("box", (part,)))


def test_union_mesh_names_the_part_of_each_face() -> None:
    model = make_object("mug", seed=3)
    mesh, part_of = union_mesh(model)
    assert is_closed(mesh.faces)
    assert len(part_of) == len(mesh.faces)
    assert mesh_volume(mesh.vertices, mesh.faces) == pytest.approx(as_manifold(model).volume())
    middles = mesh.vertices[mesh.faces].mean(axis=1)
    for index, part in enumerate(model.parts):
        low, high = part.mesh.vertices.min(axis=0), part.mesh.vertices.max(axis=0)
        centers = middles[part_of == index]
        assert len(centers) > 0
        assert (centers >= low - 1e-6).all() and (centers <= high + 1e-6).all()
