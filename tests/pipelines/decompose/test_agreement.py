"""Surfels and captures of different worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import CaptureError, Frame, FrameList
from scenewright.pipelines.decompose.agreement import check_agreement
from scenewright.splats.rendering import render
from tests.pipelines.wall_builders import make_wall, make_wall_frames, make_wall_views


def drawn_frames() -> list[Frame]:
    """The frames of the wall with the images that its surfels make."""
    frames = []
    for frame in make_wall_frames():
        assert frame.world_from_cam is not None
        drawn = render(make_wall(), frame.camera, world_from_cam=frame.world_from_cam)
        image = (255 * drawn.color).astype(np.uint8)
        frames.append(replace(frame, image=image))
    return frames


def test_drawn_views_are_like_their_photographs() -> None:
    assert check_agreement(make_wall(), make_wall_views(), FrameList(drawn_frames())) == ()


def test_other_photographs_are_a_warning() -> None:
    noise = np.random.default_rng(0)
    frames = [
        replace(frame, image=noise.integers(0, 255, (*frame.camera.size, 3), dtype=np.uint8))
        for frame in make_wall_frames()
    ]
    (problem,) = check_agreement(make_wall(), make_wall_views(), FrameList(frames))
    assert problem.severity == "warning" and problem.code == "world"
    assert problem.what == "Drawn views and photographs are hardly alike"


def test_surfels_that_no_camera_sees_are_refused() -> None:
    wall = make_wall()
    moved = replace(wall, means=wall.means + np.array([0, 0, -50], np.float32))
    with pytest.raises(CaptureError) as caught:
        check_agreement(moved, make_wall_views(), FrameList(make_wall_frames()))
    assert str(caught.value) == (
        "The cameras of the capture see nothing of the splats: expected splats and cameras in the "
        "same world frame, got 2 drawn views, 0.0% covered in the middle. Use the capture that the "
        "splats were fitted to, or splats that no program has moved, turned or scaled."
    )
