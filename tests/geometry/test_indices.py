"""Integers from floating-point numbers: inside, at the border, outside, and not a number."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit

from scenewright.geometry.indices import cell_index, clamped_index

SOURCE = Path(__file__).resolve().parents[2] / "src" / "scenewright"
_CONVERSION = re.compile(r"\b(?:np\.)?int(?:32|64)?\((?:np|math)\.(?:floor|ceil|rint|round)")
"""A rounded number that is converted directly."""
_EXEMPT = (
    SOURCE / "geometry" / "indices.py",
    SOURCE / "worlds" / "rendering" / "shading.py",  # cells of patterns, which index no array
)

HUGE = (1e19, -1e19, math.inf, -math.inf, math.nan, 1e300)


@njit
def cell(value: float, count: int) -> int:
    return cell_index(value, count)  # type: ignore[no-any-return]


@njit
def clamped(value: float, first: int, last: int) -> int:
    return clamped_index(value, first, last)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_cells_are_those_that_exist(kind: Any) -> None:
    found = {v: cell(kind(v), 4) for v in (-1.0, -0.001, 0.0, 0.999, 1.0, 3.99, 4.0, 17.0)}
    assert list(found.values()) == [-1, -1, 0, 0, 1, 3, -1, -1]
    with np.errstate(over="ignore"):
        assert [cell(kind(v), 4) for v in HUGE] == [-1] * len(HUGE)


def test_clamped_indices_round_down_within_the_limits() -> None:
    assert [clamped(v, -3, 5) for v in (-9.0, -3.0, -2.5, -0.1, 0.0, 4.9, 5.0, 5.1)] == [
        -3, -3, -3, -1, 0, 4, 5, 5
    ]  # fmt: skip
    assert [clamped(v, -3, 5) for v in HUGE] == [5, -3, 5, -3, -3, 5]


def test_kernels_make_indices_with_these_functions_alone() -> None:
    found = [
        f"{path.relative_to(SOURCE)}: {line.strip()}"
        for path in SOURCE.rglob("*.py")
        if path not in _EXEMPT and "njit" in (text := path.read_text("utf-8"))
        for line in text.splitlines()
        if _CONVERSION.search(line)
    ]
    # These two are outside of the kernels of their file, where numpy raises for NaN.
    outside = [line for line in found if "_depth_samples.py" in line and "np.ceil(np.sqrt" in line]
    assert found == outside
