"""Upright boxes around regions: against boxes of turned points, and pieces of furniture by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.fusion.merging.boxes import (
    BOX_NAMES,
    NUM_BOX,
    NUM_TOGETHER,
    NUM_TURNS,
    TOGETHER_NAMES,
    best_turn,
    box_features,
    together_features,
)
from scenewright.fusion.merging.sums import HIGH, LOW, NUM_BOUNDS, UNKNOWN, sum_regions

VOXEL = 0.02


def bounds_of(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Bounds of a region with these points."""
    count = len(points)
    three = np.zeros((count, 3), np.float32)
    _, bounds = sum_regions(
        np.zeros(count, np.int32), points.astype(np.float32), three, three, three,
        np.zeros(count, np.float32), 1,
    )  # fmt: skip
    result: NDArray[np.float64] = bounds[0]
    return result


def box(
    low: tuple[float, float, float], high: tuple[float, float, float], *, turn: float = 0.0
) -> NDArray[np.float64]:
    """Bounds of a box between two corners, turned about the vertical axis."""
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True)), axis=-1).reshape(-1, 3)
    cosine, sine = np.cos(turn), np.sin(turn)
    return bounds_of(corners @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]))


def together(
    small: NDArray[np.float64], large: NDArray[np.float64], *, border: float = np.nan
) -> dict[str, float]:
    """Features of a pair by name."""
    out = np.full(NUM_TOGETHER, np.nan, np.float32)
    together_features(small, large, border, VOXEL, out)
    assert np.isfinite(out).all()
    return dict(zip(TOGETHER_NAMES, map(float, out), strict=True))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12))
def test_the_best_box_against_turned_points(seed: int, count: int) -> None:
    points = np.random.default_rng(seed).normal(size=(count, 3)) * [1, 0.3, 0.5]
    bounds = bounds_of(points)
    areas, sides = [], []
    for turn in range(NUM_TURNS):
        angle = np.pi / 2 * turn / NUM_TURNS
        axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        sides.append(np.ptp(points[:, :2] @ axes, axis=0) + VOXEL)
        areas.append(sides[-1].prod())
    found = best_turn(bounds, VOXEL)
    assert areas[found] == pytest.approx(min(areas), rel=1e-4)
    out = np.full(NUM_BOX, np.nan, np.float32)
    box_features(bounds, 0.3, VOXEL, out)
    height = np.ptp(points[:, 2]) + VOXEL
    long, short = max(sides[found]), min(sides[found])
    surface = 2 * (long * short + long * height + short * height)
    assert dict(zip(BOX_NAMES, out, strict=True)) == pytest.approx(
        {"box_long": long, "box_short": short, "box_cover": 0.3 / surface}, rel=1e-4
    )


TOP = ((0.0, 0.0, 0.7), (1.2, 0.6, 0.72))
LEG = ((0.0, 0.0, 0.0), (0.04, 0.04, 0.7))
CUP = ((0.5, 0.2, 0.74), (0.58, 0.28, 0.84))
CHAIR = ((0.4, -0.7, 0.0), (0.8, -0.3, 0.9))


@pytest.mark.parametrize("turn", [0.0, np.pi / 16, 5 * np.pi / 16])
def test_a_table_by_hand(turn: float) -> None:
    leg = together(box(*LEG, turn=turn), box(*TOP, turn=turn), border=0.7)
    assert leg["common_faces"] == 3  # both sides at the corner, and the top
    assert leg["footprint_overlap"] == pytest.approx(1, abs=1e-4)
    assert leg["box_gap"] == pytest.approx(0, abs=1e-5)
    assert leg["border_on_small"] == pytest.approx(0.71 / 0.72, rel=1e-4)
    assert leg["border_on_large"] == pytest.approx(0.01 / 0.04, abs=1e-3)
    assert leg["box_above"] == pytest.approx(-0.72, abs=1e-5)
    joint, top = 1.22 * 0.62 * 0.74, 1.22 * 0.62 * 0.04
    assert leg["box_growth"] == pytest.approx(np.log(joint / top), rel=1e-4)
    filled = (0.06 * 0.06 * 0.72 + top) / joint
    assert leg["box_sum"] == pytest.approx(np.log(filled), rel=1e-4)
    assert leg["shape_difference"] == pytest.approx(np.log(1.22 / 0.06), rel=1e-4)
    cup = together(box(*CUP, turn=turn), box(*TOP, turn=turn), border=0.73)
    assert cup["common_faces"] == 0 and cup["footprint_overlap"] == pytest.approx(1, abs=1e-4)
    assert cup["box_above"] == pytest.approx(0.02, abs=1e-5)
    assert cup["border_on_small"] == pytest.approx(0, abs=1e-3)
    chair = together(box(*CHAIR, turn=turn), box(*TOP, turn=turn))
    assert chair["box_gap"] == pytest.approx(0.3 - VOXEL, abs=1e-4)
    assert chair["footprint_overlap"] == chair["box_inside"] == 0
    assert chair["box_above"] == chair["border_on_small"] == chair["border_on_large"] == UNKNOWN


def test_what_lies_inside_another_box() -> None:
    shelf, book = box((0, 0, 0), (1, 0.4, 2)), box((0.2, 0.1, 1.0), (0.3, 0.3, 1.25))
    assert together(book, shelf)["box_inside"] == pytest.approx(1)
    half = together(box((0.2, 0.1, 1.9), (0.3, 0.3, 2.12)), shelf)
    assert half["box_inside"] == pytest.approx(0.12 / 0.24, rel=1e-3)


def test_a_box_that_is_turned_against_another_one() -> None:
    long = box((-0.5, -0.05, 0), (0.5, 0.05, 0.2))
    crossed = box((-0.5, -0.05, 0), (0.5, 0.05, 0.2), turn=np.pi / 4)
    assert together(long, long)["turned"] == pytest.approx(0)
    assert together(crossed, long)["turned"] > 1
    assert together(crossed, long)["shape_difference"] == pytest.approx(0, abs=1e-5)


def test_two_equal_boxes_are_one() -> None:
    same = together(*[box((0, 0, 0), (1, 2, 1))] * 2)
    assert same["common_faces"] == 6 and same["box_growth"] == pytest.approx(0, abs=1e-6)
    assert same["box_sum"] == pytest.approx(np.log(2), abs=1e-6)


def test_a_region_without_voxels_has_finite_features() -> None:
    empty = np.full(NUM_BOUNDS, -np.inf)
    empty[LOW:HIGH] = np.inf
    out = np.full(NUM_BOX, np.nan, np.float32)
    box_features(empty, 0.0, VOXEL, out)
    assert np.isfinite(out).all()
