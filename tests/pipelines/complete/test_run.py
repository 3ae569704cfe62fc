"""The run folder of a completion, and the whole way from a capture to it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError
from scenewright.io import load_scene, read_glb, save
from scenewright.pipelines.complete.run import complete_run
from scenewright.pipelines.complete.settings import CompleteSettings
from scenewright.pipelines.info.run import info_run
from scenewright.pipelines.segment.run import SegmentRun, segment_run
from scenewright.pipelines.segment.settings import SegmentSettings
from tests.command_builders import Call
from tests.completion.completion_builders import BOX, POST, seen_scene


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run made from the folder of a scene that has grids."""
    folder = tmp_path_factory.mktemp("complete")
    save(seen_scene(), folder / "scene")
    return complete_run(folder / "scene", folder / "whole").folder.path


def test_folder_holds_everything(whole: Path) -> None:
    assert sorted(path.name for path in whole.iterdir()) == [
        "completion.json", "config.json", "instances.json", "objects", "objects.glb",
        "preview.png", "report.json", "scene", "view.html",
    ]  # fmt: skip
    assert sorted(path.name for path in (whole / "objects").iterdir()) == ["3.jpg", "4.jpg"]
    with Image.open(whole / "objects" / "3.jpg") as picture:
        assert picture.size == (1120, 324)
    assert {BOX, POST} <= set(read_glb(whole / "objects.glb").assets)


def test_scene_keeps_what_is_seen_and_what_is_guessed(whole: Path) -> None:
    scene = load_scene(whole)
    asset = scene.assets[BOX]
    assert asset.is_whole and asset.observed is not None and asset.uncertainty is not None
    assert 0.3 < asset.observed.mean() < 0.95
    assert scene.instances.by_id(BOX).source == "completed"
    (row,) = [r for r in json.loads((whole / "completion.json").read_text())["objects"]
              if r["id"] == BOX]  # fmt: skip
    assert row["watertight"] and row["completed"] and row["skipped"] is None
    assert row["seen_box"]["size"][1] <= row["whole_box"]["size"][1] + 0.02
    assert np.allclose(scene.instances.by_id(BOX).box.size, row["whole_box"]["size"])


def test_info_and_the_command(whole: Path, call: Call, tmp_path: Path) -> None:
    shown = call("info", whole)
    assert "2 of 2 completed" in shown.out and "complete/symmetry" in shown.out
    assert info_run(whole) is not None
    again = call("complete", whole, "--ids", "4", "--model", "complete/hull", "--no-background",
                 "-o", tmp_path / "post")  # fmt: skip
    assert again.code == 0 and "1 of 1 objects completed, free space from the scene" in again.out
    assert "hull" in again.out


def test_grids_that_segment_stores_replace_the_frames(
    capture: Path, segmented: SegmentRun, tmp_path: Path
) -> None:
    copy = tmp_path / "capture"
    shutil.copytree(capture, copy)
    settings = SegmentSettings(masks=str(capture / "instance"), grids=True)
    run = segment_run(copy, tmp_path / "run", settings)
    objects = run.instances.id[~run.instances.is_stuff].tolist()
    assert sorted(load_scene(run.folder.path).grids) == sorted(objects)
    shutil.rmtree(copy)
    largest = CompleteSettings(ids=(objects[0],), model="complete/hull")
    done = complete_run(run.folder.path, tmp_path / "whole", largest)
    assert done.result.grids_from == "the scene"
    # Without them, the frames of the capture are read.
    first = int(segmented.instances.id[~segmented.instances.is_stuff][0])
    read = complete_run(
        segmented.folder.path, tmp_path / "read",
        CompleteSettings(ids=(first,), model="complete/hull", background=False),
    )  # fmt: skip
    assert read.result.grids_from == "the frames"
    assert read.report.inputs["capture"] == str(capture.resolve())


def test_missing_frames_say_which_command_stores_grids(tmp_path: Path) -> None:
    scene = seen_scene()
    save(type(scene)(scene.instances, scene.points, up=scene.up), tmp_path / "scene")
    with pytest.raises(ConventionError, match="'scenewright segment CAPTURE --grids'"):
        complete_run(tmp_path / "scene", tmp_path / "whole")
