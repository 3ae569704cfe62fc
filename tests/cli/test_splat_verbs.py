"""fit-splats, decompose, render and their evaluation from the command line, good input and bad."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import Box3D, Instance, InstanceTable, Scene, Step, SurfelCloud, Views
from scenewright.data import open_capture
from scenewright.io import load_scene, save
from tests.command_builders import Call, assert_plain_error

TINY = ("--preset", "preview", "--steps", "4", "--max-surfels", "2000", "--no-mesh")


@pytest.fixture(scope="session")
def scene_folder(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene of random surfels with the views of the capture, as if fitted."""
    rng = np.random.default_rng(0)
    n = 300
    surfels = SurfelCloud(
        rng.uniform(-1, 1, (n, 3)).astype(np.float32),
        np.tile([1.0, 0, 0, 0], (n, 1)).astype(np.float32),
        np.full((n, 2), 0.1, np.float32),
        np.full(n, 0.9, np.float32),
        rng.uniform(-1, 1, (n, 1, 3)).astype(np.float32),
    )
    frames = [replace(frame, image=None, depth=None) for frame in open_capture(pristine)]
    scene = Scene(InstanceTable.empty(), surfels=surfels, views=Views.from_frames(frames))
    scene = scene.with_step(Step("fit-splats", "0", {"capture": str(pristine), "held_out": 6}))
    return save(scene, tmp_path_factory.mktemp("scene") / "scene")


@pytest.mark.slow
def test_a_capture_becomes_objects_and_pictures(capture: Path, tmp_path: Path, call: Call) -> None:
    splats, objects = tmp_path / "splats", tmp_path / "objects"
    outcome = call("fit-splats", capture, "-o", splats, *TINY)
    assert outcome.code == 0, outcome.err
    assert "2,000 surfels" in outcome.out or "surfels (" in outcome.out
    assert "PSNR" in outcome.out and "views held out" in outcome.out
    outcome = call("decompose", splats, "-o", objects, "--masks", capture / "instance")
    assert outcome.code == 0, outcome.err
    assert "objects from" in outcome.out and "seen" in outcome.out
    outcome = call("render", objects, "--view", "0", "--only", "1", "-o", tmp_path / "pictures")
    assert outcome.code == 0 and "4 files" in outcome.out
    numbers = tmp_path / "numbers.json"
    outcome = call(
        "evaluate", objects, capture, "--id-maps", capture, "--pictures", "--output", numbers
    )
    assert outcome.code == 0, outcome.err
    assert {"ap", "masks", "images", "stages"} <= set(json.loads(numbers.read_text()))
    assert "boundary mIoU" in outcome.out and "PSNR dB" in outcome.out


