"""Samples of depth images: where they lie, what is guessed, and what other views say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import CaptureError, Frame
from scenewright.splats.fitting._depth_samples import (
    count_agreement,
    guess_holes,
    lift_views,
    usable_views,
)


def test_samples_lie_on_the_wall_and_face_the_camera(frames: list[Frame]) -> None:
    views = usable_views(frames, holdout_interval=0)
    samples = lift_views(views[:2])
    z = samples.points[:, 2]
    assert np.minimum(np.abs(z - 3), np.abs(z - 2)).max() < 1e-5
    assert np.allclose(samples.normals, [0, 0, -1], atol=1e-4)
    assert ((samples.colors >= 0) & (samples.colors <= 1)).all()
    assert samples.footprint == pytest.approx(np.median(z) / 60, rel=0.05)
    near = samples.weights[z < 2.5].mean()
    assert near > 1.5 * samples.weights[z > 2.5].mean()  # nearer readings are trusted more


def test_edges_and_grazing_surfaces_give_no_samples(frames: list[Frame]) -> None:
    view = usable_views(frames, holdout_interval=0)[4]
    row = np.where(np.arange(64) < 32, 2.0, 3.0).astype(np.float32)
    stepped = replace(view, depth=np.tile(row, (48, 1)))
    points = lift_views([stepped]).points
    local = (points - view.world_from_cam[:3, 3]) @ view.world_from_cam[:3, :3]
    assert set(np.round(local[:, 2], 3)) == {2.0, 3.0}  # none between the two
    ramp = (1 + 0.045 * np.arange(64)).astype(np.float32)  # seen at less than 6 degrees
    assert len(lift_views([replace(view, depth=np.tile(1e3**ramp, (48, 1)))]).points) == 0


def test_held_out_and_incomplete_frames_are_left_out(frames: list[Frame]) -> None:
    assert len(usable_views(frames, holdout_interval=8)) == 7
    without = [replace(frame, depth=None) if i % 2 else frame for i, frame in enumerate(frames)]
    assert len(usable_views(without, holdout_interval=0)) == 5
    with pytest.raises(CaptureError, match="No depth to start from"):
        usable_views([replace(frame, world_from_cam=None) for frame in frames], holdout_interval=0)


def test_holes_are_filled_at_the_depth_of_their_border(frames: list[Frame]) -> None:
    view = usable_views(frames, holdout_interval=0)[4]
    depth = np.full((48, 64), 3.0, np.float32)
    depth[10:30, 20:50] = 0
    points, directions, colors, gaps = guess_holes([replace(view, depth=depth)], max_points=500)
    assert 200 < len(points) <= 500
    local = (points - view.world_from_cam[:3, 3]) @ view.world_from_cam[:3, :3]
    assert np.allclose(local[:, 2], 3)
    towards = view.world_from_cam[:3, 3] - points
    assert (np.einsum("ni,ni->n", directions, towards) > 0).all()
    assert np.allclose(gaps, 3 / 60)
    assert colors.shape == points.shape
    nothing = guess_holes([replace(view, depth=np.zeros((48, 64), np.float32))], max_points=9)
    assert len(nothing[0]) == 0


def test_views_agree_with_surfaces_and_see_through_what_floats(frames: list[Frame]) -> None:
    views = usable_views(frames, holdout_interval=0)
    points = np.array([[0.0, 0, 3.0], [0.0, 0, 1.5], [0.0, 0, 4.0], [0.0, 0, -5.0]])
    agree, against = count_agreement(points, np.full(4, 0.01), views)
    assert agree.tolist() == [9, 0, 0, 0]
    assert against.tolist() == [0, 9, 0, 0]
