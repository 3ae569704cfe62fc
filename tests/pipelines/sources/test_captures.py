"""Captures given by path, by run, or as frames."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, FrameList, FrameSource, InstanceTable, Scene, Step
from scenewright.data import Capture, open_capture
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.pipelines.sources.captures import (
    TimedFrames,
    capture_and_scene,
    capture_of,
    describe_source,
    has_metric_lengths,
    name_source,
    open_frames,
)
from scenewright.pipelines.sources.views import PictureSource
from scenewright.runs.stages import StageClock
from tests.builders import make_frame


def test_a_folder_a_capture_and_a_list_are_opened_alike(small_capture: Path) -> None:
    capture = open_capture(small_capture)
    for frames in (
        small_capture,
        str(small_capture),
        capture,
        list(capture),
        FrameList(list(capture)),
    ):
        source = open_frames(frames, stride=3)
        assert isinstance(source, FrameSource)
        assert list(source.names) == ["000000", "000003", "000006"]
        assert [frame.name for frame in source] == ["000000", "000003", "000006"]
    # A subset of a capture is a capture, so that it keeps its folder.
    assert isinstance(open_frames(capture, stride=3), Capture)


def test_sources_are_described(small_capture: Path) -> None:
    capture = open_capture(small_capture)
    assert describe_source(capture) == {"capture": str(small_capture.resolve()), "layout": "plain"}
    assert name_source(capture) == f"the capture {small_capture}"
    frames = open_frames([make_frame(0), make_frame(1)])
    assert describe_source(frames) == {"capture": None, "layout": None}
    assert name_source(frames) == "the frames"


def test_lengths_are_metric_unless_the_source_says_otherwise() -> None:
    source = FrameList([make_frame(0)])
    assert has_metric_lengths(source)
    assert has_metric_lengths(TimedFrames(source, StageClock()))

    class OfColmap(FrameList):
        is_metric = False

    found = OfColmap([make_frame(0)])
    assert not has_metric_lengths(found)
    assert not has_metric_lengths(TimedFrames(found, StageClock()))
    assert not has_metric_lengths(PictureSource(found, scale=1.0))


def test_a_folder_that_is_no_capture(tmp_path: Path) -> None:
    with pytest.raises(CaptureError):
        open_frames(tmp_path)


def test_a_run_stands_for_its_capture_and_its_scene(segmented: SegmentRun, capture: Path) -> None:
    folder, scene = capture_and_scene(segmented.folder.path)
    assert folder == capture.resolve()
    assert scene is not None
    assert scene.instances.id.tolist() == segmented.instances.id.tolist()
    assert capture_and_scene(capture) == (capture, None)
    # The scene inside of a run is found, too.
    assert capture_of(segmented.folder.path / "scene", scene) == capture.resolve()


def test_the_last_capture_of_the_history_counts(small_capture: Path, tmp_path: Path) -> None:
    steps = (
        Step("segment", "0", {"capture": str(tmp_path / "older")}),
        Step("fit-splats", "0", {"capture": str(small_capture)}),
        Step("merge", "0", {}),
    )
    scene = Scene(InstanceTable.empty(), provenance=steps)
    assert capture_of(tmp_path, scene) == small_capture


def test_a_scene_without_a_capture(tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as caught:
        capture_of(tmp_path, Scene(InstanceTable.empty()))
    assert str(caught.value) == (
        f"{tmp_path} does not name its capture: expected the folder of the images that it was "
        "made from, got no capture in its history. Give it with --capture (capture=...)."
    )


def test_a_capture_that_is_gone(segmented: SegmentRun, tmp_path: Path) -> None:
    run = shutil.copytree(segmented.folder.path, tmp_path / "run")
    scene = segmented.result.scene
    gone = Step("segment", "0", {"capture": str(tmp_path / "gone")})
    with pytest.raises(CaptureError) as caught:
        capture_of(run, replace(scene, provenance=(gone,)))
    assert str(caught.value) == (
        f"The capture of {run} is missing: expected the folder {tmp_path / 'gone'}, got nothing "
        "at that path. Give its new path with --capture (capture=...)."
    )


def test_decoding_is_timed() -> None:
    clock = StageClock()
    up = np.array([0.0, 0.0, 1.0])
    timed = TimedFrames(FrameList([make_frame(0), make_frame(1)], up=up), clock)
    assert isinstance(timed, FrameSource)
    assert len(timed) == 2 and list(timed.names) == ["000000", "000001"]
    assert np.array_equal(timed.up, up)  # type: ignore[arg-type]
    assert clock.summary() == {}
    assert [frame.index for frame in timed] == [0, 1]
    assert clock.summary()["decode"].count == 2
