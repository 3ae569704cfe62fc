"""Small valid values of core, every column overridable, and damaged arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenewright.core import StateGrid, SurfelCloud


def matrix_with(**entries: float) -> np.ndarray:
    """(4, 4) identity in which the entries named m<row><column> are replaced."""
    matrix = np.eye(4)
    for name, value in entries.items():
        matrix[int(name[1]), int(name[2])] = value
    return matrix


def make_surfels(n: int = 4, **changes: Any) -> SurfelCloud:
    """`n` surfels without instances, in which columns are replaced by `changes`."""
    quats = np.zeros((n, 4), np.float32)
    quats[:, 0] = 1
    columns: dict[str, Any] = {
        "means": np.arange(3 * n, dtype=np.float32).reshape(n, 3),
        "quats": quats,
        "scales": np.full((n, 2), 0.1, np.float32),
        "opacities": np.full(n, 0.5, np.float32),
        "sh": np.zeros((n, 4, 3), np.float32),
    }
    return SurfelCloud(**{**columns, **changes})


def spoiled(shape: tuple[int, ...], value: float = np.nan) -> np.ndarray:
    """An array of 0.5 whose last value is replaced."""
    array = np.full(shape, 0.5, np.float32)
    array.ravel()[-1] = value
    return array


def make_grid(**changes: Any) -> StateGrid:
    """A grid of unknown cells in which fields are replaced by `changes`."""
    columns: dict[str, Any] = {
        "states": np.zeros((2, 3, 4), np.uint8),
        "origin": np.array([1.0, 2.0, 3.0]),
        "cell_size": 0.5,
        "seen_share": 0.25,
    }
    return StateGrid(**{**columns, **changes})
