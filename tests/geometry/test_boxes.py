"""The smallest upright box around points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import Box3D
from scenewright.geometry.boxes import fit_box
from tests.builders import turn
from tests.geometry.geometry_builders import make_rotation

lengths = st.floats(0.05, 3.0)


def filled(
    size: NDArray[np.float64], rotation: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Points in a box around (1, -2, 0.5), its corners among them."""
    rng = np.random.default_rng(seed)
    corners = ((np.arange(8)[:, None] >> np.arange(3)) & 1) - 0.5
    local = np.concatenate([corners, rng.uniform(-0.5, 0.5, (30, 3))]) * size
    return local @ rotation.T + [1.0, -2.0, 0.5]


def check(box: Box3D, size: NDArray[np.float64], points: NDArray[np.float64]) -> None:
    """The box is that of `size` up to the order of its ground axes, and holds all points."""
    assert box.contains(points, margin=1e-9).all()
    assert box.size[2] == pytest.approx(size[2], abs=1e-9)
    assert sorted(box.size[:2]) == pytest.approx(sorted(size[:2]), abs=1e-9)
    assert box.center == pytest.approx([1.0, -2.0, 0.5], abs=1e-9)
    assert np.linalg.det(box.rotation) == pytest.approx(1)


@given(lengths, lengths, lengths, st.floats(-4, 4), st.integers(0, 99))
@settings(deadline=None)
def test_a_turned_upright_box_is_found(
    x: float, y: float, z: float, angle: float, seed: int
) -> None:
    size = np.array([x, y, z])
    points = filled(size, turn(angle), seed)
    box = fit_box(points)
    check(box, size, points)
    assert np.array_equal(box.rotation[:, 2], [0, 0, 1])


@given(lengths, lengths, lengths, st.integers(0, 999))
@settings(deadline=None)
def test_any_direction_may_be_up(x: float, y: float, z: float, seed: int) -> None:
    size, rotation = np.array([x, y, z]), make_rotation(np.random.default_rng(seed))
    points = filled(size, rotation, seed)
    box = fit_box(points, up=rotation[:, 2])
    check(box, size, points)
    assert box.rotation[:, 2] == pytest.approx(rotation[:, 2])


@pytest.mark.parametrize("up", [(0, 0, -1), (1, 0, 0), (0, -1, 0)])
def test_up_may_lie_along_an_axis(up: tuple[int, int, int]) -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    box = fit_box(points, up=np.array(up, np.float64))
    assert box.contains(points, margin=1e-9).all()
    assert box.rotation[:, 2].tolist() == list(up)


@given(st.lists(st.tuples(*[st.floats(-2, 2, width=32)] * 3), min_size=1, max_size=30))
@settings(deadline=None)
def test_no_points_are_left_outside_and_no_turned_box_has_less_ground(
    rows: list[tuple[float, float, float]],
) -> None:
    points = np.array(rows)
    box = fit_box(points)
    assert box.contains(points, margin=1e-6).all()
    assert box.size[2] == pytest.approx(np.ptp(points[:, 2]), abs=1e-12)
    ground = box.size[0] * box.size[1]
    for angle in np.linspace(0, np.pi / 2, 30):
        turned = points @ turn(angle)
        assert ground <= np.ptp(turned[:, 0]) * np.ptp(turned[:, 1]) + 1e-6


def test_a_point_a_line_and_planes_have_boxes_without_volume() -> None:
    rng = np.random.default_rng(1)
    point = np.array([[0.3, -0.2, 1.0]])
    for copies in (1, 2, 5):
        box = fit_box(np.repeat(point, copies, axis=0))
        assert box.size.tolist() == [0, 0, 0] and box.center == pytest.approx(point[0])
    along = rng.uniform(0, 2, 20)
    along[:2] = 0, 2
    line = along[:, None] * np.array([0.6, 0.8, 0.0]) + point
    box = fit_box(line)
    assert sorted(box.size) == pytest.approx([0, 0, 2], abs=1e-9)
    assert box.contains(line, margin=1e-9).all()
    upright = fit_box(np.stack([0 * along, 0 * along, along], axis=1))
    assert upright.size == pytest.approx([0, 0, 2], abs=1e-9)
    wall = line + rng.uniform(0, 1, 20)[:, None] * np.array([0, 0, 1.0])
    box = fit_box(wall)
    assert sorted(box.size[:2]) == pytest.approx([0, 2], abs=1e-9)
    assert box.size[2] == pytest.approx(np.ptp(wall[:, 2]))
    floor = fit_box(np.array([[0, 0, 0.5], [2, 0, 0.5], [2, 1, 0.5], [0, 1, 0.5]]))
    assert sorted(floor.size) == pytest.approx([0, 1, 2])


def test_single_precision_points_are_measured_in_double() -> None:
    points = np.random.default_rng(2).uniform(100, 101, (40, 3)).astype(np.float32)
    box = fit_box(points)
    assert box.size.dtype == np.float64
    assert box.contains(points, margin=1e-9).all()
