"""URDF models."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scenewright.simulation import simulation_scene, write_simulation
from scenewright.simulation.urdf import write_urdf
from tests.simulation.simulation_builders import BOX, PICTURE, POLE, TABLE, room, two_cubes


def test_urdf_folder_lists_its_models(tmp_path: Path) -> None:
    pytest.importorskip("coacd")
    folder = write_simulation(tmp_path / "room-urdf", simulation_scene(room()))
    places = json.loads((folder / "scene.json").read_text())
    fixed = {row["id"]: row["fixed"] for row in places["models"]}
    assert fixed == {TABLE: False, BOX: False, POLE: True, PICTURE: True, None: True}
    for row in places["models"]:
        root = ElementTree.parse(folder / row["file"]).getroot()
        for mesh in root.iter("mesh"):
            assert (folder / str(mesh.get("filename"))).is_file()
        if row["id"] is not None:
            inertia = root.find("link/inertial/inertia")
            assert inertia is not None and float(inertia.get("ixx", "0")) > 0


def test_urdf_has_the_room_as_a_model_of_its_own(tmp_path: Path) -> None:
    write_urdf(tmp_path, two_cubes(), name="test")
    room = ElementTree.parse(tmp_path / "room.urdf").getroot()
    names = [mesh.get("filename") for mesh in room.iter("mesh")]
    assert names == ["meshes/floor.obj", "meshes/wall_007.obj", "meshes/wall_007_part00.obj"]
