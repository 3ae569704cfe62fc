"""Checks of arrays and settings: what is cast, and what is refused with which message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import ConventionError, ScenewrightError, ShapeError
from scenewright.core.checks import (
    as_array,
    as_direction,
    as_rigid,
    check_finite,
    check_numbers,
    check_rotation,
    check_unit_interval,
    describe_shape,
)
from tests.builders import turn
from tests.core.core_builders import matrix_with


@dataclass
class Settings:
    """Fields of every kind that settings have."""

    size: float = 1.0
    count: int = 2
    name: str = "a"
    limit: float | None = None


@pytest.mark.parametrize(
    ("shape", "text"),
    [((None, 3), "(N, 3)"), ((None,), "(N,)"), ((2, None, None), "(2, N, M)"), ((), "()")],
)
def test_free_axes_become_letters(shape: tuple[int | None, ...], text: str) -> None:
    assert describe_shape(shape) == text


@given(st.lists(st.integers(-300, 300), max_size=5), st.sampled_from(["u1", "i1", "i2", "f4"]))
def test_a_cast_either_keeps_values_or_is_refused(values: list[int], dtype: str) -> None:
    target = np.dtype(dtype)
    fits = target.kind == "f" or all(
        np.iinfo(target).min <= value <= np.iinfo(target).max for value in values
    )
    if fits:
        array = as_array("a", np.array(values, np.int64), shape=(None,), dtype=target)
        assert array.dtype == target and array.tolist() == values
    else:
        with pytest.raises(ShapeError) as caught:
            as_array("a", np.array(values, np.int64), shape=(None,), dtype=target)
        assert str(caught.value) == f"a: expected values that fit {target}, got int64"


def test_arrays_become_contiguous_and_are_not_copied_without_need() -> None:
    array = np.arange(12.0).reshape(3, 4)
    assert as_array("a", array, shape=(3, None), dtype=np.float64) is array
    turned = as_array("a", array.T, shape=(4, 3), dtype=np.float64)
    assert turned.flags.c_contiguous and np.array_equal(turned, array.T)


@pytest.mark.parametrize(
    ("check", "error", "text"),
    [
        (lambda: as_array("a", np.zeros(3), shape=(None, 3), dtype=float), ShapeError,
         "a: expected shape (N, 3), got (3,)"),
        (lambda: as_array("a", ["x"], shape=(1,), dtype=float), ShapeError,
         "a: expected values that fit float64, got <U1"),
        (lambda: as_array("a", [1.5], shape=(1,), dtype=int), ShapeError,
         "a: expected values that fit int64, got float64"),
        (lambda: check_finite("a", np.array([1, np.nan, np.inf])), ConventionError,
         "a: expected finite values, got 2 that are NaN or infinite"),
        (lambda: check_unit_interval("a", np.array([-0.5, 0.5])), ConventionError,
         "a: expected values in [0, 1], got -0.5 to 0.5"),
        (lambda: check_rotation("a", np.diag([1.0, 1, -1])), ConventionError,
         "a: expected a rotation (orthonormal, determinant +1), got a matrix that is 0 away from "
         "one. A hidden scale or a flipped axis is the usual cause."),
        (lambda: as_rigid("a", matrix_with(m11=1.5)), ConventionError,
         "a: expected a rotation (orthonormal, determinant +1), got a matrix that is 1.25 away "
         "from one. A hidden scale or a flipped axis is the usual cause."),
        (lambda: as_rigid("a", matrix_with(m32=1)), ConventionError,
         "a: expected last row 0 0 0 1, got [0.0, 0.0, 1.0, 1.0]"),
        (lambda: as_direction("a", (0, 3, 4)), ConventionError,
         "a: expected a unit vector, got length 5"),
        (lambda: check_numbers(Settings(size=-1.0)), ConventionError,
         "Settings.size: expected a number, 0 or more, got -1.0"),
        (lambda: check_numbers(Settings(limit=float("nan"))), ConventionError,
         "Settings.limit: expected a number, 0 or more, got nan"),
    ],
)  # fmt: skip
def test_bad_values_are_refused(
    check: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        check()
    assert str(caught.value) == text


@given(st.floats(-7, 7), st.integers(0, 2))
def test_rotations_pass_one_by_one_and_stacked(angle: float, axis: int) -> None:
    rotation = turn(angle, axis)
    check_rotation("a", rotation)
    check_rotation("a", np.stack([rotation, np.eye(3)]))
    with pytest.raises(ConventionError, match="a matrix that is 3 away from one"):
        check_rotation("a", np.stack([rotation, 2 * np.eye(3)]))


def test_fields_that_are_not_numbers_are_not_checked() -> None:
    check_numbers(Settings())
    check_numbers(Settings(size=0.0, name="-1", limit=None))
