"""Starting surfels: which kind is chosen, what was tried before it, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, FrameList, PointCloud, SurfelCloud, UnknownNameError
from scenewright.data import open_capture
from scenewright.pipelines.fit_splats import starts
from scenewright.pipelines.sources.views import PictureSource


@pytest.fixture(scope="module")
def pictures(small_capture: Path) -> PictureSource:
    """The frames of a room without depth."""
    frames = [replace(frame, depth=None) for frame in open_capture(small_capture)]
    return PictureSource(FrameList(frames))


@pytest.fixture
def failing_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pycolmap, and a plane sweep that finds nothing."""

    def fail(*_: object, **__: object) -> SurfelCloud:
        raise CaptureError("Nothing can be recognized")

    monkeypatch.setattr(starts, "_has_pycolmap", lambda: False)
    monkeypatch.setattr(starts, "initial_surfels_from_pictures", fail)


def cloud_of(count: int) -> PointCloud:
    return PointCloud(np.random.default_rng(0).random((count, 3)).astype(np.float32))


@pytest.mark.usefixtures("failing_sweep")
def test_a_failed_start_is_noted_and_the_next_one_is_used(pictures: PictureSource) -> None:
    found = starts.make_start(pictures, None, holdout_interval=8, max_surfels=300)
    assert found.kind == "random" and len(found.surfels) == 300
    assert found.notes == ("initial surfels from sweep failed: Nothing can be recognized",)


@pytest.mark.usefixtures("failing_sweep")
def test_a_failed_start_that_was_asked_for_is_an_error(pictures: PictureSource) -> None:
    with pytest.raises(CaptureError, match=r"^Nothing can be recognized"):
        starts.make_start(pictures, None, kind="sweep", holdout_interval=8)


def test_long_fits_start_from_points(pictures: PictureSource) -> None:
    found = starts.make_start(
        pictures,
        cloud_of(400),
        holdout_interval=8,
        max_surfels=300,
        auto=starts.AutoStart(dense=False),
    )
    assert found.kind == "points" and len(found.surfels) == 300 and found.notes == ()
    # Points without colors become gray surfels.
    assert np.unique(found.surfels.base_colors()).tolist() == [128]


def test_depth_comes_first(small_capture: Path) -> None:
    frames = PictureSource(open_capture(small_capture))
    found = starts.make_start(frames, cloud_of(400), holdout_interval=8, max_surfels=200)
    assert found.kind == "depth" and 100 < len(found.surfels) < 300


def test_too_few_points(pictures: PictureSource) -> None:
    with pytest.raises(CaptureError) as caught:
        starts.make_start(pictures, cloud_of(9), kind="points", holdout_interval=8)
    assert str(caught.value) == (
        "The capture has too few points to initialize surfels from: expected 100 or more, got 9"
    )


def test_no_depth(pictures: PictureSource) -> None:
    with pytest.raises(CaptureError) as caught:
        starts.make_start(pictures, None, kind="depth", holdout_interval=8)
    assert str(caught.value) == (
        "The capture has no depth to initialize surfels from: got no depth readings"
    )


def test_triangulation_needs_pycolmap(
    pictures: PictureSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "_has_pycolmap", lambda: False)
    with pytest.raises(CaptureError) as caught:
        starts.make_start(pictures, None, kind="triangulation", holdout_interval=8)
    assert str(caught.value) == (
        "Nothing can be triangulated: expected the package pycolmap, got it is not installed. "
        'In a checkout of Scenewright, install it with: pip install ".[sfm]"'
    )


def test_unknown_start(pictures: PictureSource) -> None:
    with pytest.raises(UnknownNameError) as caught:
        starts.make_start(pictures, None, kind="magic", holdout_interval=8)
    assert str(caught.value) == (
        "Unknown kind of initial surfels: 'magic': "
        "expected one of auto, depth, points, triangulation, sweep, "
        "random"
    )


def test_views_far_apart_start_from_points(
    pictures: PictureSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "neighbor_angle", lambda _: 25.0)
    found = starts.make_start(pictures, cloud_of(400), holdout_interval=8, max_surfels=300)
    assert found.kind == "points"


@pytest.mark.parametrize(("angle", "best"), [(9.0, "points"), (20.0, "sweep")])
def test_a_trial_decides_where_the_views_do_not_tell(
    angle: float, best: str, pictures: PictureSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "neighbor_angle", lambda _: angle)
    tried = []

    def trial(frames: PictureSource, made: Mapping[str, SurfelCloud]) -> dict[str, float]:
        tried.append((set(frames.names), set(made)))
        return {kind: float(kind == best) for kind in made}

    found = starts.make_start(
        pictures,
        cloud_of(400),
        holdout_interval=8,
        max_surfels=300,
        auto=starts.AutoStart(trial=trial),
    )
    assert tried == [(set(pictures.names) - set(pictures.names[::8]), {"sweep", "points"})]
    assert found.kind == best and found.trial[best] == 1


@pytest.mark.parametrize("angle", [3.0, 40.0])
def test_no_trial_where_the_views_tell(
    angle: float, pictures: PictureSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "neighbor_angle", lambda _: angle)

    def trial(*_: object) -> dict[str, float]:
        raise AssertionError

    found = starts.make_start(
        pictures,
        cloud_of(400),
        holdout_interval=8,
        max_surfels=300,
        auto=starts.AutoStart(trial=trial),
    )
    assert found.kind == ("sweep" if angle < 12 else "points") and found.trial == {}


def test_a_trial_with_nothing_to_compare(
    pictures: PictureSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "neighbor_angle", lambda _: 9.0)
    found = starts.make_start(
        pictures,
        None,
        holdout_interval=8,
        max_surfels=300,
        auto=starts.AutoStart(trial=lambda *_: {}),
    )
    assert found.kind == "sweep" and found.trial == {}


def test_frames_without_some_names(pictures: PictureSource) -> None:
    rest = pictures.without({pictures.names[2]})
    assert len(rest) == len(pictures) - 1 and pictures.names[2] not in rest.names
    assert rest[2].name == pictures.names[3] and len(pictures) == len(pictures.names)
