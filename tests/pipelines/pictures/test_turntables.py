"""Turntables and the files that they are written to."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, MissingExtraError
from scenewright.pipelines.pictures.turntables import (
    FRAMES_PER_SECOND,
    _azimuths,
    front_sides,
    turntable,
    write_gif,
    write_mp4,
)
from tests.pipelines.wall_builders import make_wall, make_wall_views

UP = np.array([0.0, -1.0, 0.0])
SIZE = (48, 36)


def test_fronts_are_the_sides_that_cameras_saw() -> None:
    fronts = front_sides(make_wall(), make_wall_views())
    seen = np.linalg.norm(fronts, axis=1) > 0
    assert seen.mean() > 0.4
    assert np.allclose(fronts[seen], [0, 0, -1], atol=1e-5)


def test_a_turn_shows_both_sides() -> None:
    pictures = list(turntable(make_wall(), up=UP, num_frames=4, size=SIZE))
    assert [picture.size for picture in pictures] == [SIZE] * 4
    inked = [(np.asarray(picture) < 200).any(axis=2).mean() for picture in pictures]
    # The wall is seen from its front and its back, and edge-on in between.
    assert min(max(inked[0], inked[1]), max(inked[2], inked[3])) > 0.1
    assert len({picture.tobytes() for picture in pictures}) == 4


def test_backs_are_left_out() -> None:
    wall = make_wall()
    fronts = np.tile(np.array([0, 0, -1], np.float32), (len(wall), 1))
    shown = list(turntable(wall, up=UP, num_frames=4, size=SIZE, fronts=fronts))
    inked = [bool((np.asarray(picture) < 200).any()) for picture in shown]
    assert any(inked) and not all(inked)


def test_nothing_to_turn_around() -> None:
    wall = make_wall()
    with pytest.raises(ConventionError) as caught:
        next(turntable(wall[:0], up=None))
    assert str(caught.value) == "Surfels for a turntable: expected at least one, got none"
    with pytest.raises(ConventionError, match="Turntable: expected 1 or more frames and pixels"):
        next(turntable(wall, up=None, num_frames=0))


def test_gifs_repeat_for_ever(tmp_path: Path) -> None:
    write_gif(tmp_path / "turn.gif", [Image.new("RGB", SIZE, color) for color in ("red", "blue")])
    found = Image.open(tmp_path / "turn.gif")
    assert getattr(found, "n_frames", 1) == 2 and found.info["loop"] == 0
    assert found.info["duration"] == pytest.approx(1000 / FRAMES_PER_SECOND, abs=5)


def test_videos_need_a_package_or_play(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (49, 37), color) for color in ("red", "blue")]
    try:
        av = importlib.import_module("av")
    except ImportError:
        with pytest.raises(MissingExtraError, match="'av' is not installed"):
            write_mp4(tmp_path / "turn.mp4", pictures)
        assert list(tmp_path.iterdir()) == []
        return
    write_mp4(tmp_path / "turn.mp4", pictures)
    with av.open(tmp_path / "turn.mp4") as film:
        frames = list(film.decode(video=0))
    # An odd last row or column is cut off.
    assert [(frame.width, frame.height) for frame in frames] == [(48, 36)] * 2


def azimuths_of(pictures: int, centers: np.ndarray | None) -> np.ndarray:
    return np.degrees(_azimuths(pictures, centers))


def test_a_turn_goes_all_around_what_cameras_saw_from_all_sides() -> None:
    around = np.radians(np.arange(0, 360, 40))
    centers = np.stack([np.cos(around), np.sin(around), 0 * around], axis=1)
    for seen_from in (None, centers):
        assert np.ptp(azimuths_of(36, seen_from)) == pytest.approx(350)


def test_a_turn_sways_in_front_of_what_cameras_saw_from_one_side() -> None:
    for front in (0, 170, -90):
        side = np.radians(front + np.array([-50, -20, 10, 50]))
        centers = np.stack([np.cos(side), np.sin(side), 0 * side], axis=1)
        off = (azimuths_of(40, centers) - front + 180) % 360 - 180
        assert off.max() == pytest.approx(50) and off.min() == pytest.approx(-50)
        one = (azimuths_of(40, centers[:1]) - (front - 50) + 180) % 360 - 180
        assert np.abs(one).max() == pytest.approx(15)
