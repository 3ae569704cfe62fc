"""Kernels that aim rays and note where they land."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

TILE = 4
"""Light samples differ over tiles of this edge, and are averaged over as much; pixels."""

_f: Any = np.float32
_LIFT = 2e-4
"""Rays that leave a surface start this far above it, so that they miss the surface itself; m."""
_OCCLUSION_REACH = 0.6
"""Surfaces farther than this take no light from everywhere away; metres."""
_FAR = 1e4


@numba.njit(cache=True, nogil=True)
def primary_rays(
    pose: Any, fx: float, fy: float, cx: float, cy: float, first: int, width: int, start: Any,
    rays: Any,
) -> None:  # fmt: skip
    """Rays through the centers of the pixels of some rows; their z is 1 in the camera's frame.

    Args:
        pose: (4, 4) float64 `world_from_cam`.
        fx: Focal length along x, pixels.
        fy: Focal length along y, pixels.
        cx: Principal point, pixels.
        cy: Principal point, pixels.
        first: First row.
        width: Of the picture, pixels.
        start: (N, 3) float32, written.
        rays: (N, 3) float32, written.
    """
    for i in range(len(rays)):
        x = (i % width + 0.5 - cx) / fx
        y = (first + i // width + 0.5 - cy) / fy
        for k in range(3):
            start[i, k] = pose[k, 3]
            rays[i, k] = pose[k, 0] * x + pose[k, 1] * y + pose[k, 2]


@numba.njit(cache=True, nogil=True)
def record_hits(
    prim: Any, far: Any, rays: Any, normals: Any, start: Any, depth: Any, hit: Any, facing: Any
) -> None:
    """Depth, point and normal of each hit.

    Args:
        prim: (N,) int32 triangle, -1 = none.
        far: (N,) float32 length along the ray.
        rays: (N, 3) float32.
        normals: (T, 3) float32 of the triangles.
        start: (N, 3) float32 of the rays.
        depth: (N,) float32, written; 0 = none.
        hit: (N, 3) float32, written.
        facing: (N, 3) float32 normals towards the camera, written; 0 = none.
    """
    for i in range(len(prim)):
        t = prim[i]
        if t < 0:
            depth[i] = 0
            hit[i] = start[i]
            facing[i] = 0
            continue
        depth[i] = far[i]
        side = _f(0)
        for k in range(3):
            hit[i, k] = start[i, k] + rays[i, k] * far[i]
            side += normals[t, k] * rays[i, k]
        sign = _f(-1) if side > 0 else _f(1)
        for k in range(3):
            facing[i, k] = sign * normals[t, k]


@numba.njit(cache=True, nogil=True)
def shadow_rays(
    prim: Any, hit: Any, normals: Any, targets: Any, width: int, first: int, start: Any,
    towards: Any, reach: Any, where: Any,
) -> int:  # fmt: skip
    """Shadow rays: each pixel asks one light, neighbors ask different lights and points.

    Args:
        prim: (N,) int32 triangle, -1 = none.
        hit: (N, 3) float32.
        normals: (N, 3) float32 towards the camera.
        targets: (L, 16, 4) float32: points of a light, or directions to it (last value 0).
        width: Of the picture, pixels.
        first: First row.
        start: (N, 3) float32, written.
        towards: (N, 3) float32, written.
        reach: (N,) float32 length of each ray in units of `towards`, written.
        where: (N, 2) int32 pixel and light of each ray, written.

    Returns:
        Number of rays.
    """
    count = 0
    for i in range(len(prim)):
        if prim[i] < 0:
            continue
        row, col = first + i // width, i % width
        tile = (row % TILE) * TILE + col % TILE
        light = (row + col) % len(targets)
        is_point = targets[light, tile, 3]
        facing = _f(0)
        for k in range(3):
            start[count, k] = hit[i, k] + normals[i, k] * _f(_LIFT)
            towards[count, k] = targets[light, tile, k] - is_point * start[count, k]
            facing += towards[count, k] * normals[i, k]
        if facing <= 0:
            continue
        reach[count] = _f(1) if is_point else _f(_FAR)
        where[count, 0], where[count, 1] = i, light
        count += 1
    return count


@numba.njit(cache=True, nogil=True)
def occlusion_rays(
    prim: Any, hit: Any, normals: Any, sphere: Any, width: int, first: int, start: Any,
    towards: Any, reach: Any, where: Any,
) -> int:  # fmt: skip
    """Rays into the half space above every second pixel, more of them along the normal.

    Args:
        prim: (N,) int32 triangle, -1 = none.
        hit: (N, 3) float32.
        normals: (N, 3) float32 towards the camera.
        sphere: (16, 3) float32 unit directions.
        width: Of the picture, pixels.
        first: First row.
        start: (N, 3) float32, written.
        towards: (N, 3) float32, written.
        reach: (N,) float32, written.
        where: (N, 2) int32 pixel and last channel (-1) of each ray, written.

    Returns:
        Number of rays.
    """
    count = 0
    for i in range(len(prim)):
        row, col = first + i // width, i % width
        if prim[i] < 0 or (row + col) % 2:
            continue
        tile = (row % TILE) * TILE + col % TILE
        length = _f(0)
        for k in range(3):
            start[count, k] = hit[i, k] + normals[i, k] * _f(_LIFT)
            # A point of a unit sphere that touches the surface: a cosine-weighted direction.
            towards[count, k] = sphere[tile, k] + normals[i, k] * _f(1.02)
            length += towards[count, k] * towards[count, k]
        reach[count] = _f(_OCCLUSION_REACH) / np.sqrt(length)
        where[count, 0], where[count, 1] = i, -1
        count += 1
    return count
