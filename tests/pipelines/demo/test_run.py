"""The demo: from nothing to measured objects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import OutputError
from scenewright.io import load_scene
from scenewright.pipelines.demo.run import TRUE_MASKS, demo_run
from scenewright.pipelines.demo.settings import DemoSettings
from scenewright.runs.folder import RunFolder


def test_demo_makes_segments_and_measures(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    steps: set[str] = set()
    settings = DemoSettings(seed=1, num_frames=16, size=(160, 120), masks=(TRUE_MASKS,))
    run = demo_run(folder, settings, progress=lambda step, *_: steps.add(step))
    assert steps >= {"film", "segment"}
    assert list(run.runs) == list(run.evaluations) == [TRUE_MASKS]
    # Depth carries noise here, so the bar is lower than with exact depth.
    assert run.evaluations[TRUE_MASKS].ap["objects, own scores"].ap50 > 0.8
    assert (folder / "true-masks" / "objects.glb").is_file()
    inside = RunFolder.open(folder / "true-masks")
    assert inside.capture == (folder / "capture").resolve()
    report = RunFolder.open(folder).report
    assert (report.verb, report.finished) == ("demo", True)
    assert list(report.results) == [TRUE_MASKS]
    assert len(run.answers) == 3
    if run.picture is not None:
        assert run.picture.count >= 1 and 0 < run.picture.f_score <= 1
        assert (run.picture.folder / "objects.glb").is_file()
    assert set(load_scene(run.named).instances.label) >= {"floor", "wall"}
    assert json.loads((folder / "config.json").read_text())["size"] == [160, 120]
    with pytest.raises(OutputError, match="expected a folder that does not exist yet"):
        demo_run(folder)
