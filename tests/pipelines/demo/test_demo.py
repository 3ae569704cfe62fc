"""The demo: from nothing to measured objects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import OutputError
from scenewright.pipelines import run_demo
from scenewright.pipelines.demo.run import TRUE_MASKS


def test_demo_makes_segments_and_measures(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    steps: set[str] = set()
    report = run_demo(
        folder,
        seed=1,
        num_frames=16,
        image_size=(160, 120),
        masks=(TRUE_MASKS,),
        progress=lambda step, *_: steps.add(step),
    )
    assert steps == {"film", "segment"}
    columns, rows = report.table()
    assert len(rows) == 1 and len(rows[0]) == len(columns)
    # Depth carries noise here, so the bar is lower than with exact depth.
    assert report.evaluations[TRUE_MASKS].ap["objects, own scores"].ap50 > 0.8
    assert (folder / "true-masks" / "objects.glb").is_file()
    config = json.loads((folder / "true-masks" / "config.json").read_text())
    assert config["capture"] == str((folder / "capture").resolve())
    with pytest.raises(OutputError, match="exist"):
        run_demo(folder)
