"""Settings of data: how they are written on the command line, and what a form decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.pipelines.make_data.recipe import (
    check_data_settings,
    settings_for_form,
    shard_recipe,
)
from scenewright.pipelines.make_data.settings import (
    DataSettings,
    parse_counts,
    parse_seeds,
    parse_size,
)


def test_words_of_the_command_line() -> None:
    assert parse_seeds("7") == range(7, 8) and parse_seeds("0:200") == range(200)
    assert parse_size("640x480") == parse_size(" 640X480 ") == (640, 480)
    assert parse_counts("12") == (12, 12) and parse_counts("5:20") == (5, 20)


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (
            parse_seeds,
            "5:5",
            "--seeds: expected 7, or a range such as 0:200 with at least one seed",
        ),
        (parse_seeds, "-1", "--seeds: expected 7, or a range such as 0:200 with at least one seed"),
        (parse_seeds, "x", "--seeds: expected 7, or a range such as 0:200 with at least one seed"),
        (parse_size, "640", "--size: expected width and height, such as 640x480"),
        (
            parse_counts,
            "9:5",
            "--num-objects: expected 12, or a minimum and a maximum such as 5:20",
        ),
    ],
)
def test_words_that_cannot_be_read(parse: Callable[[str], object], text: str, message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        parse(text)
    assert str(caught.value) == f"{message}, got '{text}'"


def test_the_form_fills_in_what_is_left_open() -> None:
    captures = settings_for_form(DataSettings(), "captures")
    assert (captures.kind, captures.size, captures.trajectory) == ("rooms", (640, 480), "sweep")
    assert settings_for_form(DataSettings(kind="random"), "captures").trajectory == "orbit"
    shards = settings_for_form(DataSettings(), "shards")
    assert (shards.kind, shards.size, shards.trajectory) == (None, (320, 240), None)
    assert len(shard_recipe(shards).shares) > 1
    assert shard_recipe(DataSettings(kind="random", views=3)).shares == {"random": 1.0}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (DataSettings(kind="caves"), UnknownNameError, "caves"),
        (DataSettings(layout="dvd"), UnknownNameError, "dvd"),
        (DataSettings(trajectory="fly"), UnknownNameError, "There is no trajectory 'fly'"),
        (DataSettings(size=(0, 36)), ConventionError, "size"),
        (DataSettings(num_frames=0), ConventionError, "num_frames"),
        (DataSettings(views=1001), ConventionError, "views"),
        (DataSettings(worlds_per_shard=0), ConventionError, "worlds_per_shard"),
        (DataSettings(jpeg_quality=101), ConventionError, "jpeg_quality"),
    ],
)
def test_settings_with_which_nothing_can_be_made(
    settings: DataSettings, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_data_settings(settings)
