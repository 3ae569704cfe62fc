"""Starting surfels: which kind is chosen, what was tried before it, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, FrameList, PointCloud, SurfelCloud, UnknownNameError
from scenewright.data import open_capture
from scenewright.pipelines.fit_splats import starts
from scenewright.pipelines.sources.views import PictureSource
from scenewright.splats.fitting.initial import initial_surfels_from_pictures


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
        pictures, cloud_of(400), holdout_interval=8, max_surfels=300, dense=False
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
        "expected one of auto, depth, points+sweep, points, triangulation, sweep, random"
    )


@pytest.mark.parametrize(("angle", "fills_holes"), [(3.0, True), (40.0, False)])
def test_points_are_added_to_a_sweep_however_far_views_are_apart(
    angle: float, fills_holes: bool, pictures: PictureSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "neighbor_angle", lambda _: angle)
    points = cloud_of(400)
    found = starts.make_start(pictures, points, holdout_interval=8, max_surfels=1000)
    assert found.kind == "points+sweep" and found.notes == ()
    assert np.array_equal(found.surfels.means[:400], points.points)
    swept = initial_surfels_from_pictures(pictures, max_surfels=600, fills_holes=fills_holes)
    assert np.array_equal(found.surfels.means[400:], swept.means)


def test_points_leave_room_for_the_sweep(pictures: PictureSource) -> None:
    points = cloud_of(400)
    found = starts.make_start(
        pictures, points, kind="points+sweep", holdout_interval=8, max_surfels=300
    ).surfels
    known = {tuple(row) for row in points.points.tolist()}
    is_point = [tuple(row) in known for row in found.means.tolist()]
    assert sum(is_point) == 150 and 160 < len(found) <= 300


@pytest.mark.usefixtures("failing_sweep")
def test_points_alone_where_images_cannot_be_compared(pictures: PictureSource) -> None:
    found = starts.make_start(pictures, cloud_of(400), holdout_interval=8, max_surfels=1000)
    assert found.kind == "points" and len(found.surfels) == 400
    assert found.notes == ("initial surfels from points+sweep failed: Nothing can be recognized",)


def test_a_sweep_alone_without_points(
    pictures: PictureSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "neighbor_angle", lambda _: 9.0)
    found = starts.make_start(pictures, None, holdout_interval=8, max_surfels=300)
    assert found.kind == "sweep" and found.notes == ()


def test_frames_without_some_names(pictures: PictureSource) -> None:
    rest = pictures.without({pictures.names[2]})
    assert len(rest) == len(pictures) - 1 and pictures.names[2] not in rest.names
    assert rest[2].name == pictures.names[3] and len(pictures) == len(pictures.names)
