"""Concepts as words on the command line and as a list in a settings file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scenewright.cli.parser import parse
from scenewright.core import ConventionError
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.sources.settings import parse_concepts, parse_up
from scenewright.pipelines.table import VERBS
from scenewright.runs.settings_files import read_settings, settings_to_dict


def test_concepts_are_separated_by_commas() -> None:
    assert parse_concepts("chair") == ("chair",)
    assert parse_concepts(" chair,coffee table , lamp") == ("chair", "coffee table", "lamp")


@pytest.mark.parametrize("text", ["", " ", "chair,", "chair,,lamp"])
def test_empty_concepts(text: str) -> None:
    with pytest.raises(ConventionError) as caught:
        parse_concepts(text)
    assert str(caught.value) == (
        '--concepts: expected words separated by commas, such as "chair, coffee table", '
        f"got {text!r}"
    )


def test_concepts_on_the_command_line() -> None:
    words = ["--masks", "masks/sam3", "--concepts", "chair, coffee table", "my-capture"]
    settings = parse(VERBS["segment"], words).settings
    assert isinstance(settings, SegmentSettings)
    assert settings.concepts == ("chair", "coffee table")
    plain = parse(VERBS["segment"], ["my-capture"]).settings
    assert isinstance(plain, SegmentSettings) and plain.concepts == ()


def test_concepts_are_kept_in_the_settings_of_a_run(tmp_path: Path) -> None:
    settings = SegmentSettings(masks="masks/sam3", concepts=("chair", "coffee table"))
    path = tmp_path / "config.json"
    path.write_text(json.dumps(settings_to_dict(settings)))
    assert read_settings(SegmentSettings, path, verb="segment").concepts == settings.concepts


@pytest.mark.parametrize(
    ("text", "up"),
    [("z", (0, 0, 1)), ("-Y", (0, -1, 0)), ("+x", (1, 0, 0)), ("0,0,-2", (0, 0, -1)),
     ("-3, 0, 4", (-0.6, 0, 0.8))],
)  # fmt: skip
def test_directions_are_axes_or_numbers(text: str, up: tuple[float, float, float]) -> None:
    assert parse_up(text) == pytest.approx(up)


@pytest.mark.parametrize("text", ["", "w", "1,2", "0,0,0", "--z,1,1", "nan,0,0"])
def test_directions_that_are_none(text: str) -> None:
    with pytest.raises(ConventionError) as caught:
        parse_up(text)
    assert str(caught.value) == (
        f"--up: expected an axis such as z or -y, or three numbers such as 0,0,1, got {text!r}"
    )


@pytest.mark.parametrize("verb", ["segment", "fit-splats", "decompose", "render"])
def test_up_is_an_option_of_every_verb_that_draws(verb: str) -> None:
    settings: Any = parse(VERBS[verb], ["room", "--up=-y"]).settings
    assert settings.up == (0.0, -1.0, 0.0)
