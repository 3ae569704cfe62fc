"""Scenes of separate meshes from worlds, scenes and GLB files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import Asset, FormatError, InstanceTable, Scene
from scenewright.io import read_json, save, write_glb_mesh, write_json
from scenewright.pipelines.evaluate.object_scenes import (
    is_scene_in_folder,
    is_truth,
    num_true_objects,
    object_scene,
    read_object_scene,
)
from tests.builders import make_cube, make_instance, turn


def write_truth(folder: Path) -> Path:
    """A world of a cube and a floor."""
    (folder / "objects").mkdir(parents=True)
    up = np.array([0.0, 0.0, 1.0])
    write_glb_mesh(folder / "objects" / "cube.glb", make_cube(), up=up)
    placement = np.eye(4)
    placement[:3, :3], placement[:3, 3] = turn(0.3), (1, 2, 3)
    row = {
        "id": 4,
        "mesh": "objects/cube.glb",
        "world_from_object": placement.tolist(),
        "symmetry": {"turns": 4},
        "is_stuff": False,
    }
    floor = {**row, "id": 1, "is_stuff": True}
    write_json(folder / "world.json", {"up": up.tolist(), "objects": [floor, row]})
    return folder


def test_a_world(tmp_path: Path) -> None:
    scene = read_object_scene(write_truth(tmp_path / "world"))
    assert list(scene.meshes) == [4] and scene.turns == {4: 4}
    expected = make_cube().vertices @ turn(0.3).T + (1, 2, 3)
    np.testing.assert_allclose(
        np.sort(scene.meshes[4].vertices, axis=0), np.sort(expected, axis=0), atol=1e-5
    )
    assert is_truth(tmp_path / "world") and not is_truth(tmp_path)
    assert list(read_object_scene(tmp_path / "world" / "world.json").meshes) == [4]


def test_a_scene_and_its_glb(tmp_path: Path) -> None:
    placement = np.diag([2.0, 2, 2, 1])
    rows = [make_instance(7), replace(make_instance(2, "floor"), role="floor"), make_instance(9)]
    assets = {number: Asset(make_cube(), placement) for number in (2, 7)}
    scene = Scene(InstanceTable.from_rows(rows), assets=assets, up=np.array([0.0, 0, 1]))
    found = object_scene(scene)
    assert list(found.meshes) == [7]
    np.testing.assert_allclose(found.meshes[7].vertices, 2 * make_cube().vertices)
    again = read_object_scene(save(scene, tmp_path / "scene.glb"))
    assert list(again.meshes) == [7]
    np.testing.assert_allclose(again.meshes[7].vertices, found.meshes[7].vertices, atol=1e-5)


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        object_scene(Scene(InstanceTable.from_rows([make_instance()])), name="room")
    assert str(caught.value) == (
        "room: expected objects with meshes, got 1 instances without any. "
        "Give a scene with assets, or a GLB with one node per object."
    )
    folder = write_truth(tmp_path / "world")
    record = read_json(folder / "world.json")
    record["objects"][1]["mesh"] = "../secret.glb"
    write_json(folder / "world.json", record)
    with pytest.raises(FormatError, match="got a file outside it"):
        read_object_scene(folder)
    del record["objects"][1]["mesh"]
    write_json(folder / "world.json", record)
    with pytest.raises(FormatError, match="KeyError: 'mesh'"):
        read_object_scene(folder)
    write_json(folder / "world.json", {"objects": []})
    with pytest.raises(FormatError, match="expected at least one object, got none"):
        read_object_scene(folder)


def test_settings_and_notes_in_a_folder_of_scenes_are_no_scenes(tmp_path: Path) -> None:
    for name in ("config.json", "report.json", "README.md", "preview.png", ".hidden.glb"):
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "room.glb").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "world.json").write_text("{}")
    found = {path.name for path in tmp_path.iterdir() if is_scene_in_folder(path)}
    assert found == {"room.glb", "world"}


def test_number_of_objects_whose_meshes_are_damaged(tmp_path: Path) -> None:
    world = write_truth(tmp_path / "world")
    (world / "objects" / "cube.glb").write_bytes(b"damaged")
    assert num_true_objects(world) == 1
    rows = [make_instance(7), replace(make_instance(2, "floor"), role="floor")]
    scene = Scene(InstanceTable.from_rows(rows), assets={7: Asset(make_cube())})
    assert num_true_objects(save(scene, tmp_path / "scene")) == 1
    (world / "world.json").write_text("{")
    assert num_true_objects(world) == 0
    assert num_true_objects(tmp_path / "a.glb") == 0
