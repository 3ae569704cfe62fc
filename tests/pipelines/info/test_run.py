"""``scenewright info``: captures, runs of any verb, finished or not, scene folders, files."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import FormatError
from scenewright.io import save
from scenewright.pipelines.batch.report import BatchReport, BatchRow
from scenewright.pipelines.decompose.run import DecomposeRun
from scenewright.pipelines.fit_splats.run import FitRun
from scenewright.pipelines.info.run import info_run
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.runs.folder import RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.report import RunReport
from scenewright.runs.unfinished import UnfinishedRun
from tests.builders import make_scene
from tests.command_builders import Call, assert_plain_error


def write_report(folder: Path, verb: str, **parts: Any) -> Path:
    """Makes a run folder that holds nothing but its report."""
    RunFolder(folder).update(replace(RunReport(verb=verb, inputs={}, settings={}), **parts))
    return folder


def test_a_run_of_segment(segmented: SegmentRun, capture: Path) -> None:
    facts = info_run(segmented.folder.path)
    assert list(facts)[:11] == [
        "kind", "made by", "verb", "capture", "layout", "masks", "frames", "objects",
        "parts of the room", "fragments", "points",
    ]  # fmt: skip
    assert (facts["kind"], facts["verb"]) == ("run folder", "segment")
    assert facts["capture"] == str(capture.resolve()) and facts["layout"] == "plain"
    assert facts["objects"] == str((~segmented.instances.is_stuff).sum())
    assert facts["parts of the room"] == str(segmented.instances.is_stuff.sum())
    assert facts["scene instances"] == str(len(segmented.instances))
    assert facts["fragments"] == str(len(segmented.result.scene.fragments))
    assert facts["time"].endswith(" s")


def test_runs_of_surfels(fitted: FitRun, decomposed: DecomposeRun) -> None:
    facts = info_run(fitted.folder.path)
    assert facts["views"] == "8, of which 2 held out"
    assert facts["quality"].startswith("PSNR ") and "held-out views" in facts["quality"]
    facts = info_run(decomposed.folder.path)
    assert facts["scene"] == str(fitted.folder.path.resolve())
    assert facts["objects"] == str(len(decomposed.instances))


def test_a_run_of_a_verb_that_is_not_known(tmp_path: Path, call: Call) -> None:
    run = write_report(tmp_path / "run", "dream", inputs={"of": "sheep", "no": None}, seconds=2.0)
    save(make_scene(), run / "scene")
    facts = info_run(run)
    assert {name: facts[name] for name in ("kind", "verb", "of", "time")} == {
        "kind": "run folder", "verb": "dream", "of": "sheep", "time": "2.0 s",
    }  # fmt: skip
    assert "no" not in facts and facts["scene instances"] == "3"
    assert call("info", run).code == 0


@pytest.mark.parametrize("verb", ["segment", "fit-splats", "decompose", "data make", "batch"])
def test_a_run_that_is_not_finished(verb: str, tmp_path: Path) -> None:
    facts = info_run(write_report(tmp_path / "run", verb, finished=False))
    assert (facts["kind"], facts["verb"]) == ("unfinished run folder", verb)
    assert "time" not in facts


def test_the_folder_of_an_interrupted_fit(tmp_path: Path) -> None:
    report = RunReport(verb="fit-splats", inputs={"capture": "/a"}, settings={}, finished=False)
    begun = UnfinishedRun(tmp_path / "run", report, Settings())
    begun.start(overwrite=False)
    begun.checkpoint.write_bytes(b"state")
    facts = info_run(begun.folder.path)
    assert facts["kind"] == "unfinished run folder" and facts["capture"] == "/a"


def test_a_batch(tmp_path: Path) -> None:
    rows = (
        BatchRow("a", "/c/a", "/o/a", "done", 24, 7, 1.5, 1, ""),
        BatchRow("c", "/c/c", "/o/c", "failed", None, None, None, 1, "bad"),
    )
    results = BatchReport(tmp_path, rows, 2, 1, 3.0).as_dict()
    run = write_report(tmp_path / "out", "batch", inputs={"runs of": "segment"}, results=results)
    facts = info_run(run)
    assert facts["runs of"] == "segment" and facts["runs"] == "2"
    assert facts["last call"] == "1 done, 0 skipped, 1 failed"


def test_a_report_that_lacks_what_its_verb_writes(tmp_path: Path, call: Call) -> None:
    run = write_report(tmp_path / "run", "segment")
    assert_plain_error(call("info", run), str(run), "report.json", "'masks'")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"format": "scenewright-run", "version": 1}', "version 1"),
        ('{"capture": "/a", "num_objects": 3}', "other JSON"),
        ("{", "report.json"),
    ],
)
def test_older_and_damaged_runs(text: str, told: str, tmp_path: Path, call: Call) -> None:
    (tmp_path / "report.json").write_text(text)
    assert_plain_error(call("info", tmp_path), "report.json", told)


def test_captures_scenes_and_files(
    segmented: SegmentRun, small_capture: Path, tmp_path: Path, call: Call
) -> None:
    facts = info_run(small_capture)
    assert (facts["kind"], facts["size"]) == ("capture", "160 x 120 pixels")
    assert info_run(segmented.folder.path / "scene")["kind"] == "scene folder"
    assert "GLB by Scenewright" in call("info", segmented.folder.path / "objects.glb").out
    save(segmented.result.scene, tmp_path / "scene0000_00.txt")
    assert "ScanNet" in call("info", tmp_path / "scene0000_00.txt").out


def test_json(small_capture: Path, call: Call) -> None:
    outcome = call("info", small_capture, "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out) == info_run(small_capture)


def test_folders_of_something_else(tmp_path: Path, call: Call) -> None:
    with pytest.raises(FormatError, match="expected a capture, a run or a scene folder"):
        info_run(tmp_path)
    assert_plain_error(call("info", tmp_path / "nowhere"), "no such path")
    copy = tmp_path / "copy.glb"
    copy.write_bytes(b"no model")
    assert_plain_error(call("info", copy), "copy.glb")
    shutil.rmtree(tmp_path)
