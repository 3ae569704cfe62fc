"""The surfels that a fit begins with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import CaptureError, ConventionError, ShapeError
from scenewright.splats.fitting.initial import (
    initial_surfels_at_random,
    initial_surfels_from_depth,
    initial_surfels_from_pictures,
    initial_surfels_from_points,
    neighbor_angle,
)
from tests.splats.fitting.fitting_builders import make_frame, make_frames, make_pose, paint


def plane_points(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points of a tilted plane, and its normal."""
    rng = np.random.default_rng(seed)
    normal = np.array([0.3, -0.5, 0.8]) / np.linalg.norm([0.3, -0.5, 0.8])
    u = np.cross(normal, [1.0, 0, 0])
    u /= np.linalg.norm(u)
    offsets = rng.uniform(-1, 1, (n, 2))
    return offsets[:, :1] * u + offsets[:, 1:] * np.cross(normal, u), normal


def test_points_become_disks_in_their_plane() -> None:
    points, normal = plane_points()
    colors = np.random.default_rng(1).integers(0, 256, (400, 3)).astype(np.uint8)
    surfels = initial_surfels_from_points(points, colors)
    assert np.abs(surfels.normals() @ normal).min() > 0.999
    np.testing.assert_array_equal(surfels.base_colors(), colors)
    assert (surfels.opacities == np.float32(0.1)).all()
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    nearest = np.sort(gaps, axis=1)[:, 1:4]
    expected = np.sqrt((nearest**2).mean(axis=1))
    np.testing.assert_allclose(surfels.scales[:, 0], expected, rtol=1e-5)
    assert (surfels.scales[:, 0] == surfels.scales[:, 1]).all()


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_points_at_any_scale(scale: float) -> None:
    points, _ = plane_points()
    points[7] = points[8]
    colors = np.zeros((400, 3), np.uint8)
    one = initial_surfels_from_points(points, colors)
    other = initial_surfels_from_points(scale * points, colors)
    np.testing.assert_allclose(other.scales, scale * one.scales, rtol=1e-5)
    same = np.abs(np.einsum("ni,ni->n", one.normals(), other.normals()))
    assert same.min() > 0.999


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ShapeError) as caught:
        initial_surfels_from_points(np.zeros((3, 3)), np.zeros((3, 3), np.uint8))
    assert str(caught.value) == "Points to start from: expected more than 3, got 3"
    with pytest.raises(ConventionError) as caught_too:
        initial_surfels_from_points(np.zeros((9, 3)), np.zeros((9, 3), np.uint8))
    assert str(caught_too.value) == (
        "Points to start from: expected points at different positions, got most at the same "
        "position"
    )


def test_depth_becomes_surfels_on_the_surface() -> None:
    surfels = initial_surfels_from_depth(make_frames(noise=0.01), max_surfels=1500)
    assert 700 < len(surfels) <= 1500
    z = surfels.means[:, 2]
    off = np.minimum(np.abs(z - 3), np.abs(z - 2))
    # The noise of one reading is 0.02 to 0.03, and the finest cells hold few.
    assert np.median(off) < 0.02
    assert np.quantile(off, 0.95) < 0.09
    assert np.quantile(np.abs(surfels.normals()[:, 2]), 0.1) > 0.95
    wall = z > 2.5
    truth = paint(surfels.means[wall].astype(np.float64) + 3.0)
    assert np.abs(surfels.base_colors()[wall] / 255 - truth).mean() < 0.02


def test_even_walls_get_fewer_surfels_than_painted_ones() -> None:
    frames = make_frames()
    even = [
        replace(f, image=np.where(np.arange(64)[None, :, None] < 32, 90, f.image).astype(np.uint8))
        for f in frames
        if f.image is not None
    ]
    one_view = [even[4], replace(even[4], index=5)]
    surfels = initial_surfels_from_depth(one_view, max_surfels=1000, holdout_interval=0)
    across = surfels.means[:, 0] / surfels.means[:, 2]
    left, right = surfels.scales[across < -0.1], surfels.scales[across > 0.1]
    assert len(left) < 0.3 * len(right)
    assert np.median(left) > 1.5 * np.median(right)


