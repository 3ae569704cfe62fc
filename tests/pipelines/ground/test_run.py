"""``scenewright ground``: ids, probabilities, picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

import scenewright as sw
from scenewright.io import save
from scenewright.pipelines.ground.run import ground_run
from scenewright.pipelines.ground.settings import GroundSettings
from tests.command_builders import Call, assert_plain_error
from tests.language.language_builders import make_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ground") / "room"
    save(make_room(), folder)
    return folder


def test_ids_and_probabilities(room: Path, tmp_path: Path, call: Call) -> None:
    picture = tmp_path / "found.png"
    outcome = call("ground", room, "the chair right of the desk", "-o", picture)
    assert outcome.code == 0
    lines = [line.split() for line in outcome.out.splitlines()]
    assert lines[0] == ["Chair", "4."]
    assert lines[1] == ["id", "label", "probability"]
    assert lines[2][:2] == ["4", "chair"] and float(lines[2][2]) > 0.9
    assert lines[3][0] == "none"
    assert Image.open(picture).format == "PNG"


def test_nothing_matches(room: Path, call: Call) -> None:
    outcome = call("ground", room, "the piano")
    assert outcome.code == 1
    assert outcome.out.startswith("Nothing matches. No object is called 'piano'.\n")
    found = json.loads(call("ground", room, "the piano", "--json").out)
    assert found["ids"] == [] and found["none"] == 1.0


def test_a_picture_of_the_user_is_kept(room: Path, tmp_path: Path, call: Call) -> None:
    picture = tmp_path / "mine.png"
    picture.write_bytes(b"mine")
    refused = call("ground", room, "the sofa", "-o", picture)
    assert_plain_error(refused, "a file that does not exist yet", "--overwrite")
    assert picture.read_bytes() == b"mine"
    assert call("ground", room, "the sofa", "-o", picture, "--overwrite").code == 0
    assert Image.open(picture).format == "PNG"
    wrong = call("ground", room, "the sofa", "-o", tmp_path / "found.txt")
    assert_plain_error(wrong, "a .png file", ".txt")


def test_an_empty_phrase(room: Path, call: Call) -> None:
    outcome = call("ground", room, "")
    assert outcome.code == 1 and outcome.out.startswith("The phrase is empty.")


def test_python(room: Path) -> None:
    assert sw.ground(room, "the red mug").ids == (9,)
    grounded = ground_run(room, "the mugs", GroundSettings(draw=False))
    assert grounded.grounding.ids == (6, 7, 9) and grounded.picture is None
    assert grounded.labels[6] == "mug"
