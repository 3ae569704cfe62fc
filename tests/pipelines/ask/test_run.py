"""``scenewright ask``: one question, a dialogue, the picture, and plain answers."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import scenewright as sw
from scenewright.core import UnknownNameError
from scenewright.io import save
from scenewright.pipelines.ask.run import ask_run
from scenewright.pipelines.ask.settings import AskSettings
from tests.command_builders import Call, assert_plain_error
from tests.language.language_builders import boxes_only, make_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ask") / "room"
    save(make_room(), folder)
    return folder


def test_an_answer_with_ids_and_reasons(room: Path, tmp_path: Path, call: Call) -> None:
    picture = tmp_path / "deep" / "answer.png"
    outcome = call("ask", room, "Which chair is left of the desk?", "-o", picture)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "Chair 3.",
        "objects: 3",
        "why:",
        "  find(filter(chair, related(left, filter(desk))))",
        "  called chair: chair 3, chair 4, chair 5",
        "  called desk: desk 2",
        "  left of desk 2, seen from the middle of the room: chair 3",
        f"picture: {picture}",
    ]
    pixels = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    red = np.abs(pixels - [214, 64, 52]).max(axis=2) < 60
    assert red.sum() > 200  # the chair, its box and its name


def test_nothing_matches(room: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("ask", room, "the piano", "-o", tmp_path / "a.png")
    assert outcome.code == 1
    assert outcome.out.startswith("Nothing matches. No object is called 'piano'.\n")
    assert not (tmp_path / "a.png").exists()


def test_json(room: Path, call: Call) -> None:
    outcome = call("ask", room, "how many chairs are there?", "--json", "--no-draw")
    found = json.loads(outcome.out)
    assert found["text"] == "3" and found["ids"] == [3, 4, 5] and found["picture"] is None


def test_a_dialogue_keeps_what_it_means(
    room: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "the chair left of the desk\nwhat color is it?\nthe piano\nis it red?\n\nnever read\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    outcome = call("ask", room, "--no-draw")
    assert outcome.code == 0
    shown = [line for line in outcome.out.splitlines() if not line.startswith((" ", "why", "obj"))]
    assert shown == [
        "Ask a question in English; an empty line ends.",
        "Chair 3.",
        "Chair 3 is red.",
        "Nothing matches. No object is called 'piano'.",
        "Yes: chair 3, red.",
    ]


def test_the_default_picture(
    room: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("ask", room, "the sofa").code == 0
    assert (tmp_path / "runs" / "room-answer.png").is_file()


def test_python(room: Path) -> None:
    assert sw.ask(room, "how many mugs are on the desk?").text == "2"
    assert sw.ask(make_room(), "what color is it?", about=(8,)).text == "blue"
    asked = ask_run(room, AskSettings(draw=False), question="the sofa")
    [(answer, picture)] = asked.answers
    assert answer.ids == (8,) and picture is None and not asked.is_dialogue


def test_a_scene_of_boxes_and_one_without_anything(tmp_path: Path, call: Call) -> None:
    save(boxes_only(make_room()), tmp_path / "boxes.json")
    picture = tmp_path / "boxes.png"
    assert call("ask", tmp_path / "boxes.json", "the sofa", "-o", picture).code == 0
    assert Image.open(picture).size[0] > 1000
    save(make_room(labels=False), tmp_path / "bare")
    outcome = call("ask", tmp_path / "bare", "how many chairs are there?", "--no-draw")
    assert "The objects of this scene have no names" in outcome.out and outcome.code == 1


def test_a_picture_of_the_user_is_kept(room: Path, tmp_path: Path, call: Call) -> None:
    picture = tmp_path / "mine.png"
    picture.write_bytes(b"mine")
    refused = call("ask", room, "the sofa", "-o", picture)
    assert_plain_error(refused, "a file that does not exist yet", "--overwrite")
    assert picture.read_bytes() == b"mine"
    assert call("ask", room, "the sofa", "-o", picture, "--overwrite").code == 0
    assert Image.open(picture).format == "PNG"
    wrong = tmp_path / "answer.jpg"
    assert_plain_error(call("ask", room, "the sofa", "-o", wrong), "a .png file", ".jpg")
    assert not wrong.exists()


def test_an_empty_question_starts_no_dialogue(room: Path, call: Call) -> None:
    outcome = call("ask", room, "")
    assert outcome.code == 1 and outcome.out.startswith("The question is empty.")


def test_errors(room: Path, tmp_path: Path, call: Call) -> None:
    assert_plain_error(call("ask", tmp_path / "missing", "the sofa"), "no such path")
    outcome = call("ask", room, "the sofa", "--model", "lm/symbolik")
    assert_plain_error(outcome, "Model 'lm/symbolik'", "lm/symbolic", "Did you mean")
    with pytest.raises(
        UnknownNameError, match="Model 'masks/parts': expected one of lm/hf, lm/nano, lm/symbolic"
    ):
        sw.ask(make_room(), "the sofa", model="masks/parts")
    for bad in ("x " * 10_000, "\x00", "?"):
        outcome = call("ask", room, bad, "--no-draw")
        assert outcome.code == 1 and "Traceback" not in outcome.out + outcome.err
