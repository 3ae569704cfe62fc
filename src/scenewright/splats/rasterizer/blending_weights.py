"""The largest blending weights of every pixel: which surfels it shows, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.columns import (
    IMAGE_TRANSMITTANCE,
    IMAGE_WEIGHT,
    NUM_PLANES,
    RECORD_DEPTH,
)
from scenewright.splats.rasterizer.compositing import (
    CHECK_INTERVAL,
    LANES,
    PLANE,
    active_part,
    clear_tile,
    composite_rows,
    end_rays_outside,
    kernel_constants,
    span_in_tile,
    tile_origin,
    update_active,
)
from scenewright.splats.rasterizer.projection import project_surfels
from scenewright.splats.rasterizer.rasterization import Viewpoint, check_shapes
from scenewright.splats.rasterizer.tiles import TILE, TileLists

Floats = NDArray[np.floating[Any]]
_FAR_IN_NEARS = 1e4
"""Weights do not depend on the far distance, but the kernel needs one."""


@dataclass(frozen=True, eq=False)
class BlendWeights:
    """The surfels that every pixel shows.

    Attributes:
        ids: (H, W, top) int32 surfels, heaviest first; -1 where there is none.
        weights: (H, W, top) float32 blending weights, 0 where there is none. They sum to `alpha`
            where the ray met at most `top` surfels, and to less elsewhere.
        alpha: (H, W) float32 sum of all weights of a pixel.
    """

    ids: NDArray[np.int32]
    weights: NDArray[np.float32]
    alpha: NDArray[np.float32]


@njit(cache=True, nogil=True, error_model="numpy")
def _insert_weight(ids: NDArray[np.int32], weights: Floats, surfel: int, weight: Any) -> None:
    """Inserts a weight into the largest ones of a pixel; equal weights keep their order."""
    k = weights.shape[0] - 1
    if not weight > weights[k]:
        return
    while k > 0 and weight > weights[k - 1]:
        weights[k], ids[k] = weights[k - 1], ids[k - 1]
        k -= 1
    weights[k], ids[k] = weight, surfel


@njit(cache=True, nogil=True, error_model="numpy")
def _add_surfel(
    buffer: Floats,
    active: NDArray[np.bool_],
    ids: NDArray[np.int32],
    weights: Floats,
    surfel: int,
    record: Floats,
    box: NDArray[np.int32],
    corner: tuple[int, int],
    constants: Floats,
) -> None:
    """Composites one surfel into a tile and inserts its weights into those of the pixels."""
    span, origin = span_in_tile(box, corner), tile_origin(record, corner)
    composite_rows(buffer, active, span, record, origin, record.dtype.type(0), constants)
    for row in range(span[0], span[1]):
        left, count = active_part(active, row, span)
        for p in range(row * TILE + left, row * TILE + left + count):
            weight = buffer[IMAGE_WEIGHT * PLANE + p]
            if weight > 0:
                _insert_weight(ids[p], weights[p], surfel, weight)


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _weights_of_tiles(
    records: Floats,
    boxes: NDArray[np.int32],
    starts: NDArray[np.int64],
    surfels: NDArray[np.int32],
    schedule: NDArray[np.int64],
    across: int,
    size: tuple[int, int],
    constants: Floats,
    top: int,
) -> tuple[NDArray[np.int32], Floats, Floats]:
    """Ids and weights (H, W, top) and alpha (H, W); arguments as for `composite_tiles`."""
    width, height = size
    all_ids = np.empty((height, width, top), np.int32)
    all_weights = np.empty((height, width, top), records.dtype)
    alpha = np.empty((height, width), records.dtype)
    for turn in prange(schedule.shape[0]):
        tile = schedule[turn]
        corner = (tile % across * TILE, tile // across * TILE)
        buffer = np.empty(NUM_PLANES * PLANE, records.dtype)
        ids = np.full((PLANE, top), -1, np.int32)
        weights = np.zeros((PLANE, top), records.dtype)
        active = np.empty(PLANE // LANES, np.bool_)
        clear_tile(buffer)
        end_rays_outside(buffer, corner, size)
        update_active(buffer, active)
        for entry in range(starts[tile], starts[tile + 1]):
            i = surfels[entry]
            _add_surfel(buffer, active, ids, weights, i, records[i], boxes[i], corner, constants)
            if (entry - starts[tile]) % CHECK_INTERVAL == CHECK_INTERVAL - 1:
                if not update_active(buffer, active):
                    break
        for y in range(min(TILE, height - corner[1])):
            for x in range(min(TILE, width - corner[0])):
                p, row, column = y * TILE + x, corner[1] + y, corner[0] + x
                alpha[row, column] = 1 - buffer[IMAGE_TRANSMITTANCE * PLANE + p]
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
    """The surfels with the largest blending weights of every pixel, by the rules of `rasterize`.

    Args:
        arrays: N float32 surfels.
        camera: Without skew.
        world_from_cam: (4, 4).
        near: Surfels and intersections at this depth or nearer are ignored, meters.
        top: Surfels to keep per pixel.

    Raises:
        ShapeError: The shapes of the arrays do not match.
        ConventionError: The camera has skew.
    """
    check_shapes(arrays, None)
    view = Viewpoint.of(camera, world_from_cam)
    records, boxes, _ = project_surfels(
        *arrays, view.K, view.cam_from_world, view.origin, view.size, near, 0
    )
    lists = TileLists(boxes, np.ascontiguousarray(records[:, RECORD_DEPTH]), size=view.size)
    constants = kernel_constants(arrays.means.dtype, near=near, far=near * _FAR_IN_NEARS)
    ids, weights, alpha = _weights_of_tiles(
        records,
        boxes,
        lists.starts,
        lists.surfels,
        lists.schedule,
        lists.across,
        view.size,
        constants,
        top,
    )
    return BlendWeights(ids, weights, alpha)
