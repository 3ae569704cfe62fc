"""The largest blend weights of every pixel: which surfels make it, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.compositing import (
    CHECK_EVERY,
    LANES,
    NUM_PLANES,
    PLANE,
    alive_part,
    blend_rows,
    clear_tile,
    end_rays_outside,
    kernel_limits,
    note_alive,
    span_in_tile,
    tile_origin,
)
from scenewright.splats.rasterizer.projection import project_surfels
from scenewright.splats.rasterizer.rasterization import Viewpoint, check_shapes
from scenewright.splats.rasterizer.tiles import TILE, TileLists

Floats = NDArray[np.floating[Any]]
_FAR_IN_NEARS = 1e4
"""Weights do not depend on where the far plane lies, but the kernel asks for one."""


@dataclass(frozen=True, eq=False)
class BlendWeights:
    """The surfels behind every pixel.

    Attributes:
        ids: (H, W, top) int32 surfels, heaviest first; -1 where there is none.
        weights: (H, W, top) float32 blend weights, 0 where there is none. A row sums to `alpha`
            where no more than `top` surfels were met, and to less elsewhere.
        alpha: (H, W) float32 sum of all weights of a pixel.
    """

    ids: NDArray[np.int32]
    weights: NDArray[np.float32]
    alpha: NDArray[np.float32]


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_heaviest(ids: NDArray[np.int32], weights: Floats, surfel: int, weight: Any) -> None:
    """Sorts a weight into the kept ones of a pixel; equal weights stay in the order met."""
    k = weights.shape[0] - 1
    if not weight > weights[k]:
        return
    while k > 0 and weight > weights[k - 1]:
        weights[k], ids[k] = weights[k - 1], ids[k - 1]
        k -= 1
    weights[k], ids[k] = weight, surfel


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh_surfel(
    buffer: Floats,
    alive: NDArray[np.bool_],
    ids: NDArray[np.int32],
    weights: Floats,
    surfel: int,
    record: Floats,
    box: NDArray[np.int32],
    corner: tuple[int, int],
    limits: Floats,
) -> None:
    """Blends one surfel into a tile and sorts its weights into those of the tile's pixels."""
    span, origin = span_in_tile(box, corner), tile_origin(record, corner)
    blend_rows(buffer, alive, span, record, origin, record.dtype.type(0), limits)
    for row in range(span[0], span[1]):
        left, count = alive_part(alive, row, span)
        for p in range(row * TILE + left, row * TILE + left + count):
            weight = buffer[14 * PLANE + p]
            if weight > 0:
                _keep_heaviest(ids[p], weights[p], surfel, weight)


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _weigh_tiles(
    records: Floats,
    boxes: NDArray[np.int32],
    starts: NDArray[np.int64],
    surfels: NDArray[np.int32],
    turns: NDArray[np.int64],
    across: int,
    size: tuple[int, int],
    limits: Floats,
    top: int,
) -> tuple[NDArray[np.int32], Floats, Floats]:
    width, height = size
    all_ids = np.empty((height, width, top), np.int32)
    all_weights = np.empty((height, width, top), records.dtype)
    alpha = np.empty((height, width), records.dtype)
    for turn in prange(turns.shape[0]):
        tile = turns[turn]
        corner = (tile % across * TILE, tile // across * TILE)
        buffer = np.empty(NUM_PLANES * PLANE, records.dtype)
        ids = np.full((PLANE, top), -1, np.int32)
        weights = np.zeros((PLANE, top), records.dtype)
        alive = np.empty(PLANE // LANES, np.bool_)
        clear_tile(buffer)
        end_rays_outside(buffer, corner, size)
        note_alive(buffer, alive)
        for place in range(starts[tile], starts[tile + 1]):
            i = surfels[place]
            _weigh_surfel(buffer, alive, ids, weights, i, records[i], boxes[i], corner, limits)
            if (place - starts[tile]) % CHECK_EVERY == CHECK_EVERY - 1:
                if not note_alive(buffer, alive):
                    break
        for y in range(min(TILE, height - corner[1])):
            for x in range(min(TILE, width - corner[0])):
                p, row, column = y * TILE + x, corner[1] + y, corner[0] + x
                alpha[row, column] = 1 - buffer[p]
                for k in range(top):
                    all_ids[row, column, k] = ids[p, k]
                    all_weights[row, column, k] = weights[p, k]
    return all_ids, all_weights, alpha


def blend_weights(
    arrays: SurfelArrays,
    camera: Camera,
    *,
    world_from_cam: NDArray[np.float64],
    near: float,
    top: int = 8,
) -> BlendWeights:
    """The heaviest surfels of every pixel, by the same rules as `rasterize`.

    Args:
        arrays: N float32 surfels.
        camera: Without skew.
        world_from_cam: (4, 4).
        near: Centres and hits at this depth or nearer are left out, metres.
        top: Surfels that are kept per pixel.

    Raises:
        ShapeError: Arrays do not fit together.
        ConventionError: The camera has skew.
    """
    check_shapes(arrays, None)
    view = Viewpoint.of(camera, world_from_cam)
    records, boxes, _ = project_surfels(
        *arrays, view.K, view.cam_from_world, view.origin, view.size, near, 0
    )
    lists = TileLists(boxes, np.ascontiguousarray(records[:, 8]), size=view.size)
    limits = kernel_limits(arrays.means.dtype, near=near, far=near * _FAR_IN_NEARS)
    ids, weights, alpha = _weigh_tiles(
        records,
        boxes,
        lists.starts,
        lists.surfels,
        lists.turns,
        lists.across,
        view.size,
        limits,
        top,
    )
    return BlendWeights(ids, weights, alpha)
