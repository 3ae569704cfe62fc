"""``scenewright find``: tables, notes, exit codes, JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import scenewright as sw
from scenewright.core import UnknownNameError
from scenewright.io import save
from scenewright.pipelines.find.run import find_run
from scenewright.pipelines.find.settings import FindSettings
from tests.command_builders import Call, assert_plain_error
from tests.language.language_builders import make_room


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("find") / "rooms"
    save(make_room(), folder / "whole")
    save(make_room(without=(3,)), folder / "chairless")
    return folder


def test_a_row_per_object(rooms: Path, call: Call) -> None:
    outcome = call("find", "the red chair left of the desk", rooms)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "1 object in 1 scene."
    assert lines[1].split() == ["scene", "id", "label", "score"]
    row = lines[2].split()
    assert row[0].endswith("whole") and row[1:3] == ["3", "chair"]
    assert "left of desk 2" in outcome.out.split("checked:")[1]
    assert lines[-1] == "searched: 2 scenes, 19 objects"


def test_an_index_is_made_and_used(rooms: Path, tmp_path: Path, call: Call) -> None:
    index = tmp_path / "index"
    first = call("find", "all mugs", rooms, "--index", index, "--top", "2")
    assert first.code == 0 and first.out.startswith("2 objects in ")
    later = json.loads(call("find", "all mugs", "--index", index, "--json").out)
    assert later["num_scenes"] == 2 and len(later["objects"]) == 6 and later["notes"] == []
    assert {one["label"] for one in later["objects"]} == {"mug"}
    found = sw.find("the sofa", index=index)
    assert {one.id for one in found.objects} == {8}


def test_nothing_matches(rooms: Path, call: Call) -> None:
    outcome = call("find", "the piano", rooms)
    assert outcome.code == 1
    assert outcome.out.startswith("Nothing matches. No scene has an object like 'the piano'.\n")


def test_wrong_input_is_told(rooms: Path, tmp_path: Path, call: Call) -> None:
    assert_plain_error(call("find", "the chair"), "--index FOLDER", "neither")
    assert_plain_error(call("find", "the chair", tmp_path / "none"), "no such path")
    assert_plain_error(call("find", "the chair", rooms, "--top", "0"), "1 or more")
    assert_plain_error(call("find", "the chair", rooms, "--index", rooms), "other files")
    empty = call("find", "", rooms)
    assert empty.code == 1 and empty.out.startswith("The phrase is empty.")
    with pytest.raises(UnknownNameError, match="embed/clip"):
        sw.find("the chair", rooms, model="embed/klip")


def test_a_mistyped_index_is_not_made(tmp_path: Path, call: Call) -> None:
    missing = tmp_path / "nowhere"
    assert_plain_error(call("find", "the desk", "--index", missing), "an index (index.sqlite)")
    assert not missing.exists()


def test_python(rooms: Path) -> None:
    assert {one.id for one in sw.find("the blue chair", rooms / "whole").objects} == {4}
    found = find_run("the blue chair", [rooms], FindSettings(top=1))
    assert len(found.objects) == 1 and found.num_objects == 19
