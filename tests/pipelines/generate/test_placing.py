"""Placement of objects, and cameras from which they look as in the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import Camera, MaskSet, Mesh
from scenewright.models.generated import GaussianCloud, GeneratedObject, ScenePicture
from scenewright.pipelines.generate.masks import SceneInput
from scenewright.pipelines.generate.placing import (
    fitted_pose,
    pose_from_above,
    scene_placements,
    world_layout,
)

CAMERA = Camera.from_focal(60.0, 60.0, 40, 30, width=80, height=60)
NONE = np.zeros((0, 3), np.float32)
NO_GAUSSIANS = GaussianCloud(
    NONE, np.zeros((0, 4), np.float32), NONE, np.zeros(0, np.float32), NONE
)


def masks() -> MaskSet:
    ids = np.zeros((60, 80), np.int32)
    ids[20:50, 10:30], ids[30:50, 50:70] = 1, 2
    return MaskSet.from_id_map(ids)


def cube(number: int, pose: np.ndarray | None = None) -> GeneratedObject:
    """A cube with edge 1, as many points on its surface."""
    steps = np.linspace(-0.5, 0.5, 9)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    shell = grid[np.abs(grid).max(1) == 0.5].astype(np.float32)
    mesh = Mesh(shell, np.array([[0, 1, 2]], np.int32))
    return GeneratedObject(number, np.zeros((1, 3), np.int32), 8, mesh, NO_GAUSSIANS, pose)


def source(depth: np.ndarray | None = None) -> SceneInput:
    picture = ScenePicture(np.zeros((60, 80, 3), np.uint8), masks())
    return SceneInput((picture,), (Path("a.png"),), (1, 2), ("", ""), CAMERA, depth, "files")


def projected(points: np.ndarray, pose: np.ndarray) -> np.ndarray:
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    assert (local[:, 2] > 0).all()
    result: np.ndarray = (local @ CAMERA.K.T)[:, :2] / local[:, 2:]
    return result


def test_objects_without_poses_stand_as_in_the_picture() -> None:
    left, right = scene_placements([cube(0), cube(1)], masks())
    assert left[0, 0] == pytest.approx(30 / 80) and right[0, 0] == pytest.approx(20 / 80)
    assert left[0, 3] < right[0, 3] and left[2, 3] > right[2, 3]
    pose = np.diag([2.0, 2, 2, 1])
    (posed,) = scene_placements([cube(0, pose)], masks())
    np.testing.assert_array_equal(posed, pose)


def test_without_depth_the_scene_has_the_published_extent() -> None:
    layout = world_layout([cube(0), cube(1)], source())
    assert not layout.is_metric and layout.error is None
    points = np.concatenate(
        [cube(0).mesh.vertices @ m[:3, :3].T + m[:3, 3] for m in layout.world_from_object]
    )
    assert np.ptp(points, axis=0).max() == pytest.approx(1.96, rel=1e-3)
    assert points[:, 2].min() == pytest.approx(0, abs=1e-3)


def boxes_with_depth() -> tuple[SceneInput, tuple[float, float], list[np.ndarray]]:
    """Fronts of two cubes that depth shows, their edges, and their true poses."""
    edges = (3.0 * 30 / 60, 3.0 * 20 / 60)
    depth = np.zeros((60, 80), np.float32)
    ids = np.zeros((60, 80), np.int32)
    ids[20:50, 10:40], ids[30:50, 50:70] = 1, 2
    depth[ids > 0] = 3.0
    picture = ScenePicture(np.zeros((60, 80, 3), np.uint8), MaskSet.from_id_map(ids))
    given = SceneInput((picture,), (Path("a.png"),), (1, 2), ("", ""), CAMERA, depth, "files")
    poses = []
    for edge, (row, column) in zip(edges, ((35, 25), (40, 60)), strict=True):
        pose = np.diag([edge, edge, edge, 1.0])
        pose[:3, 3] = ((column - 40) / 20, edge / 2, -(row - 30) / 20)
        poses.append(pose)
    return given, edges, poses


def test_depth_that_fits_makes_the_scene_metric() -> None:
    given, edges, poses = boxes_with_depth()
    layout = world_layout([cube(0, poses[0]), cube(1, poses[1])], given)
    assert layout.is_metric and layout.world_from_observed is not None
    scales = np.cbrt(np.linalg.det(layout.world_from_object[:, :3, :3]))
    np.testing.assert_allclose(scales, edges, rtol=0.05)


def test_objects_without_poses_are_fitted_to_their_depth() -> None:
    given, edges, poses = boxes_with_depth()
    layout = world_layout([cube(0), cube(1)], given)
    assert layout.is_metric
    scales = np.cbrt(np.linalg.det(layout.world_from_object[:, :3, :3]))
    np.testing.assert_allclose(scales, edges, rtol=0.3)
    between = layout.world_from_object[1, :3, 3] - layout.world_from_object[0, :3, 3]
    wanted = poses[1][:3, 3] - poses[0][:3, 3]
    assert np.linalg.norm(between) == pytest.approx(np.linalg.norm(wanted), rel=0.3)


def test_fitted_camera_shows_the_scene_where_the_masks_are() -> None:
    points = np.array([[-1.0, 0, 0], [1, 0, 0], [1, 0, 1], [-1, 0, 1]])
    pixels = projected(points, fitted_pose(points, masks(), CAMERA))
    np.testing.assert_allclose((pixels.min(0) + pixels.max(0)) / 2, [40, 35], atol=1e-6)
    assert np.ptp(pixels, axis=0)[0] == pytest.approx(60, rel=1e-6)


def test_camera_from_above_sees_all() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-2, 2, (50, 3))
    pixels = projected(points, pose_from_above(points, CAMERA))
    assert (pixels > 0).all() and (pixels < [80, 60]).all()
    # What is farther away from the camera of the picture is higher up.
    far, near = projected(np.array([[0, 1.0, 0], [0, -1.0, 0]]), pose_from_above(points, CAMERA))
    assert far[1] < near[1]
