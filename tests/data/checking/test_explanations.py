"""Problems that another interpretation explains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scenewright.data.capture import read_recording
from scenewright.data.checking.explanations import explain, poor_fit
from scenewright.data.checking.readings import Reading
from tests.data.capture_builders import Room, write_plain


def test_each_change_is_a_problem_with_a_fix(room: Room, tmp_path: Path) -> None:
    recording = read_recording(write_plain(tmp_path, room))
    pose = replace(recording.pose, direction="cam_from_world", axes="ros", quaternion="wxyz")
    problems = explain(recording, Reading(pose, 3.0, focal=1.2), present=0.1, better=0.9)
    assert [p.code for p in problems] == [
        "pose-direction", "pose-axes", "pose-quaternion", "pose-scale", "intrinsics-focal",
    ]  # fmt: skip
    assert all("90% do" in p.expected and p.got.startswith("10%") for p in problems)
    assert problems[-1].what == (
        "The focal lengths do not fit the depth and the poses: fx 60, fy 60"
    )
    assert '{"intrinsics": [72, 72, 31.5, 23.5]}' in problems[-1].do
    assert '{"pose_scale": 0.3333}' in problems[-2].do and '"depth_scale": 3000' in problems[-2].do


@pytest.mark.parametrize(
    ("kind", "words"),
    [("ray", '{"depth": "ray"}'), ("rotated", '{"depth": "rotated"}'), ("disparity", "baseline")],
)
def test_kinds_of_depth(kind: str, words: str, room: Room, tmp_path: Path) -> None:
    recording = read_recording(write_plain(tmp_path, room))
    reading = Reading(recording.pose, 1.0, kind)  # type: ignore[arg-type]
    (problem,) = explain(recording, reading, present=0.1, better=0.9)
    assert problem.code == f"depth-{kind}" and words in problem.do


@pytest.mark.parametrize(
    ("factor", "severity"), [(1.05, "warning"), (0.95, "warning"), (1.2, "error"), (0.8, "error")]
)
def test_small_factors_are_warnings(
    factor: float, severity: str, room: Room, tmp_path: Path
) -> None:
    recording = read_recording(write_plain(tmp_path, room))
    for reading in (Reading(recording.pose, factor), Reading(recording.pose, focal=factor)):
        (problem,) = explain(recording, reading, present=0.5, better=0.9)
        assert problem.severity == severity


def test_a_fit_below_a_third_is_an_error() -> None:
    assert poor_fit(0.4).severity == "warning" and poor_fit(0.34).severity == "error"
    assert poor_fit(0.19).severity == "error" and poor_fit(0.19).got == "19%"


@pytest.mark.parametrize(
    ("factor", "first"),
    [(5.0, '{"depth_scale": 5000}'), (6.5535, '{"depth_scale": 6553.5}'),
     (0.1, '{"depth_scale": 100}'), (0.256, '{"depth_scale": 256}'),
     (10.0, '{"depth_scale": 10000}'), (0.01, '{"pose_scale": 100}'),
     (0.001, '{"pose_scale": 1000}'), (0.29, '{"pose_scale": 3.448}')],
)  # fmt: skip
def test_a_usual_scale_of_depth_comes_first(
    factor: float, first: str, room: Room, tmp_path: Path
) -> None:
    recording = read_recording(write_plain(tmp_path, room))
    reading = Reading(recording.pose, factor=factor)
    (problem,) = explain(recording, reading, present=0.1, better=0.9)
    assert problem.code == "pose-scale"
    assert problem.do.split("{")[1].split("}")[0] == first.strip("{}")
