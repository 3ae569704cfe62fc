"""``scenewright render``: what it shows, and what users get wrong."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import Box3D, Instance, InstanceTable
from scenewright.io import load_scene, save
from tests.command_builders import Call, assert_plain_error


def test_pictures_are_named(scene_folder: Path, tmp_path: Path, call: Call) -> None:
    words = ("--view", "0", "3", "--kind", "color", "ids", "--width", "32")
    outcome = call("render", scene_folder, "-o", tmp_path / "pictures", *words)
    assert outcome.code == 0, outcome.err
    assert "4 files" in outcome.out
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 4
    assert "render" in call("info", tmp_path / "pictures").out
    again = call(
        "render", scene_folder, "-o", tmp_path / "again",
        "--config", tmp_path / "pictures" / "config.json", "--view", "0",
    )  # fmt: skip
    assert again.code == 0 and "2 files" in again.out


def test_scene_without_surfels(small_capture: Path, tmp_path: Path, call: Call) -> None:
    truth = small_capture / "gt_points.ply"
    outcome = call("render", truth, "-o", tmp_path / "run", "--view", "0")
    assert_plain_error(outcome, "The scene has no surfels", "points only", "fit-splats")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "Nothing to draw"),
        (("--view", "kitchen"), "There is no view 'kitchen'"),
        (("--view", "8"), "an index from 0 to 7, or a name such as 000000"),
        (("--view", "0", "--kind", "smell"), "Unknown kind of picture: 'smell'"),
        (("--view", "0", "--only", "3"), "The surfels have no instances"),
        (("--view", "0", "--width", "1"), "Width"),
    ],
)
def test_wrong_options_of_a_picture(
    words: tuple[str, ...], told: str, scene_folder: Path, tmp_path: Path, call: Call
) -> None:
    outcome = call("render", scene_folder, "-o", tmp_path / "pictures", *words)
    assert_plain_error(outcome, told)
    assert list(tmp_path.iterdir()) == []


def test_unknown_instance(scene_folder: Path, tmp_path: Path, call: Call) -> None:
    scene = load_scene(scene_folder)
    assert scene.surfels is not None
    row = Instance(4, "", 1.0, Box3D(np.zeros(3), np.ones(3), np.eye(3)), 9, 9)
    ids = np.zeros(len(scene.surfels), np.int32)
    ids[:9] = 4
    known = replace(
        scene,
        instances=InstanceTable.from_rows([row]),
        surfels=scene.surfels.with_instances(ids),
    )
    folder = save(known, tmp_path / "scene")
    outcome = call("render", folder, "-o", tmp_path / "pictures", "--view", "0", "--without", "5")
    assert_plain_error(outcome, "There is no instance 5", "ids of the scene, such as 4")


def test_a_film_without_its_package(
    scene_folder: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    outcome = call("render", scene_folder, "-o", tmp_path / "pictures", "--turntable", "--mp4")
    assert_plain_error(outcome, "The package 'av' is not installed", 'pip install ".[video]"')
    assert list(tmp_path.iterdir()) == []
