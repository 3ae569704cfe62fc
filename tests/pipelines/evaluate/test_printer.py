"""``scenewright evaluate``: tables, the file of numbers, and what users get wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from scenewright.io import load_scene, save
from scenewright.pipelines.segment.run import SegmentRun
from tests.command_builders import Call, assert_plain_error


def test_objects(segmented: SegmentRun, capture: Path, tmp_path: Path, call: Call) -> None:
    outcome = call(
        "evaluate", segmented.folder.path, capture, "--output", tmp_path / "numbers.json"
    )
    assert outcome.code == 0
    assert "AP50" in outcome.out and "own scores" in outcome.out and "constant" in outcome.out
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["ap"]["objects, constant scores"]["AP50"] > 0.8


def test_a_scene_that_does_not_know_its_capture(
    scene_folder: Path, tmp_path: Path, call: Call
) -> None:
    nobody = save(replace(load_scene(scene_folder), provenance=()), tmp_path / "nobody")
    outcome = call("evaluate", nobody, "--pictures")
    assert_plain_error(outcome, f"{nobody} does not name its capture", "no capture in its history")


def test_nothing_to_measure_against(scene_folder: Path, call: Call) -> None:
    outcome = call("evaluate", scene_folder)
    assert_plain_error(outcome, "Nothing to measure against", "none of these")
    outcome = call("evaluate", scene_folder, "--mesh", scene_folder / "no.ply")
    assert_plain_error(outcome, "mesh.ply", "a run with mesh.ply")


def test_views_of_another_folder_of_masks(
    scene_folder: Path, small_capture: Path, call: Call
) -> None:
    outcome = call("evaluate", small_capture / "instance", "--id-maps", scene_folder)
    assert_plain_error(outcome, "PNG id maps")


def test_equal_id_maps_are_perfect(small_capture: Path, call: Call) -> None:
    outcome = call("evaluate", small_capture / "instance", "--id-maps", small_capture)
    assert outcome.code == 0
    assert outcome.out.count("100.0") >= 4
