"""Closed solids of meshes that are open, inside out, or flat."""

from __future__ import annotations

from pathlib import Path

import pytest
import trimesh

from scenewright.worlds.objects import as_manifold, read_object_folder, union_mesh
from scenewright.worlds.objects.closed_meshes import is_closed


def save_box(path: Path, size: tuple[float, float, float] = (1, 1, 1), drop: int = 0) -> None:
    mesh = trimesh.creation.box(size)
    mesh.faces = mesh.faces[: len(mesh.faces) - drop]
    path.parent.mkdir(parents=True, exist_ok=True)
    mesh.export(path)


def test_holes_are_filled_and_sheets_approximated(tmp_path: Path) -> None:
    save_box(tmp_path / "box_1.ply", (0.3, 0.3, 0.3), drop=1)
    sheet = trimesh.Trimesh([(0, 0, 0), (1, 0, 0), (1, 0, 2), (0, 0, 2)], [(0, 1, 2), (0, 2, 3)])
    sheet.export(tmp_path / "curtain.ply")
    library = read_object_folder(tmp_path)
    assert [entry.solid_from for entry in library.objects] == ["repaired", "approximated"]
    box, curtain = library.models
    assert as_manifold(box).volume() == pytest.approx(0.027, rel=1e-3)
    assert curtain.solid is not None
    assert is_closed(curtain.solid.faces)
    assert as_manifold(curtain).volume() == pytest.approx(2 * 0.002, rel=0.01)


def test_inverted_faces_are_reoriented(tmp_path: Path) -> None:
    mesh = trimesh.creation.box((1, 1, 1))
    mesh.faces = mesh.faces[:, ::-1]
    mesh.export(tmp_path / "box.ply")
    model = read_object_folder(tmp_path, unit=0.5).models[0]
    assert as_manifold(model).volume() == pytest.approx(0.125, rel=1e-4)


def test_an_open_bowl_stays_hollow(tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.1)
    bowl = trimesh.Trimesh(ball.vertices, ball.faces[ball.triangles_center[:, 2] < 0.03])
    # A second opening keeps the repair from closing it.
    keep = bowl.triangles_center[:, 0] < 0.08
    trimesh.Trimesh(bowl.vertices, bowl.faces[keep]).export(tmp_path / "gizmo.ply")
    model = read_object_folder(tmp_path, unit=1.0).models[0]
    mesh, part_of = union_mesh(model)
    assert is_closed(mesh.faces)
    assert (part_of == 0).all()
