"""Checks that run once, when an object is built, so that inner loops need none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from scenewright.core.conventions import FARTHEST, RIGID_TOLERANCE
from scenewright.core.errors import ConventionError, ShapeError


def describe_shape(shape: Sequence[int | None]) -> str:
    """A shape as text, with a letter for each free axis, such as ``(N, 3)``."""
    letters = iter("NMKLPQ")
    parts = [next(letters) if axis is None else str(axis) for axis in shape]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def as_array(
    name: str, value: ArrayLike, *, shape: Sequence[int | None], dtype: DTypeLike
) -> NDArray[Any]:
    """Returns `value` as a contiguous array of the requested type and shape.

    Args:
        name: Name of the array in error messages.
        value: Anything that numpy converts to an array.
        shape: Required shape; ``None`` stands for a free axis.
        dtype: Required type. A cast that would change values (1.5 to an integer, 300 to uint8)
            is an error.

    Raises:
        ShapeError: The shape or the type does not match.
    """
    array = np.asarray(value)
    target = np.dtype(dtype)
    fits = array.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise ShapeError(name, expected=f"shape {describe_shape(shape)}", got=f"{array.shape}")
    if array.dtype == target:
        return np.ascontiguousarray(array)
    if not _casts_safely(array, target):
        raise ShapeError(name, expected=f"values that fit {target}", got=f"{array.dtype}")
    return np.ascontiguousarray(array, dtype=target)


def _casts_safely(array: NDArray[Any], target: np.dtype[Any]) -> bool:
    if array.dtype.kind not in "biuf":
        return False
    if target.kind == "f" or np.can_cast(array.dtype, target, "safe") or array.size == 0:
        return True
    if array.dtype.kind == "f":
        return False
    limits = np.iinfo(target) if target.kind in "iu" else None
    return limits is not None and limits.min <= array.min() and array.max() <= limits.max


def check_finite(name: str, array: NDArray[Any]) -> None:
    """Raises `ConventionError` if any value is NaN or infinite."""
    bad = int(array.size - np.count_nonzero(np.isfinite(array)))
    if bad:
        raise ConventionError(name, expected="finite values", got=f"{bad} that are NaN or infinite")


def check_unit_interval(name: str, array: NDArray[Any]) -> None:
    """Raises `ConventionError` if any value lies outside [0, 1] or is not finite."""
    check_finite(name, array)
    if array.size and (array.min() < 0 or array.max() > 1):
        got = f"{array.min():g} to {array.max():g}"
        raise ConventionError(name, expected="values in [0, 1]", got=got)


def check_rotation(name: str, rotation: NDArray[np.float64]) -> None:
    """Raises `ConventionError` unless the last two axes hold a proper rotation matrix."""
    check_finite(name, rotation)
    error = np.abs(np.swapaxes(rotation, -1, -2) @ rotation - np.eye(3)).max(initial=0.0)
    if error > RIGID_TOLERANCE or (np.linalg.det(rotation) < 0).any():
        raise ConventionError(
            name,
            expected="a rotation (orthonormal, determinant +1)",
            got=f"a matrix that is {error:.3g} away from one",
            do="A hidden scale or a flipped axis is the usual cause.",
        )


def check_positions(name: str, positions: NDArray[np.float64]) -> None:
    """Raises `ConventionError` if a coordinate, meters, is farther from 0 than `FARTHEST`."""
    farthest = np.abs(positions).max(initial=0.0)
    if not farthest <= FARTHEST:
        raise ConventionError(
            name,
            expected=f"positions within {FARTHEST:g} m of the origin",
            got=f"{farthest:g} m",
        )


def as_rigid(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Returns a (4, 4) float64 rigid transform, or raises if `value` is not one."""
    matrix: NDArray[np.float64] = as_array(name, value, shape=(4, 4), dtype=np.float64)
    check_finite(name, matrix)
    if not np.allclose(matrix[3], (0, 0, 0, 1), atol=1e-6):
        raise ConventionError(name, expected="last row 0 0 0 1", got=f"{matrix[3].tolist()}")
    check_rotation(name, matrix[:3, :3])
    check_positions(name, matrix[:3, 3])
    return matrix


def as_direction(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Returns a (3,) float64 unit vector, or raises if `value` is not one."""
    vector: NDArray[np.float64] = as_array(name, value, shape=(3,), dtype=np.float64)
    check_finite(name, vector)
    length = float(np.linalg.norm(vector))
    if abs(length - 1) > 1e-6:
        raise ConventionError(name, expected="a unit vector", got=f"length {length:g}")
    return vector


def check_numbers(config: Any) -> None:
    """Raises `ConventionError` if a numeric field of a dataclass is negative or not finite; other
    fields are not checked."""
    for field in fields(config):
        value = getattr(config, field.name)
        if isinstance(value, int | float) and not 0 <= value < float("inf"):
            name = f"{type(config).__name__}.{field.name}"
            raise ConventionError(name, expected="a number, 0 or more", got=str(value))
