"""Removing objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import ConventionError, OutputError
from scenewright.io import load_scene, save
from scenewright.pipelines.remove.run import remove_run
from scenewright.pipelines.remove.settings import RemoveSettings
from tests.command_builders import Call, assert_plain_error
from tests.completion.completion_builders import BOX, FLOOR, POST, seen_scene


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small room as a scene folder."""
    save(seen_scene(), tmp_path / "scene")
    return tmp_path / "scene"


def test_the_object_is_gone_and_the_floor_is_closed(folder: Path, tmp_path: Path) -> None:
    done = remove_run(folder, tmp_path / "out", RemoveSettings(ids=(BOX,)))
    scene = load_scene(tmp_path / "out")
    assert scene.instances.id.tolist() == [1, 2, 4]
    assert scene.points is not None and scene.points.instance_id is not None
    assert not (scene.points.instance_id == BOX).any() and BOX not in scene.grids
    assert done.num_closed > 0 and scene.assets[FLOOR].mesh is not None
    assert scene.provenance[-1].name == "remove"


def test_command_and_bad_input(folder: Path, tmp_path: Path, call: Call) -> None:
    shown = call("remove", folder, "--ids", str(POST), "-o", tmp_path / "out.glb")
    assert shown.code == 0
    assert "out.glb: 1 object removed, 3 instances left" in shown.out
    with pytest.raises(ConventionError) as error:
        remove_run(folder, tmp_path / "a", RemoveSettings())
    assert str(error.value) == (
        "Nothing to remove: expected ids of objects (--ids), got none. "
        "'scenewright info' lists the ids of a scene."
    )
    with pytest.raises(ConventionError) as error:
        remove_run(folder, tmp_path / "b", RemoveSettings(ids=(FLOOR,)))
    assert str(error.value) == "instance 1: expected an object, got a part of the room (floor)"


def test_the_output_is_not_the_input(folder: Path, call: Call) -> None:
    words = ("--ids", str(POST), "-o", f"{folder}/", "--overwrite")
    assert_plain_error(call("remove", folder, *words), f"Cannot write {folder}", "the same path")
    with pytest.raises(OutputError) as error:
        remove_run(folder, folder, RemoveSettings(ids=(POST,)), overwrite=True)
    assert str(error.value) == (
        f"Cannot write {folder}: expected an output that is not the input, got the same path. "
        "Choose another name for the output."
    )
    assert POST in load_scene(folder).instances.id
