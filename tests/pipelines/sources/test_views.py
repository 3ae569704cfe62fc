"""Frames at the size of views, views by name, and depth drawn where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import (
    CaptureError,
    ConventionError,
    FrameList,
    FrameSource,
    UnknownNameError,
)
from scenewright.pipelines.sources.views import (
    PictureSource,
    choose_view,
    frames_of_views,
    resize_frame,
    view_frame,
    with_drawn_depth,
)
from tests.builders import make_frame
from tests.pipelines.wall_builders import DEPTH, make_wall, make_wall_frames, make_wall_views


def test_frames_without_picture_or_pose_are_left_out() -> None:
    frames = [
        make_frame(0),
        replace(make_frame(1), image=None),
        replace(make_frame(2), world_from_cam=None),
        replace(make_frame(3), depth=None),
    ]
    steps: list[tuple[str, int, int, str]] = []
    up = np.array([0.0, 0.0, 1.0])
    found = PictureSource(FrameList(frames, up=up), progress=lambda *step: steps.append(step))
    assert isinstance(found, FrameSource)
    assert found.names == ["000000", "000003"] and len(found) == 2
    assert [frame.index for frame in found] == [0, 1]
    assert (found.num_without_picture, found.num_without_pose) == (1, 1)
    assert found.has_depth and np.array_equal(found.up, up)  # type: ignore[arg-type]
    assert steps == [("read", i, 4, "frames") for i in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("options", "size"),
    [({}, (24, 32)), ({"scale": 0.5}, (12, 16)), ({"max_width": 8}, (6, 8))],
)
def test_pictures_are_reduced(options: dict[str, float], size: tuple[int, int]) -> None:
    source = PictureSource(FrameList(make_wall_frames()), **options)  # type: ignore[arg-type]
    frame = source[-1]
    assert frame.name == "000001" and frame.index == 1
    assert frame.camera.size == size
    assert frame.image is not None and frame.image.shape[:2] == size
    assert not source.has_depth


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": 0.0}, "Image scale: expected above 0, up to 1, got 0"),
        ({"scale": 2.0}, "Image scale: expected above 0, up to 1, got 2"),
        ({"max_width": 0}, "Maximum width: expected 1 or more pixels, got 0"),
    ],
)
def test_sizes_that_cannot_be(options: dict[str, float], message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        PictureSource(FrameList(make_wall_frames()), **options)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_no_pictures_and_no_cameras() -> None:
    frames = make_wall_frames()
    with pytest.raises(CaptureError) as caught:
        PictureSource(FrameList([replace(frame, image=None) for frame in frames]))
    assert str(caught.value) == (
        "The capture has camera poses but no images: expected a color image for each frame, got "
        "none for 2 frames. Put the images where the layout expects them; see docs/captures.md."
    )
    with pytest.raises(CaptureError) as caught:
        PictureSource(FrameList([replace(frame, world_from_cam=None) for frame in frames]))
    assert str(caught.value) == (
        "The capture has images but no camera poses: expected a camera pose for each "
        "image, got none for 2 images. Estimate the poses first, with COLMAP for example; see "
        "docs/captures.md."
    )


def test_color_is_averaged_and_depth_is_sampled() -> None:
    depth = np.full((6, 8), 1.0, np.float32)
    depth[:, 4:] = 3.0
    image = np.zeros((6, 8, 3), np.uint8)
    image[:, 1::2] = 200
    small = resize_frame(replace(make_frame(), depth=depth, image=image), width=4, height=3)
    assert small.depth is not None and small.image is not None
    assert set(np.unique(small.depth)) == {1.0, 3.0}
    assert set(np.unique(small.image)) == {100}
    assert small.camera.size == (3, 4)
    frame = make_frame()
    assert resize_frame(frame, width=8, height=6) is frame


def test_views_are_found_by_name_and_at_their_size() -> None:
    views = make_wall_views()
    frames = make_wall_frames(width=64, height=48)
    source = FrameList([make_frame(9), frames[1], frames[0]])
    assert frames_of_views(source, views) == [2, 1]
    moved = replace(frames[1], world_from_cam=np.eye(4))
    shown = view_frame(moved, views, 1)
    assert shown.camera.size == (24, 32) and shown.world_from_cam is not None
    # The pose of the view counts, not that of the capture, which may have been refined.
    assert shown.world_from_cam[0, 3] == 0.2


def test_a_capture_that_lacks_views() -> None:
    with pytest.raises(CaptureError) as caught:
        frames_of_views(FrameList([make_frame(0)]), make_wall_views())
    assert str(caught.value) == (
        "The scene was not made from this capture: expected the frames of the scene's 2 "
        "views, got none for 000001. Give the right capture with --capture (capture=...)."
    )


def test_depth_is_drawn_only_where_there_is_none() -> None:
    (frame, _), wall = make_wall_frames(), make_wall()
    drawn = with_drawn_depth(frame, wall, near=0.1)
    assert drawn.depth is not None
    assert drawn.depth[8:16, 8:24] == pytest.approx(DEPTH, abs=0.01)
    assert with_drawn_depth(drawn, wall, near=0.1) is drawn


def test_views_are_chosen_by_name_position_or_all() -> None:
    views = make_wall_views()
    assert choose_view(views, "all") == [0, 1]
    assert choose_view(views, "000001") == choose_view(views, "-1") == choose_view(views, "1")
    with pytest.raises(UnknownNameError) as caught:
        choose_view(views, "2")
    assert str(caught.value) == (
        "There is no view '2': expected all, an index from 0 to 1, or a name such as 000000, "
        "000001, got neither"
    )


def test_stored_pixels_are_resized_with_the_frame() -> None:
    frame = make_wall_frames()[0]
    height, width = frame.camera.size
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    identity = np.stack([columns, rows], axis=-1).astype(np.float32)
    small = resize_frame(
        replace(frame, stored_pixels=identity), width=width // 2, height=height // 2
    )
    assert small.stored_pixels is not None
    assert small.stored_pixels.shape == (height // 2, width // 2, 2)
    assert np.abs(small.stored_pixels[:, :, 0] - (np.arange(width // 2) + 0.5)).max() <= 0.5
