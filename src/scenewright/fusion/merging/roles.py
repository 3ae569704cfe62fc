"""Floor, walls and ceiling among the objects: large planes with the right direction and place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.merging.features import SHAPE_NAMES, shape_features
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.sums import COUNT, HIGH, LOW, NORMAL, POSITION

_LEVEL = 0.9
"""Cosine between a normal and gravity from which on a plane is level."""
_UPRIGHT = 0.2
"""Cosine up to which it is upright."""
_FLAT = 0.75
"""Length of the mean normal from which on a surface is flat; noise shortens it."""
THIN = 0.08
"""Standard deviation of the distance from its plane, meters, up to which a surface is one plane."""
LEAST_AREA = 0.8
"""Square meters."""
_AT_FLOOR = 0.25
"""Largest height of a floor above the lowest surface, meters; likewise for ceilings."""
LEAST_WALL = 1.2
"""Height of the lowest wall, meters ..."""
WALL_TOP = 0.7
"""... and share of the height of the scene that its top reaches; lower ones are furniture."""
_INSET = (0.02, 0.2)
"""Distance of the plane of a door or a cupboard from the wall around it, meters ..."""
_AROUND = 0.1
"""... which contains it but for this much, meters ..."""
_LARGER = 2.0
"""... and is larger by at least this factor."""
_LEAST_SURFACE = 3.0
"""Square meters of the smallest other surface of the room; table tops are smaller."""
_BEHIND = 0.2
"""Distance behind a plane from which on something lies behind it, meters ..."""
_SHARE_BEHIND = 0.03
"""... and share of the surface that may, for a wall."""


def find_roles(
    graph: RegionGraph,
    sums: NDArray[np.float64],
    bounds: NDArray[np.float64],
    *,
    knows_up: bool = True,
) -> tuple[str, ...]:
    """The role of each object, one of `core.ROLES`.

    A room is not assumed: without large planes all are objects, and without gravity large planes
    are surfaces.

    Args:
        graph: The regions that the objects were made of.
        sums: (N, NUM_SUMS) sums of the objects, in a frame in which z is up.
        bounds: (N, NUM_BOUNDS) bounds of the objects.
        knows_up: Whether z is the direction against gravity; otherwise it is any direction.
    """
    num = len(sums)
    shape = np.empty((num, len(SHAPE_NAMES)), np.float32)
    for i in range(num):
        shape_features(sums[i], bounds[i], graph.scene, graph.voxel_size, shape[i])
    column = {name: shape[:, i] for i, name in enumerate(SHAPE_NAMES)}
    number = np.maximum(sums[:, COUNT], 1)
    middle = sums[:, POSITION : POSITION + 3] / number[:, None]
    is_plane = (
        (np.exp(column["area"]) >= LEAST_AREA)
        & (column["flatness"] >= _FLAT)
        & (column["thickness"] <= THIN)
    )
    up = column["up"]
    low, high = graph.scene[0], graph.scene[1]
    is_floor = is_plane & (up >= _LEVEL) & (middle[:, 2] - low <= _AT_FLOOR)
    is_ceiling = is_plane & (up <= -_LEVEL) & (high - middle[:, 2] <= _AT_FLOOR)
    is_wall = is_plane & (np.abs(up) <= _UPRIGHT) & (column["height"] >= LEAST_WALL)
    is_wall &= bounds[:, HIGH + 2] - low >= WALL_TOP * (high - low)
    is_wall &= _share_behind(sums, middle) <= _SHARE_BEHIND
    is_wall &= ~_is_inset(is_wall, sums, bounds)
    role = np.full(num, "object", "<U7")
    role[is_plane & (np.exp(column["area"]) >= _LEAST_SURFACE)] = "surface"
    if not knows_up:
        return tuple(role.tolist())
    for word, chosen in (("floor", is_floor), ("ceiling", is_ceiling), ("wall", is_wall)):
        role[chosen] = word
    return tuple(role.tolist())


def _is_inset(
    is_wall: NDArray[np.bool_], sums: NDArray[np.float64], bounds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(N,) whether a wall is a door or the like: just beside the plane of a wall around it."""
    result = np.zeros(len(sums), bool)
    walls = np.flatnonzero(is_wall)
    if len(walls) < 2:
        return result
    count = sums[walls, COUNT]
    middle = sums[walls, POSITION : POSITION + 3] / count[:, None]
    normal = sums[walls, NORMAL : NORMAL + 3]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    low, high = bounds[walls, LOW : LOW + 3], bounds[walls, HIGH : HIGH + 3]
    # Row: the wall around; column: what may be inset.
    offset = np.abs(middle @ normal.T - np.einsum("nk,nk->n", middle, normal)[None]).T
    contains = (low[:, None] - _AROUND <= low[None]).all(axis=2)
    contains &= (high[:, None] + _AROUND >= high[None]).all(axis=2)
    contains &= count[:, None] >= _LARGER * count[None]
    contains &= (offset >= _INSET[0]) & (offset <= _INSET[1])
    contains &= normal @ normal.T >= _LEVEL
    result[walls] = contains.any(axis=0)
    return result


def _share_behind(sums: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) share of the surface, counted by whole objects, that lies behind the plane of each."""
    normal = sums[:, NORMAL : NORMAL + 3]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    ahead = middle @ normal.T - np.einsum("nk,nk->n", middle, normal)[None]
    weight = sums[:, COUNT] / max(float(sums[:, COUNT].sum()), 1.0)
    share: NDArray[np.float64] = weight @ (ahead < -_BEHIND)
    return share
