"""``scenewright caption``: every object, some of them, and the file."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenewright as sw
from scenewright.io import read_json, save
from scenewright.pipelines.caption.run import caption_run
from scenewright.pipelines.caption.settings import CaptionSettings
from tests.command_builders import Call, assert_plain_error
from tests.language.language_builders import make_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("caption") / "room"
    save(make_room(), folder)
    return folder


def test_all_objects(room: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("caption", room, "-o", tmp_path / "captions.json")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == ("10 objects, 10 with a phrase that means it alone")
    written = read_json(tmp_path / "captions.json")
    assert [one["id"] for one in written] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    for one in written:
        assert sw.ground(room, one["phrase"]).ids == (one["id"],)


def test_one_object(room: Path, call: Call) -> None:
    outcome = call("caption", room, "--id", "8")
    assert outcome.out.startswith("8: This is a blue sofa, 0.80 m high. It is on the floor, ")
    assert "'the sofa' means it alone" in outcome.out
    found = caption_run(room, CaptionSettings(id=(8, 3)))
    assert list(found) == [8, 3]


def test_an_unknown_id_and_an_empty_scene(room: Path, tmp_path: Path, call: Call) -> None:
    assert_plain_error(call("caption", room, "--id", "99"), "There is no object 99")
    assert sw.caption(make_room(without=tuple(range(2, 12)))) == {}
    save(make_room(without=tuple(range(2, 12))), tmp_path / "empty")
    assert call("caption", tmp_path / "empty").out == "The scene has no objects.\n"
