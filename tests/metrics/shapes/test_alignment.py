"""Alignments of point sets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ShapeError
from scenewright.geometry.transforms import invert_rigid, transform_points
from scenewright.metrics.shapes.alignment import (
    ALIGNMENTS,
    align_icp,
    align_icp_yaw,
    align_none,
    align_robust,
)
from scenewright.metrics.shapes.meshes import sample_surface
from scenewright.metrics.shapes.point_sets import compare_point_sets
from tests.builders import turn
from tests.metrics.shapes.shape_builders import placement, room_meshes

Points = NDArray[np.float64]


@pytest.fixture(scope="module")
def points() -> Points:
    meshes = room_meshes().values()
    return np.concatenate([sample_surface(mesh, 100, seed=i)[0] for i, mesh in enumerate(meshes)])


def chamfer(predicted: Points, truth: Points, matrix: Points) -> float:
    return compare_point_sets(transform_points(predicted, matrix), truth).chamfer


@pytest.mark.parametrize("align", ALIGNMENTS.values(), ids=ALIGNMENTS)
def test_equal_clouds_stay(points: Points, align: Callable[..., Points]) -> None:
    np.testing.assert_allclose(align(points, points), np.eye(4), atol=1e-9)


@pytest.mark.parametrize("angle", [0.2, 1.6, 3.1])
def test_a_turned_scene_is_turned_back(points: Points, angle: float) -> None:
    matrix = placement(turn(angle), offset=(0.3, -0.2, 0.1))
    moved = transform_points(points, matrix)
    for align in (align_icp_yaw, align_robust):
        np.testing.assert_allclose(align(moved, points), invert_rigid(matrix), atol=1e-6)
    assert np.array_equal(align_none(moved, points), np.eye(4))
    if angle < 1:
        np.testing.assert_allclose(align_icp(moved, points), invert_rigid(matrix), atol=1e-6)


def test_icp_alone_is_lost_after_a_large_turn(points: Points) -> None:
    moved = transform_points(points, placement(turn(1.6), offset=(0.3, -0.2, 0.1)))
    assert chamfer(moved, points, align_icp(moved, points)) > 0.01


def test_robust_alignment_also_finds_a_scene_on_its_side(points: Points) -> None:
    moved = transform_points(points, placement(turn(1.2, 0) @ turn(2.0, 1), offset=(20, 20, -20)))
    assert chamfer(moved, points, align_robust(moved, points)) < 1e-9


def test_the_vertical_is_that_of_the_scene(points: Points) -> None:
    upright = turn(np.pi / 2, 0)
    turned = transform_points(points, placement(turn(2.0)))
    found = align_icp_yaw(turned @ upright.T, points @ upright.T, up=upright[:, 2])
    np.testing.assert_allclose(found[:3, :3], upright @ turn(-2.0) @ upright.T, atol=1e-6)


def test_robust_alignment_is_never_worse_than_none(points: Points) -> None:
    random = np.random.default_rng(0)
    for _ in range(2):
        other = points + random.normal(0, 0.15, points.shape)
        value = chamfer(points, other, align_robust(points, other))
        assert value <= chamfer(points, other, np.eye(4))


def test_single_points_and_empty_clouds() -> None:
    single = np.tile([[1.0, 2, 3]], (8, 1))
    for align in (align_icp, align_icp_yaw, align_robust):
        found = transform_points(single, align(single, single + 2))
        np.testing.assert_allclose(found, single + 2, atol=1e-9)
        with pytest.raises(ShapeError, match="true points: expected at least one, got none"):
            align(single, np.zeros((0, 3)))
