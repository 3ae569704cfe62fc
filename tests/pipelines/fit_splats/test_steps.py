"""Fits in memory: sources of frames, presets as settings, engines, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import (
    CaptureError,
    ConventionError,
    Frame,
    FrameList,
    MissingExtraError,
    UnknownNameError,
)
from scenewright.data import open_capture
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.pipelines.fit_splats.steps import fit_frames, fit_splats, make_engine
from scenewright.splats.fitting.config import FitConfig, fit_preset

ONE_STEP = replace(fit_preset("preview", num_steps=1), start_surfels=500)
"""Settings of a fit that takes no time."""
RANDOM = FitSettings(preset=ONE_STEP, start="random", mesh=False)


@pytest.fixture(scope="module")
def pictures(small_capture: Path) -> list[Frame]:
    """The frames of a room without depth."""
    return [replace(frame, depth=None) for frame in open_capture(small_capture)]


def test_frames_without_depth_are_fitted(pictures: list[Frame]) -> None:
    fit = fit_frames(FrameList(pictures), RANDOM)
    assert (fit.start, fit.num_start, fit.num_steps) == ("random", 500, 1)
    assert fit.mesh is None and fit.held_out == ("000000",)
    assert list(fit.stages) == ["read", "start", "fit", "measure"]
    (step,) = fit.scene.provenance
    assert step.name == "fit-splats" and step.config["capture"] is None
    assert step.config["preset"]["num_steps"] == 1 and step.config["start"] == "random"


def test_a_list_of_frames_and_a_preset_of_settings_are_taken(pictures: list[Frame]) -> None:
    config = replace(ONE_STEP, holdout_interval=4)
    scene = fit_splats(pictures, preset=config, seed=1)
    assert scene.surfels is not None and scene.views is not None
    assert scene.views.name == tuple(frame.name for frame in pictures)
    # The settings count as they are, not with the defaults of a preset.
    assert scene.provenance[-1].config["preset"]["holdout_interval"] == 4


def test_time_may_be_limited(pictures: list[Frame]) -> None:
    limited = replace(RANDOM, preset=replace(ONE_STEP, num_steps=50_000), max_minutes=0.001)
    assert fit_frames(FrameList(pictures), limited).num_steps < 5000


def test_frames_that_cannot_be_used_are_noted(pictures: list[Frame]) -> None:
    frames = [
        replace(pictures[0], image=None),
        replace(pictures[1], world_from_cam=None),
        *pictures[2:],
    ]
    fit = fit_frames(FrameList(frames), RANDOM)
    assert fit.notes == (
        "1 of 8 frames dropped: no image",
        "1 of 8 frames dropped: no valid pose",
    )
    assert fit.scene.views is not None and len(fit.scene.views) == 6


def test_one_view_is_refused_before_the_work(pictures: list[Frame]) -> None:
    with pytest.raises(CaptureError) as caught:
        fit_splats(pictures[:1])
    assert str(caught.value) == (
        "Only one view: expected two or more views from different positions, got 1 "
        "with image and pose among 1 frame. Add images from other positions; a single image "
        "does not determine the shape."
    )


@pytest.mark.parametrize("preset", ["preview", FitConfig()])
def test_gsplat_needs_its_packages_or_a_gpu(pictures: list[Frame], preset: str | FitConfig) -> None:
    try:
        import gsplat  # type: ignore[import-not-found]  # noqa: F401
        import torch
    except ImportError:
        expected = "is not installed"
    else:
        if torch.cuda.is_available():
            pytest.skip("there is a GPU")
        expected = "GPU"
    with pytest.raises(MissingExtraError, match=expected):
        fit_splats(pictures, preset=preset, engine="gsplat")


def test_unknown_engines_and_presets(pictures: list[Frame]) -> None:
    with pytest.raises(UnknownNameError) as caught:
        make_engine(FitSettings(engine="magic"))
    assert str(caught.value) == "There is no engine 'magic': expected one of numba, gsplat"
    with pytest.raises(UnknownNameError, match="expected one of preview, default, best"):
        fit_splats(pictures, preset="magic")
    with pytest.raises(ConventionError, match="FitConfig"):
        fit_splats(pictures, preset=3)  # type: ignore[arg-type]


def test_instances_of_a_scene_are_kept(pictures: list[Frame]) -> None:
    scene = fit_frames(FrameList(pictures), RANDOM).scene
    again = fit_frames(FrameList(pictures), RANDOM, scene=scene).scene
    assert [step.name for step in again.provenance] == ["fit-splats", "fit-splats"]
    assert np.array_equal(again.surfels.means, scene.surfels.means)  # type: ignore[union-attr]


def test_a_device_is_for_gsplat() -> None:
    with pytest.raises(ConventionError, match="Device 'cuda' with the engine numba"):
        make_engine(FitSettings(device="cuda"))


def test_one_view_left_to_learn_from_is_refused(pictures: list[Frame]) -> None:
    with pytest.raises(CaptureError) as caught:
        fit_splats(pictures[:2])
    assert str(caught.value) == (
        "Only one view is left to learn from: expected two or more views from different positions, "
        "got 2 views, of which 1 are held out. Add images from other positions, or hold out none "
        "(--held-out 0)."
    )