def test_pictures_without_cameras(capture: Path, tmp_path: Path, call: Call) -> None:
    for path in (capture / "pose").iterdir():
        np.savetxt(path, np.full((4, 4), np.nan))
    outcome = call("fit-splats", capture, "-o", tmp_path / "run", *TINY)
    assert_plain_error(
        outcome, f"The capture {capture} has pictures but no cameras", "none for 12 pictures"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_cameras_without_pictures(capture: Path, tmp_path: Path, call: Call) -> None:
    shutil.rmtree(capture / "color")
    outcome = call("fit-splats", capture, "-o", tmp_path / "run", *TINY)
    assert_plain_error(outcome, f"{capture} has no layout that is known", "folder color/ beside")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_one_view_only(capture: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("fit-splats", capture, "-o", tmp_path / "run", "--stride", "12", *TINY)
    assert_plain_error(outcome, "One view only", "1 with picture and pose among 1 frames")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_all_views_alike(capture: Path, tmp_path: Path, call: Call) -> None:
    poses = sorted((capture / "pose").iterdir())
    for path in poses[1:]:
        shutil.copy(poses[0], path)
    outcome = call("fit-splats", capture, "-o", tmp_path / "run", *TINY)
    assert_plain_error(outcome, "All views are alike", "12 views of one pose")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_more_than_fits_into_memory(
    capture: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenewright.splats.fitting.memory.available_bytes", lambda: 10_000_000)
    outcome = call("fit-splats", capture, "-o", tmp_path / "run", *TINY, "--start", "random")
    assert_plain_error(outcome, "does not fit into memory", "an estimate of", "GiB")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_nothing_to_resume(capture: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("fit-splats", capture, "-o", tmp_path / "run", "--resume", *TINY)
    assert_plain_error(outcome, "There is no fit to resume", "Leave --resume away")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--preset", "worst"), "Fit preset 'worst'"),
        (("--image-scale", "2"), "Image scale"),
        (("--start", "magic"), "There is no start 'magic'"),
        (("--engine", "opengl"), "There is no engine 'opengl'"),
        (("--steps", "0"), "num_steps"),
        (("--held-out", "1"), "No view is left to learn from"),
        (("--threads", "0"), "Number of threads"),
    ],
)
def test_wrong_options_of_a_fit(
    words: tuple[str, str], told: str, pristine: Path, tmp_path: Path, call: Call
) -> None:
    outcome = call("fit-splats", pristine, "-o", tmp_path / "run", *TINY, *words)
    assert_plain_error(outcome, told)
    assert list(tmp_path.iterdir()) == []


def test_scene_without_surfels(pristine: Path, tmp_path: Path, call: Call) -> None:
    for verb, *words in (("decompose",), ("render", "--view", "0")):
        outcome = call(verb, pristine / "gt_points.ply", "-o", tmp_path / "run", *words)
        assert_plain_error(outcome, "The scene has no surfels", "points only", "fit-splats")
    assert list(tmp_path.iterdir()) == []


def test_scene_whose_capture_is_gone(scene_folder: Path, tmp_path: Path, call: Call) -> None:
    scene = load_scene(scene_folder)
    gone = tmp_path / "gone"
    lost = replace(scene, provenance=(Step("fit-splats", "0", {"capture": str(gone)}),))
    place = save(lost, tmp_path / "scene")
    outcome = call("decompose", place, "-o", tmp_path / "run")
    assert_plain_error(
        outcome,
        f"The capture of {place} is gone",
        f"the folder {gone}",
        "Give its new place with --capture (capture=...).",
    )
    nobody = save(replace(scene, provenance=()), tmp_path / "nobody")
    outcome = call("evaluate", nobody, "--pictures")
    assert_plain_error(outcome, f"{nobody} does not know its capture", "none in its history")


def test_another_capture(scene_folder: Path, capture: Path, tmp_path: Path, call: Call) -> None:
    for folder in ("color", "depth", "pose"):
        for path in (capture / folder).iterdir():
            path.rename(path.with_name(f"kitchen{path.name}"))
    outcome = call("decompose", scene_folder, "--capture", capture, "-o", tmp_path / "run")
    assert_plain_error(outcome, "The capture is not the one that the scene was made from", "000000")


def test_masks_of_another_size(
    scene_folder: Path, capture: Path, tmp_path: Path, call: Call
) -> None:
    Image.fromarray(np.ones((60, 80), np.uint16)).save(capture / "instance" / "000003.png")
    outcome = call(
        "decompose", scene_folder, "--masks", capture / "instance", "-o", tmp_path / "run"
    )
    assert_plain_error(outcome, "000003.png", "80 x 60", "160 x 120")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_no_masks(scene_folder: Path, capture: Path, tmp_path: Path, call: Call) -> None:
    masks = capture / "instance"
    for path in masks.iterdir():
        Image.fromarray(np.zeros((120, 160), np.uint16)).save(path)
    outcome = call("decompose", scene_folder, "--masks", masks, "-o", tmp_path / "run")
    assert_plain_error(outcome, "No mask in any of 12 views", f"none from {masks}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--masks", "masks/none"), "Masks 'masks/none'"),
        (("--preset", "best"), "preset 'best'"),
        (("--seed-from-instances",), "The scene has no instances to begin with"),
    ],
)
def test_wrong_options_of_a_decomposition(
    words: tuple[str, ...], told: str, scene_folder: Path, tmp_path: Path, call: Call
) -> None:
    outcome = call("decompose", scene_folder, "-o", tmp_path / "run", *words)
    assert_plain_error(outcome, told)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "Nothing to draw"),
        (("--view", "kitchen"), "There is no view 'kitchen'"),
        (("--view", "12"), "a position from 0 to 11, or a name such as 000000"),
        (("--view", "0", "--kind", "smell"), "There is no picture of kind 'smell'"),
        (("--view", "0", "--only", "3"), "The surfels know nothing about instances"),
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
    row = Instance(4, "", 1.0, Box3D(np.zeros(3), np.ones(3), np.eye(3)), 9, 9, None)
    ids = np.zeros(len(scene.surfels), np.int32)
    ids[:9] = 4
    known = replace(
        scene,
        instances=InstanceTable.from_rows([row]),
        surfels=scene.surfels.with_instances(ids),
    )
    place = save(known, tmp_path / "scene")
    outcome = call("render", place, "-o", tmp_path / "pictures", "--view", "0", "--without", "5")
    assert_plain_error(outcome, "There is no instance 5", "ids of the scene, such as 4")


def test_a_film_without_its_package(
    scene_folder: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    outcome = call("render", scene_folder, "-o", tmp_path / "pictures", "--turntable", "--mp4")
    assert_plain_error(
        outcome, "The package 'av' is not installed", 'pip install "scenewright[video]"'
    )
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_measure_against(scene_folder: Path, call: Call) -> None:
    outcome = call("evaluate", scene_folder)
    assert_plain_error(outcome, "Nothing to measure against", "none of them")
    outcome = call("evaluate", scene_folder, "--mesh", scene_folder / "no.ply")
    assert_plain_error(outcome, "mesh.ply", "a run that holds mesh.ply")


def test_views_of_another_folder_of_masks(scene_folder: Path, pristine: Path, call: Call) -> None:
    outcome = call("evaluate", pristine / "instance", "--id-maps", scene_folder)
    assert_plain_error(outcome, "PNG id maps")


def test_equal_id_maps_are_perfect(pristine: Path, call: Call) -> None:
    outcome = call("evaluate", pristine / "instance", "--id-maps", pristine)
    assert outcome.code == 0
    assert outcome.out.count("100.0") >= 4
