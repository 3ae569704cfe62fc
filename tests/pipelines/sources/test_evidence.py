"""State grids from the frames of a capture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import FREE, ConventionError, Frame, FrameList
from scenewright.pipelines.sources.evidence import MOST_FRAMES, grids_of_capture
from tests.completion.completion_builders import BOX, POST, film, seen_scene


def test_frames_give_nearly_the_grids_of_true_ids() -> None:
    scene = seen_scene()
    calls: list[tuple[str, int, int]] = []
    grids = grids_of_capture(
        scene, film(), ids=(BOX, POST),
        progress=lambda stage, done, total, unit: calls.append((stage, done, total)),
    )  # fmt: skip
    assert sorted(grids) == [BOX, POST] and calls[-1] == ("evidence", 3, 3)
    for i, grid in grids.items():
        true = scene.grids[i]
        assert np.array_equal(grid.origin, true.origin)
        assert (grid.states == true.states).mean() > 0.97
        assert (grid.states == FREE).mean() > 0.2


def test_far_readings_can_be_left_out() -> None:
    near = grids_of_capture(seen_scene(), film(), ids=(BOX,), max_depth=0.5)
    assert not (near[BOX].states == FREE).any()
    assert grids_of_capture(seen_scene(), film(), ids=()) == {}


def test_frames_without_depth_say_nothing() -> None:
    frames: list[Frame] = [replace(frame, depth=None) for frame in film()]
    with pytest.raises(ConventionError) as error:
        grids_of_capture(seen_scene(), FrameList(frames), ids=(BOX,))
    assert str(error.value) == (
        "frames: expected depth and a pose in at least one, got none that has both"
    )
    assert MOST_FRAMES > 3
