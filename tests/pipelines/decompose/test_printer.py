"""``scenewright decompose``: what it shows, and what users get wrong."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import Step
from scenewright.io import load_scene, save
from scenewright.pipelines.decompose.printer import facts, show
from scenewright.pipelines.decompose.run import DecomposeRun
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.runs.folder import RunFolder
from tests.command_builders import Call, assert_plain_error
from tests.runs.printer_builders import PrintedText


@pytest.fixture
def room(small_capture: Path, tmp_path: Path) -> Path:
    """A capture that a test may spoil."""
    return Path(shutil.copytree(small_capture, tmp_path / "room"))


def test_objects_are_shown(decomposed: DecomposeRun) -> None:
    out = PrintedText()
    assert show(decomposed, DecomposeSettings(), out) == 0
    assert [row[0] for row in out.tables[0][1:]] == [str(row.id) for row in decomposed.instances]
    assert "seen" in out.tables[0][0]
    text = "\n".join(out.lines)
    assert f"{len(decomposed.instances)} objects from" in text
    assert f"run folder: {decomposed.folder.path}" in text


def test_facts_are_those_of_the_report(decomposed: DecomposeRun) -> None:
    found = facts(RunFolder.open(decomposed.folder.path).report)
    assert found["objects"] == str(len(decomposed.instances))
    assert found["masks"].endswith(" in 8 views")


def test_scene_without_surfels(small_capture: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("decompose", small_capture / "gt_points.ply", "-o", tmp_path / "run")
    assert_plain_error(outcome, "The scene has no surfels", "points only", "fit-splats")
    assert list(tmp_path.iterdir()) == []


def test_scene_whose_capture_is_gone(scene_folder: Path, tmp_path: Path, call: Call) -> None:
    scene = load_scene(scene_folder)
    gone = tmp_path / "gone"
    lost = replace(scene, provenance=(Step("fit-splats", "0", {"capture": str(gone)}),))
    folder = save(lost, tmp_path / "scene")
    outcome = call("decompose", folder, "-o", tmp_path / "run")
    assert_plain_error(
        outcome,
        f"The capture of {folder} is missing",
        f"the folder {gone}",
        "Give its new path with --capture (capture=...).",
    )


def test_another_capture(scene_folder: Path, room: Path, tmp_path: Path, call: Call) -> None:
    for folder in ("color", "depth", "pose"):
        for path in (room / folder).iterdir():
            path.rename(path.with_name(f"kitchen{path.name}"))
    outcome = call("decompose", scene_folder, "--capture", room, "-o", tmp_path / "run")
    assert_plain_error(outcome, "The scene was not made from this capture", "000000")


def test_masks_of_another_size(scene_folder: Path, room: Path, tmp_path: Path, call: Call) -> None:
    Image.fromarray(np.ones((60, 60), np.uint16)).save(room / "instance" / "000003.png")
    outcome = call("decompose", scene_folder, "--masks", room / "instance", "-o", tmp_path / "run")
    assert_plain_error(outcome, "000003.png", "60 x 60", "160 x 120")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_no_masks(scene_folder: Path, room: Path, tmp_path: Path, call: Call) -> None:
    masks = room / "instance"
    for path in masks.iterdir():
        Image.fromarray(np.zeros((120, 160), np.uint16)).save(path)
    outcome = call("decompose", scene_folder, "--masks", masks, "-o", tmp_path / "run")
    assert_plain_error(outcome, "No mask was found in any of 8 views", f"none from {masks}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--masks", "masks/none"), "Masks 'masks/none'"),
        (("--preset", "best"), "preset 'best'"),
        (("--seed-from-instances",), "The scene has no instances to start from"),
    ],
)
def test_wrong_options_of_a_decomposition(
    words: tuple[str, ...], told: str, scene_folder: Path, tmp_path: Path, call: Call
) -> None:
    outcome = call("decompose", scene_folder, "-o", tmp_path / "run", *words)
    assert_plain_error(outcome, told)
    assert list(tmp_path.iterdir()) == []
