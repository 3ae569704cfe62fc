"""A folder of mesh files as objects."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from scenewright.core import CaptureError, ConventionError
from scenewright.worlds.objects import as_manifold, read_object_folder
from scenewright.worlds.objects.mesh_categories import typical_size


def save_box(path: Path, size: tuple[float, float, float] = (1, 1, 1), drop: int = 0) -> None:
    mesh = trimesh.creation.box(size)
    mesh.faces = mesh.faces[: len(mesh.faces) - drop]
    path.parent.mkdir(parents=True, exist_ok=True)
    mesh.export(path)


def test_y_up_files_stand_upright_and_centered(tmp_path: Path) -> None:
    save_box(tmp_path / "Chair_1.glb", (0.4, 0.9, 0.5))
    save_box(tmp_path / "Chair_2.ply", (0.4, 0.5, 0.9))
    library = read_object_folder(tmp_path)
    assert [entry.model.label for entry in library.objects] == ["chair", "chair"]
    for model in library.models:
        np.testing.assert_allclose(model.bounds, [(-0.2, -0.25, 0), (0.2, 0.25, 0.9)], atol=1e-6)
        assert as_manifold(model).volume() == pytest.approx(0.18, rel=1e-4)
    assert library.counts == {"as is": 2, "repaired": 0, "approximated": 0, "skipped": 0}


def test_toy_units_become_meters_by_category(tmp_path: Path) -> None:
    save_box(tmp_path / "toys/bed_1.glb", (20, 8, 30))
    save_box(tmp_path / "toys/table_1.glb", (12, 8, 12))
    save_box(tmp_path / "toys/gizmo.glb", (10, 10, 10))
    save_box(tmp_path / "real/bed_1.glb", (1.6, 0.8, 2.0))
    save_box(tmp_path / "real/gizmo.glb", (0.5, 0.5, 0.5))
    entries = {entry.name: entry for entry in read_object_folder(tmp_path).objects}
    assert entries["real/bed_1.glb"].factor == 1
    assert entries["real/gizmo.glb"].size_from == "the file"
    low, high = typical_size("bed") or (0, 0)
    assert low < np.ptp(entries["toys/bed_1.glb"].model.bounds, axis=0).max() < high
    assert entries["toys/bed_1.glb"].size_from == "its category"
    factors = [entries[f"toys/{name}_1.glb"].factor for name in ("bed", "table")]
    assert entries["toys/gizmo.glb"].factor == pytest.approx(np.median(factors))
    assert entries["toys/gizmo.glb"].size_from == "its folder"


def test_unit_and_labels_given(tmp_path: Path) -> None:
    save_box(tmp_path / "a.ply", (100, 100, 200))
    library = read_object_folder(tmp_path, unit=0.01, categories={"a.ply": "wardrobe"})
    assert library.models[0].label == "wardrobe"
    assert library.models[0].bounds[1, 2] == pytest.approx(2.0)
    assert library.objects[0].size_from == "unit"


def glb_with(uri: str) -> bytes:
    tree = json.dumps({"asset": {"version": "2.0"}, "images": [{"uri": uri}]}).encode()
    tree += b" " * (-len(tree) % 4)
    head = struct.pack("<III", 0x46546C67, 2, 20 + len(tree))
    return head + struct.pack("<II", len(tree), 0x4E4F534A) + tree


def test_broken_files_are_skipped_with_their_reason(tmp_path: Path) -> None:
    save_box(tmp_path / "good.glb")
    (tmp_path / "empty.glb").write_bytes(b"")
    (tmp_path / "text.glb").write_bytes(b"this is no mesh at all")
    (tmp_path / "nothing.obj").write_text("v 0 0 0\n")
    (tmp_path / "nan.obj").write_text("v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    (tmp_path / "point.obj").write_text("v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n")
    (tmp_path / "more.zip").write_bytes(b"PK")
    (tmp_path / "outside.glb").write_bytes(glb_with("../../secret.png"))
    (tmp_path / "absolute.obj").write_text("mtllib /etc/colors.mtl\nv 0 0 0\n")
    (tmp_path / "web.glb").write_bytes(glb_with("https://example.org/a.png"))
    ball = trimesh.creation.icosphere(subdivisions=4)
    ball.export(tmp_path / "large.ply")
    (tmp_path / "notes.txt").write_text("no mesh, and no problem")
    library = read_object_folder(tmp_path, max_triangles=5000)
    assert [entry.name for entry in library.objects] == ["good.glb"]
    assert {one.name: one.reason for one in library.skipped} == {
        "empty.glb": "mesh: expected some bytes, got an empty file",
        "text.glb": "mesh: expected a GLB file, got other bytes",
        "nothing.obj": "mesh: expected triangles, got none",
        "nan.obj": "mesh: expected finite vertices, got NaN or infinite ones",
        "point.obj": "mesh: expected an extent above 0.1 mm, got less",
        "more.zip": "archive: expected plain files. Unpack it first.",
        "outside.glb": "reference: expected a file inside the folder, got ../../secret.png",
        "absolute.obj": "reference: expected a file inside the folder, got /etc/colors.mtl",
        "web.glb": "reference: expected a file inside the folder, got https://example.org/a.png",
        "large.ply": "mesh: expected at most 5000 triangles, got more",
    }
    assert library.counts["skipped"] == 10
    assert "skipped empty.glb: mesh: expected some bytes" in library.report()


def test_links_that_leave_the_folder_are_skipped(tmp_path: Path) -> None:
    save_box(tmp_path / "other/box.ply")
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "box.ply").symlink_to(tmp_path / "other/box.ply")
    library = read_object_folder(folder)
    assert len(library) == 0
    assert library.skipped[0].reason == "link: expected a file inside the folder, got one outside"


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="expected a folder of meshes, got not a folder"):
        read_object_folder(tmp_path / "none")
    with pytest.raises(ConventionError, match="unit: expected meters above 0, got -1"):
        read_object_folder(tmp_path, unit=-1)
    with pytest.raises(ConventionError, match="up: expected 'y', 'z' or None, got 'x'"):
        read_object_folder(tmp_path, up="x")


@pytest.mark.shared
@pytest.mark.slow
def test_all_shared_meshes_become_solid_objects(shared_dir: Path) -> None:
    library = read_object_folder(shared_dir / "data" / "meshes")
    assert library.skipped == ()
    assert len(library) == 154
    for entry in library.objects:
        low, high = entry.model.bounds
        assert low[2] == pytest.approx(0, abs=1e-6)
        np.testing.assert_allclose(low[:2] + high[:2], 0, atol=1e-4)
        assert 0.02 < (high - low).max() < 6, entry.name
        box = np.array(as_manifold(entry.model).bounding_box()).reshape(2, 3)
        np.testing.assert_allclose(box, [low, high], atol=0.06 * (high - low).max())