def test_what_others_look_through_is_dropped() -> None:
    frames = make_frames()
    wrong = frames[4].depth
    assert wrong is not None
    wrong = wrong.copy()
    wrong[10:30, 10:30] = 1.2
    frames[4] = replace(frames[4], depth=wrong)
    surfels = initial_surfels_from_depth(frames, max_surfels=2000)
    assert (surfels.means[:, 2] > 1.6).all()


def test_held_out_frames_are_not_looked_at() -> None:
    frames = make_frames()
    other = [replace(f, image=f.image // 2) if i % 8 == 0 and f.image is not None else f
             for i, f in enumerate(frames)]  # fmt: skip
    one, two = (initial_surfels_from_depth(f, max_surfels=500) for f in (frames, other))
    assert one.means.tobytes() == two.means.tobytes()
    assert one.sh.tobytes() == two.sh.tobytes()


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_depth_at_any_scale(scale: float) -> None:
    one = initial_surfels_from_depth(make_frames(), max_surfels=500)
    other = initial_surfels_from_depth(make_frames(scale=scale), max_surfels=500)
    assert abs(len(one) - len(other)) <= 0.02 * len(one)
    assert np.median(other.scales) == pytest.approx(scale * np.median(one.scales), rel=0.02)


def test_without_depth_there_is_no_start_from_depth() -> None:
    frames = [replace(f, depth=None) for f in make_frames(4)]
    with pytest.raises(CaptureError) as caught:
        initial_surfels_from_depth(frames)
    assert str(caught.value) == (
        "No depth to start from: expected frames with image, depth and pose, got 4 frames, none "
        "with all three. Start from points of structure from motion, or from images alone."
    )


def test_pictures_alone_tell_where_the_wall_is() -> None:
    steps = np.linspace(-1, 1, 7)
    frames = [replace(make_frame(i, make_pose(0.9 * s, 0.2 * s, 0.0)), depth=None)
              for i, s in enumerate(steps)]  # fmt: skip
    surfels = initial_surfels_from_pictures(frames, max_surfels=600)
    z = surfels.means[:, 2]
    sure = surfels.opacities > 0.4
    assert sure.sum() > 200
    off = np.minimum(np.abs(z - 3), np.abs(z - 2))[sure]
    assert np.median(off) < 0.08
    matched = initial_surfels_from_pictures(frames, max_surfels=600, fills_holes=False)
    assert len(matched) > 200 and (matched.opacities > 0.4).all() and not sure.all()


def test_random_surfels_lie_before_the_cameras() -> None:
    frames = make_frames(5)
    one = initial_surfels_at_random(frames, count=300, seed=3)
    assert len(one) == 300
    assert (one.means[:, 2] > 0).all()
    again = initial_surfels_at_random(frames, count=300, seed=3)
    assert one.means.tobytes() == again.means.tobytes()
    other = initial_surfels_at_random(frames, count=300, seed=4)
    assert one.means.tobytes() != other.means.tobytes()


def test_pictures_from_one_place_tell_no_depth() -> None:
    frames = [make_frame(i, make_pose(0, 0, 0.1 * i)) for i in range(3)]
    with pytest.raises(CaptureError) as caught:
        initial_surfels_at_random(frames)
    assert str(caught.value) == (
        "All cameras are at the same position: expected images from different positions, got 3 "
        "views from one position. Depth can be estimated only from views at different positions."
    )


@pytest.mark.parametrize("degrees", [4.0, 20.0])
def test_the_angle_between_neighboring_views(degrees: float) -> None:
    poses = []
    for turn in np.radians(degrees) * np.arange(6):
        pose = np.eye(4)
        c, s = np.cos(turn), np.sin(turn)
        pose[:3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
        pose[:3, 3] = -3 * pose[:3, 2]
        poses.append(pose)
    assert neighbor_angle(np.array(poses)) == pytest.approx(degrees, rel=0.05)
