"""OBJ and STL of scenes and meshes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from scenewright.core import FormatError, Mesh
from scenewright.io import load_scene, save
from scenewright.io.plain_meshes import scene_meshes
from tests.builders import make_full_scene, make_scene

SQUARE = Mesh(
    np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0]], np.float32),
    np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128]], np.uint8),
)
UP = np.array([0.0, 0.0, 1.0])


def test_an_obj_has_colors_that_trimesh_shows(tmp_path: Path) -> None:
    path = save(SQUARE, tmp_path / "a.obj", up=UP)
    lines = path.read_text().splitlines()
    assert lines[0] == "o a" and lines[1] == "v 0 0 0 1.0000 0.0000 0.0000"
    assert lines[-1] == "f 1 3 4"
    found: Any = trimesh.load_mesh(path, process=False)
    # +Z becomes +Y.
    np.testing.assert_allclose(found.vertices, SQUARE.vertices[:, [0, 2, 1]] * [1, 1, -1])
    np.testing.assert_array_equal(found.visual.vertex_colors[:, :3], SQUARE.vertex_colors)


def test_a_stl_stands_upright(tmp_path: Path) -> None:
    path = save(SQUARE, tmp_path / "a.stl", up=np.array([0.0, 1.0, 0.0]))
    found = trimesh.load_mesh(path)
    assert len(found.faces) == 2 and found.area == pytest.approx(2)
    assert np.ptp(found.vertices[:, 2]) == pytest.approx(1)
    assert np.abs(found.face_normals[:, 2]).max() < 1e-6
    raw = path.read_bytes()
    assert len(raw) == 84 + 2 * 50 and raw[80:84] == (2).to_bytes(4, "little")


@pytest.mark.parametrize("suffix", [".obj", ".stl"])
def test_a_scene_has_an_object_per_mesh_in_the_world(suffix: str, tmp_path: Path) -> None:
    scene = make_full_scene()
    meshes = scene_meshes(scene, where="x")
    assert meshes[-1][0] == "rest" and len(meshes) == 3
    placed = scene.assets[7]
    assert placed.mesh is not None
    world = placed.mesh.vertices @ placed.world_from_asset[:3, :3].T
    world += placed.world_from_asset[:3, 3]
    np.testing.assert_allclose(dict(meshes)[meshes[0][0]].vertices, world, rtol=1e-6)
    path = save(scene, tmp_path / f"a{suffix}")
    num_faces = sum(len(mesh.faces) for _, mesh in meshes)
    assert len(trimesh.load_mesh(path, process=False).faces) == num_faces
    if suffix == ".obj":
        assert path.read_text().count("\no ") == 2


def test_a_scene_without_meshes(tmp_path: Path) -> None:
    bare = replace(make_scene(), assets={})
    for suffix in (".obj", ".stl"):
        with pytest.raises(FormatError, match="expected a scene whose instances have meshes"):
            save(bare, tmp_path / f"a{suffix}")


def test_a_mesh_is_saved_upright(tmp_path: Path) -> None:
    save(SQUARE, tmp_path / "a.glb", up=UP)
    found = load_scene(tmp_path / "a.glb")
    assert found.up is not None and found.up.tolist() == UP.tolist()
