"""The objects of a scene as arrays that networks of language read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.language.facts import SceneFacts

SHAPE_WIDTH = 20
"""Length of the vectors of objects: 12 shares of colors, and 8 numbers of sizes and heights."""
_SHELL = ("floor", "wall", "ceiling")


@dataclass(frozen=True, eq=False)
class InstanceArrays:
    """N objects; lengths in meters along level axes, z up.

    Attributes:
        center: (N, 3) float32 centers of upright boxes.
        size: (N, 3) float32 extents of upright boxes.
        shape: (N, 20) float32 what each looks like.
        colors: (N, 12) float32 shares of color words.
        group: (N,) int64, equal for objects of one name; -1 without a name.
        viewer: (2,) float32 where someone stands who looks at objects.
        room: (2, 3) float32 lowest and highest corner of what the scene holds.
    """

    center: NDArray[np.float32]
    size: NDArray[np.float32]
    shape: NDArray[np.float32]
    colors: NDArray[np.float32]
    group: NDArray[np.int64]
    viewer: NDArray[np.float32]
    room: NDArray[np.float32]


def arrays_of(
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
    sizes: NDArray[np.float64],
    colors: NDArray[np.float64],
    names: Sequence[str],
    is_object: NDArray[np.bool_],
    viewer: NDArray[np.float64],
) -> InstanceArrays:
    """The arrays of objects.

    Args:
        bounds: (N, 3) lowest and (N, 3) highest corners.
        sizes: (N, 3) longer and shorter horizontal extent, and height, of the oriented boxes.
        colors: (N, 12) shares of color words.
        names: N usual names; "" = unknown.
        is_object: (N,) whether each is an object and no part of the room.
        viewer: (2,) where the viewer stands.
    """
    low, high = bounds
    room = np.zeros((2, 3))
    if len(low):
        room = np.stack([low.min(axis=0), high.max(axis=0)])
    logs = np.log(np.maximum(sizes, 1e-3))
    numbers = np.stack(
        [
            *logs.T,
            logs[:, 0] - logs[:, 1],
            logs[:, 2] - logs[:, 0],
            low[:, 2] - room[0, 2],
            high[:, 2] - room[0, 2],
            is_object.astype(np.float64),
        ],
        axis=1,
    )
    known = {name: row for row, name in enumerate(dict.fromkeys(names)) if name}
    return InstanceArrays(
        ((low + high) / 2).astype(np.float32),
        np.maximum(high - low, 1e-3).astype(np.float32),
        np.concatenate([colors, numbers], axis=1).astype(np.float32),
        colors.astype(np.float32),
        np.array([known.get(name, -1) for name in names], np.int64),
        viewer.astype(np.float32),
        room.astype(np.float32),
    )


def object_rows(facts: SceneFacts) -> NDArray[np.intp]:
    """Rows of a scene that networks see: all but floor, walls and ceiling."""
    return np.flatnonzero([name not in _SHELL for name in facts.names])


def arrays_of_facts(facts: SceneFacts, rows: NDArray[np.intp]) -> InstanceArrays:
    """The arrays of some rows of a scene."""
    return arrays_of(
        (facts.low[rows], facts.high[rows]),
        facts.sizes[rows],
        facts.colors[rows],
        [facts.names[row] for row in rows],
        facts.is_object[rows],
        facts.center,
    )
