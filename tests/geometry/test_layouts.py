"""Poses, normalization and cubes of views."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError, ShapeError
from scenewright.geometry.layouts import (
    normalized_frame,
    placed_points,
    poses_to_scene,
    scene_to_poses,
    similarity,
    view_axes,
    view_cube,
    voxel_centers,
)
from scenewright.geometry.transforms import transform_points
from tests.geometry.layout_builders import random_similarity

SEEDS = st.integers(0, 10_000)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_random_layouts_are_recovered_from_their_poses(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layout = np.stack([random_similarity(rng) for _ in range(4)])
    found = poses_to_scene(scene_to_poses(layout))
    np.testing.assert_allclose(
        found.scene_from_object, np.linalg.inv(layout[0]) @ layout, atol=1e-9
    )
    assert not found.repaired.any()


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0.01, 100))
def test_scaling_a_layout_does_not_change_its_poses(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    layout = np.stack([random_similarity(rng) for _ in range(3)])
    scaled = similarity(factor, np.eye(3), np.zeros(3)) @ layout
    np.testing.assert_allclose(scene_to_poses(scaled), scene_to_poses(layout), atol=1e-8)


def test_a_known_pose() -> None:
    # In y up: a quarter turn around y (up), scale 2, one up and three along x.
    pose = [3, 1, 0, np.sqrt(0.5), 0, np.sqrt(0.5), 0, 2.0]
    matrix = poses_to_scene(np.array([[0, 0, 0, 1, 0, 0, 0, 1], pose])).scene_from_object
    np.testing.assert_allclose(matrix[0], np.eye(4), atol=1e-12)
    # In z up: x goes to y, since the turn around up is counterclockwise seen from above.
    np.testing.assert_allclose(transform_points(np.array([[1.0, 0, 0]]), matrix[1]), [[3, 2, 1]],
                               atol=1e-12)  # fmt: skip
    np.testing.assert_allclose(transform_points(np.array([[0.0, 0, 1]]), matrix[1]), [[3, 0, 3]],
                               atol=1e-12)  # fmt: skip


def test_the_published_placement_in_y_up_is_the_same() -> None:
    rng = np.random.default_rng(0)
    pose = np.concatenate([rng.normal(size=7), [0.7]])
    matrix = poses_to_scene(pose[None]).scene_from_object[0]
    points = rng.normal(size=(5, 3))
    w, x, y, z = pose[3:7] / np.linalg.norm(pose[3:7])
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    y_up = points[:, [0, 2, 1]] * (1, 1, -1)
    placed = 0.7 * y_up @ turn.T + pose[:3]
    np.testing.assert_allclose(
        transform_points(points, matrix)[:, [0, 2, 1]] * (1, 1, -1), placed, atol=1e-12
    )


def test_dead_scales_and_quaternions_are_repaired() -> None:
    poses = np.array(
        [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 0, 2, 0, 0, 0, 1.0]]
    )
    found = poses_to_scene(poses)
    assert found.repaired.tolist() == [True, True, False]
    np.testing.assert_allclose(found.scene_from_object[0], np.eye(4))
    np.testing.assert_allclose(found.scene_from_object[1][0, 0], 1e-3)
    np.testing.assert_allclose(found.scene_from_object[2], np.eye(4))


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0.01, 100))
def test_a_normalized_scene_is_centered_wherever_it_was(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    points = factor * rng.uniform(-1, 1, (50, 3)) + rng.normal(size=3) * 10
    found = transform_points(points, normalized_frame(points, extent=1.96))
    np.testing.assert_allclose(found.min(axis=0) + found.max(axis=0), 0, atol=1e-8)
    assert np.ptp(found, axis=0).max() == pytest.approx(1.96)


def test_axes_and_cube_of_a_view() -> None:
    # The camera looks along +x and 30 degrees down, world z up.
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[0, -1, 0], [-s, 0, -c], [c, 0, -s]]).T
    up = np.array([0.0, 0, 1])
    level = view_axes(pose, up=up)
    np.testing.assert_allclose(level, np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]).T, atol=1e-12)
    full = view_axes(pose, up=up, level=False)
    np.testing.assert_allclose(full[:, 1], [c, 0, -s], atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(full), 1)
    points = np.array([[2, -1, 0], [6, 1, 1.0]])
    cube = np.asarray(np.linalg.inv(view_cube(points, level)), np.float64)
    expected = np.array([[0.25, -0.5, -0.125], [-0.25, 0.5, 0.125]])
    np.testing.assert_allclose(transform_points(points, cube), expected, atol=1e-12)


def test_voxel_centers() -> None:
    np.testing.assert_allclose(
        voxel_centers(np.array([[0, 31, 63]]), resolution=64), [[-0.4921875, -0.0078125, 0.4921875]]
    )


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="poses: expected"):
        poses_to_scene(np.zeros((2, 7)))
    with pytest.raises(ConventionError, match="poses: expected finite"):
        poses_to_scene(np.full((1, 8), np.nan))
    with pytest.raises(ConventionError) as caught:
        normalized_frame(np.zeros((3, 3)))
    assert str(caught.value) == (
        "points of the scene: expected at least 2 different ones, got points that are all equal"
    )
    with pytest.raises(ConventionError) as caught:
        normalized_frame(np.eye(3), extent=0)
    assert str(caught.value) == "extent: expected above 0, got 0"
    with pytest.raises(ConventionError) as caught:
        placed_points([np.eye(3)], np.zeros((2, 4, 4)))
    assert str(caught.value) == "placements: expected one for each of 1 objects, got 2"
    straight_down = np.diag([1.0, -1, -1, 1])
    with pytest.raises(ConventionError, match="level axes of a camera"):
        view_axes(straight_down, up=np.array([0.0, 0, 1]))
