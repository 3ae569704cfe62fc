"""Ground planes."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Camera, ConventionError, ShapeError
from scenewright.geometry.ground import ground_below, ground_in_depth, ground_in_points
from scenewright.geometry.transforms import transform_points

UP = np.array([0.0, 0, 1])


def test_the_lowest_large_plane_is_the_ground() -> None:
    rng = np.random.default_rng(0)
    floor = np.column_stack([rng.uniform(-2, 2, (3000, 2)), np.full(3000, -1.0)])
    table = np.column_stack([rng.uniform(-0.5, 0.5, (4000, 2)), np.full(4000, -0.3)])
    wall = np.column_stack([np.full(2000, 2.0), rng.uniform(-1, 2, (2000, 2))])
    below = np.column_stack([rng.uniform(-2, 2, (20, 2)), np.full(20, -3.0)])
    points = np.concatenate([floor, table, wall, below])
    normals = np.concatenate([np.tile(UP, (7000, 1)), np.tile([-1.0, 0, 0], (2000, 1)),
                              np.tile(UP, (20, 1))])  # fmt: skip
    # The given direction is off by some degrees.
    rough = np.array([0.1, 0.0, 1.0]) / np.linalg.norm([0.1, 0.0, 1.0])
    ground = ground_in_points(
        points + rng.normal(scale=0.002, size=points.shape), normals, up=rough
    )
    assert ground is not None
    assert ground.offset == pytest.approx(-1, abs=0.005)
    np.testing.assert_allclose(ground.normal, UP, atol=0.003)
    assert ground.share == pytest.approx(3000 / len(points), abs=0.02)
    lowered = transform_points(floor, ground.floor_from_world())
    np.testing.assert_allclose(lowered[:, 2], 0, atol=0.01)


def test_no_plane_without_surfaces_that_face_up() -> None:
    points = np.random.default_rng(0).normal(size=(100, 3))
    assert ground_in_points(points, np.tile([1.0, 0, 0], (100, 1)), up=UP) is None


def floor_depth(camera: Camera, height: float, tilt: float) -> np.ndarray:
    """Depth of a floor below a camera that looks down by an angle."""
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    y = (rows + 0.5 - camera.cy) / camera.fy
    down = np.sin(tilt) + np.cos(tilt) * y
    depth = np.where(down > 0.05, height / np.maximum(down, 0.05), 0)
    return np.asarray(depth + 0 * columns)


def test_ground_in_a_depth_image() -> None:
    camera = Camera.from_focal(100, 100, 60, 45, width=120, height=90)
    tilt = np.deg2rad(35)
    depth = floor_depth(camera, 1.4, tilt)
    ground = ground_in_depth(depth, camera)
    assert ground is not None
    np.testing.assert_allclose(ground.normal, [0, -np.cos(tilt), -np.sin(tilt)], atol=1e-3)
    assert ground.offset == pytest.approx(-1.4, abs=0.01)
    nothing = ground_in_depth(depth, camera, ignored=np.ones(depth.shape, bool))
    assert nothing is None


def test_ground_below_objects() -> None:
    rng = np.random.default_rng(0)
    objects = [rng.uniform((0, 0, z), (1, 1, z + 1), (500, 3)) for z in (0.5, 0.2)]
    ground = ground_below(objects, up=UP)
    assert ground.offset == pytest.approx(0.2, abs=0.01)
    assert ground.share == 0


def test_bad_input_is_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        ground_below([], up=UP)
    assert str(caught.value) == "objects above the ground: expected at least 1, got none"
    camera = Camera.from_focal(5, 5, 4, 3, width=8, height=6)
    with pytest.raises(ShapeError) as wrong:
        ground_in_depth(np.ones((6, 8)), camera, ignored=np.zeros((6, 7), bool))
    assert str(wrong.value) == "ignored pixels: expected (6, 8), got (6, 7)"
