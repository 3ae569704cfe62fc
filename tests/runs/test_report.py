"""One schema for the report of every run."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from scenewright._version import __version__
from scenewright.core import Box3D, FormatError, Instance
from scenewright.runs.report import (
    FORMAT,
    VERSION,
    RunReport,
    instance_row,
    label_facts,
    report_from_dict,
)
from scenewright.runs.stages import StageCost

REPORT = RunReport(
    verb="segment",
    inputs={"capture": "/captures/room", "layout": "plain"},
    settings={"stride": 2, "preset": {"voxel_size": 0.02}},
    results={"num_objects": 3},
    held_out=("000000", "000008"),
    warnings=("[max-depth] Far",),
    stages={"masks": StageCost(1.25, 310.5, 10, 120.0), "result": StageCost(0.5)},
    seconds=2.125,
    peak_memory_mb=400.0,
)


def test_what_is_written_is_read() -> None:
    text = json.dumps(REPORT.as_dict())
    assert report_from_dict(json.loads(text), source="report.json") == REPORT
    growing = replace(REPORT, finished=False, peak_memory_mb=None)
    assert report_from_dict(growing.as_dict(), source="report.json") == growing


def test_the_schema_is_the_same_for_every_verb() -> None:
    assert list(RunReport(verb="x", inputs={}, settings={}).as_dict()) == [
        "format", "version", "scenewright", "verb", "finished", "inputs", "settings", "results",
        "held_out", "warnings", "stages", "seconds", "peak_memory_mb",
    ]  # fmt: skip
    value = REPORT.as_dict()
    assert (value["format"], value["version"]) == (FORMAT, VERSION)
    assert value["scenewright"] == __version__
    assert value["stages"]["masks"] == {
        "seconds": 1.25, "count": 10, "median_ms": 120.0, "peak_memory_mb": 310.5,
    }  # fmt: skip


def test_numbers_are_rounded() -> None:
    value = replace(REPORT, seconds=1.23456, peak_memory_mb=99.987).as_dict()
    assert (value["seconds"], value["peak_memory_mb"]) == (1.235, 100.0)


@pytest.mark.parametrize("value", [[], {}, {"verb": "segment"}, {"format": "scenewright-scene"}, 3])
def test_other_json_is_no_report(value: object) -> None:
    with pytest.raises(FormatError) as caught:
        report_from_dict(value, source="run/report.json")
    assert str(caught.value) == (
        'run/report.json: expected the report of a run ("format": "scenewright-run"), got other '
        "JSON"
    )


def test_another_version_of_the_schema_says_what_to_do() -> None:
    value = {**REPORT.as_dict(), "version": 1, "scenewright": "0.0.9"}
    with pytest.raises(FormatError) as caught:
        report_from_dict(value, source="report.json")
    assert str(caught.value) == (
        f"report.json: expected a run folder of version {VERSION}, got version 1, made by "
        "scenewright 0.0.9. Run it again with this version of scenewright."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("inputs", 3), ("stages", {"masks": {}}), ("stages", []), ("seconds", "long"), ("verb", None)],
)
def test_damage_is_told(name: str, value: object) -> None:
    damaged = {**REPORT.as_dict(), name: value}
    if value is None:
        del damaged[name]
    with pytest.raises(FormatError, match=r"^report\.json: expected a complete report, got "):
        report_from_dict(damaged, source="report.json")


def test_an_object_is_one_row() -> None:
    box = Box3D(np.zeros(3), np.array([0.12345, 1.0, 2.0]), np.eye(3))
    row = instance_row(Instance(7, "chair", 0.123456, box, 30, 4))
    assert row == {
        "id": 7, "label": "chair", "score": 0.1235, "size": [0.1235, 1.0, 2.0], "num_points": 30,
        "num_frames": 4, "role": "object",
    }  # fmt: skip


def test_a_newer_version_asks_for_an_update() -> None:
    value = {"format": "scenewright-run", "version": 99, "scenewright": "9.0"}
    with pytest.raises(FormatError, match=r"got version 99, made by scenewright 9\.0\. Update"):
        report_from_dict(value, source="report.json")


def test_labels_are_counted_most_frequent_first() -> None:
    rows = [{"label": label} for label in ("cup", "chair", "", "chair", "bowl")]
    assert label_facts(rows) == {"labels": "2 chair, 1 bowl, 1 cup"}
    assert label_facts([{"label": ""}]) == label_facts([]) == {}
