"""Planes of walls in rooms with noise, at corners, and on furniture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.geometry.wall_planes import corner_parts, nearest_plane, wall_planes

AREA = 0.02**2
Points = tuple[NDArray[np.float64], NDArray[np.float64]]
Wall = tuple[tuple[float, float], tuple[float, float]]
"""Start and end of a wall on the floor; its free side is on the left."""

NORTH: Wall = ((3.0, 2.0), (0.0, 2.0))
WEST: Wall = ((0.0, 2.0), (0.0, 0.0))
SOUTH: Wall = ((0.0, 0.0), (3.0, 0.0))
EAST: Wall = ((3.0, 0.0), (3.0, 2.0))


def scan(
    walls: Sequence[Wall], *, turn: float = 0.0, height: float = 2.4, noise: float = 0.008,
    seed: int = 0,
) -> Points:  # fmt: skip
    """Points and normals on walls, one per voxel on average."""
    rng = np.random.default_rng(seed)
    points, normals = [], []
    for start, end in np.array(walls):
        along = end - start
        count = int(np.linalg.norm(along) * height / AREA)
        normal = np.array([-along[1], along[0], 0]) / np.linalg.norm(along)
        xy = start + rng.random((count, 1)) * along
        heights = rng.random((count, 1)) * height
        points.append(np.hstack([xy, heights]) + noise * rng.normal(size=(count, 1)) * normal)
        mixed = normal + 0.25 * rng.normal(size=(count, 3))
        normals.append(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))
    cosine, sine = np.cos(turn), np.sin(turn)
    about_z = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    return np.concatenate(points) @ about_z, np.concatenate(normals) @ about_z


def planes_of(scanned: Points) -> NDArray[np.float64]:
    return wall_planes(*scanned, point_area=AREA, least_area=0.8, least_height=1.2)


def corners_of(scanned: Points) -> NDArray[np.float64]:
    return corner_parts(*scanned, point_area=AREA, least_area=0.8, least_height=1.2)


@settings(max_examples=8, deadline=None)
@given(st.floats(0, 2 * np.pi), st.integers(0, 2**31))
def test_the_four_walls_of_a_room(turn: float, seed: int) -> None:
    scanned = scan([NORTH, WEST, SOUTH, EAST], turn=turn, seed=seed)
    found = planes_of(scanned)
    assert len(found) == 4 and len(corners_of(scanned)) == 4
    middle = scan([((1.5, 0.9), (1.5, 1.1))], turn=turn, noise=0)[0][:, :2].mean(axis=0)
    ahead = found[:, :2] @ middle - found[:, 2]
    np.testing.assert_allclose(np.sort(ahead), [1.0, 1.0, 1.5, 1.5], atol=0.03)
    np.testing.assert_allclose(np.linalg.norm(found[:, :2], axis=1), 1)


def test_points_go_to_the_wall_they_lie_on() -> None:
    points, normals = scan([NORTH, WEST])
    found = corners_of((points, normals))
    assert len(found) == 2
    is_north = np.arange(len(points)) < int(3 * 2.4 / AREA)
    part = nearest_plane(found, points)
    north = int(np.argmax(np.abs(found[:, 1])))
    assert ((part == north) == is_north).mean() > 0.98


@pytest.mark.parametrize(
    "walls",
    [
        [NORTH],
        [NORTH, ((3.0, 1.7), (0.0, 1.7))],  # one in front of the other, both looking the same way
        [NORTH, ((0.0, 2.0), (-1.0, 1.7))],  # a slight bend
    ],
)
def test_one_wall_has_no_corner(walls: list[Wall]) -> None:
    assert corners_of(scan(walls)).shape == (0, 3)


def test_the_sides_of_a_cupboard_are_no_walls() -> None:
    inside = [NORTH, WEST, SOUTH, EAST]
    outside = [(end, start) for start, end in inside]
    assert len(planes_of(scan(outside))) == 4
    assert corners_of(scan(outside)).shape == (0, 3)


def test_low_and_small_surfaces_are_no_walls() -> None:
    assert planes_of(scan([NORTH, WEST], height=1.0)).shape == (0, 3)
    assert len(planes_of(scan([NORTH, ((0.0, 2.0), (0.0, 1.8))]))) == 1
    assert nearest_plane(np.zeros((0, 3)), np.zeros((2, 3))).tolist() == [-1, -1]


def test_no_points_and_level_ones() -> None:
    none = np.zeros((0, 3))
    assert planes_of((none, none)).shape == (0, 3) and corners_of((none, none)).shape == (0, 3)
    points, _ = scan([NORTH, WEST])
    assert planes_of((points, np.tile([0.0, 0.0, 1.0], (len(points), 1)))).shape == (0, 3)
