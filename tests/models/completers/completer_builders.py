"""Partly seen bodies on a grid, by rays along one axis."""

from __future__ import annotations

import numpy as np

from scenewright.core import FREE, OCCUPIED, UNKNOWN, StateGrid
from scenewright.models.partial_shapes import PartialShape

N = 40
CELL = 0.05
UP = np.array([0.0, 0.0, 1.0])


def seen_from(solid: np.ndarray, *directions: tuple[int, int]) -> np.ndarray:
    """States of the cells around a body as seen along axes from far away.

    Args:
        solid: (N, N, N) the body.
        directions: Axis and sign of each viewing direction.
    """
    states = np.full(solid.shape, UNKNOWN, np.uint8)
    for axis, sign in directions:
        body = np.moveaxis(solid, axis, 0)
        view = np.moveaxis(states, axis, 0)
        if sign < 0:
            body, view = body[::-1], view[::-1]
        before = np.cumsum(body, axis=0)
        view[before == 0] = FREE
        view[(before == 1) & body] = OCCUPIED
    states[solid & (states == FREE)] = OCCUPIED
    return states


def partial(states: np.ndarray, *, support: float | None = None) -> PartialShape:
    """A shape whose grid begins at the origin."""
    return PartialShape(StateGrid(states, np.zeros(3), CELL, 0.5), UP, support)


def box(low: tuple[int, int, int], high: tuple[int, int, int]) -> np.ndarray:
    """A box from one cell to another."""
    solid = np.zeros((N, N, N), np.bool_)
    solid[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = True
    return solid


def cylinder(radius: float, low: int, high: int) -> np.ndarray:
    """An upright cylinder in the middle."""
    i, j, k = np.indices((N, N, N)) + 0.5
    found: np.ndarray = ((i - N / 2) ** 2 + (j - N / 2) ** 2 < radius**2) & (k > low) & (k < high)
    return found


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))
