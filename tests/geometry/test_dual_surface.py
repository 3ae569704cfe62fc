"""The dual method on analytic and on random fields: closed, outward, where the surface is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import ConventionError, ScenewrightError, ShapeError
from scenewright.geometry.dual_surface import (
    CubeCorners,
    DualSurface,
    cube_corners,
    cubes_around,
    dual_surface,
)

SIDE = 20
CELL = 2.0 / SIDE
Floats = NDArray[np.float64]
Field = Callable[[Floats], Floats]
offsets = st.floats(-0.2, 0.2)
seeds = st.integers(0, 10_000)


def grid(side: int) -> NDArray[np.int64]:
    return np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), -1).reshape(-1, 3)


def places(corners: CubeCorners, *, shake: float = 0.0, seed: int = 0) -> Floats:
    """Corners of the cube [-1, 1]^3, moved by up to `shake` cells."""
    random = np.random.default_rng(seed)
    moved = corners.points + random.uniform(-shake, shake, corners.points.shape)
    return CELL * moved - 1.0


def extract(field: Field, *, shake: float = 0.0) -> DualSurface:
    corners = cube_corners(grid(SIDE))
    positions = places(corners, shake=shake)
    return dual_surface(corners, field(positions), positions)


def as_trimesh(surface: DualSurface) -> trimesh.Trimesh:
    return trimesh.Trimesh(surface.vertices, surface.faces, process=False)


def ball(middle: tuple[float, float, float], radius: float) -> Field:
    return lambda p: np.linalg.norm(p - np.array(middle), axis=-1) - radius


def box(p: Floats) -> Floats:
    distance: Floats = (np.abs(p - 0.03) - [0.7, 0.5, 0.6]).max(axis=-1)
    return distance


def torus(p: Floats) -> Floats:
    ring = np.hypot(p[..., 0], p[..., 1]) - 0.6
    return np.hypot(ring, p[..., 2]) - 0.25


def shrinkage(radius: float) -> float:
    """How much smaller a round body may be: means of crossings lie inside of it."""
    return 1.2 * (CELL / radius) ** 2 + 0.005


@given(st.tuples(offsets, offsets, offsets), st.floats(0.3, 0.7), st.sampled_from([0.0, 0.25]))
@settings(deadline=None, max_examples=15)
def test_a_ball(middle: tuple[float, float, float], radius: float, shake: float) -> None:
    mesh = as_trimesh(extract(ball(middle, radius), shake=shake))
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.euler_number == 2
    distance = np.linalg.norm(mesh.vertices - middle, axis=1) - radius
    assert np.abs(distance).max() < 0.3 * CELL
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=shrinkage(radius))


@pytest.mark.parametrize("shake", [0.0, 0.4])
def test_a_torus(shake: float) -> None:
    mesh = as_trimesh(extract(torus, shake=shake))
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.euler_number == 0
    assert np.abs(torus(mesh.vertices)).max() < 0.3 * CELL
    assert mesh.volume == pytest.approx(2 * np.pi**2 * 0.6 * 0.25**2, rel=shrinkage(0.25))


def test_a_box() -> None:
    mesh = as_trimesh(extract(box))
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.euler_number == 2
    distance = np.abs(box(mesh.vertices))
    assert np.median(distance) < 1e-9
    assert distance.max() < CELL
    assert mesh.volume == pytest.approx(8 * 0.7 * 0.5 * 0.6, rel=0.04)


def test_inverted_fields_turn_the_faces() -> None:
    mesh = as_trimesh(extract(lambda p: -ball((0, 0, 0), 0.6)(p)))
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(-4 / 3 * np.pi * 0.6**3, rel=0.05)


@given(seeds, st.floats(-1.0, 1.0))
@settings(deadline=None, max_examples=20)
def test_noise_gives_closed_manifolds(seed: int, bias: float) -> None:
    side = 9
    corners = cube_corners(grid(side))
    values = np.random.default_rng(seed).normal(bias, 1.0, len(corners.points))
    values[((corners.points == 0) | (corners.points == side)).any(1)] = 1.0
    mesh = as_trimesh(dual_surface(corners, values, corners.points.astype(float)))
    assert len(mesh.faces) > 0
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.volume > 0


@pytest.mark.parametrize("other", [(1, 1, 0), (1, 1, 1)])
def test_corners_that_meet_at_a_diagonal_are_two_bodies(other: tuple[int, int, int]) -> None:
    corners = cube_corners(grid(5))
    values = np.ones(len(corners.points))
    middle = np.array([2, 2, 2])
    values[corners.find(np.array([middle, middle + other]))] = -0.5
    mesh = as_trimesh(dual_surface(corners, values, corners.points.astype(float)))
    assert mesh.is_watertight
    assert len(mesh.split()) == 2


def test_closing_a_shell_of_cubes() -> None:
    cubes = grid(SIDE)
    corners = cube_corners(cubes)
    field = ball((0, 0, 0), 0.6)
    values = field(places(corners))
    near = np.abs(values[corners.of_cube]).min(1) < 0.5 * CELL
    random = np.random.default_rng(0)
    kept = cubes[near & (random.random(len(cubes)) < 0.9)]
    few = cube_corners(kept)
    negative = few.points[field(places(few)) < 0]
    whole = cube_corners(np.concatenate([kept, cubes_around(kept, negative)]))
    distances = np.ones(len(whole.points))
    distances[whole.find(few.points)] = field(places(few))
    is_open = as_trimesh(dual_surface(few, field(places(few)), places(few)))
    closed = as_trimesh(dual_surface(whole, distances, places(whole)))
    assert not is_open.is_watertight
    assert closed.is_watertight and closed.is_winding_consistent


def test_values_are_interpolated() -> None:
    corners = cube_corners(grid(SIDE))
    positions = places(corners)
    surface = dual_surface(
        corners, ball((0, 0, 0), 0.6)(positions), positions, attributes=2 * positions + 1
    )
    np.testing.assert_allclose(surface.attributes, 2 * surface.vertices + 1, atol=1e-12)
    plain = dual_surface(corners, ball((0, 0, 0), 0.6)(positions), positions)
    assert plain.attributes.shape == (len(plain.vertices), 0)


def test_means_are_over_the_cubes_that_share_a_corner() -> None:
    corners = cube_corners(np.array([[0, 0, 0], [0, 0, 1], [5, 5, 5]]))
    values = np.arange(24.0).reshape(3, 8, 1) * [1.0, 2.0]
    means = corners.mean(values)
    assert len(corners.points) == 20
    (row,) = corners.find(np.array([[1, 0, 1]]))
    np.testing.assert_array_equal(means[row], [(5 + 9) / 2, 5 + 9])
    (row,) = corners.find(np.array([[6, 6, 6]]))
    np.testing.assert_array_equal(means[row], [23, 46])


def test_no_cubes_and_no_surface() -> None:
    nothing = np.zeros((0, 3), np.int64)
    empty = cube_corners(nothing)
    surface = dual_surface(empty, np.zeros(0), np.zeros((0, 3)))
    assert surface.vertices.shape == (0, 3) and surface.faces.shape == (0, 3)
    full = extract(lambda p: np.ones(p.shape[:-1]))
    assert full.vertices.shape == (0, 3) and full.faces.shape == (0, 3)
    assert cubes_around(nothing, nothing).shape == (0, 3)


@pytest.mark.parametrize(
    ("cubes", "error", "message"),
    [
        (np.zeros((2, 2), np.int64), ShapeError, "cubes: expected shape (N, 3), got (2, 2)"),
        (np.zeros((3, 3), np.int64), ConventionError,
         "cubes: expected each cube once, got 2 repeated"),
        (np.array([[0, -2, 5]]), ConventionError,
         "cubes: expected coordinates from -1 to 1048573, got -2 to 5"),
    ],
)  # fmt: skip
def test_bad_cubes_are_refused(
    cubes: NDArray[np.int64], error: type[ScenewrightError], message: str
) -> None:
    with pytest.raises(error) as caught:
        cube_corners(cubes)
    assert str(caught.value) == message


def test_bad_values_are_refused() -> None:
    corners = cube_corners(grid(1))
    positions = corners.points.astype(float)
    with pytest.raises(ShapeError) as wrong:
        dual_surface(corners, np.zeros(7), positions)
    assert str(wrong.value) == "distances: expected shape (8,), got (7,)"
    with pytest.raises(ConventionError) as endless:
        dual_surface(corners, np.full(8, np.inf), positions)
    assert str(endless.value) == (
        "distances: expected finite values, got 8 that are NaN or infinite"
    )
    with pytest.raises(ShapeError) as short:
        dual_surface(corners, np.zeros(8), positions, attributes=np.zeros((7, 2)))
    assert str(short.value) == "attributes: expected shape (8, N), got (7, 2)"
    with pytest.raises(ShapeError) as few:
        corners.mean(np.zeros((1, 7, 2)))
    assert str(few.value) == "values: expected shape (1, 8, N), got (1, 7, 2)"
