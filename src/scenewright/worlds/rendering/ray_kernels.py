"""Numba kernels that set up camera, shadow and occlusion rays and record their hits."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

TILE = 4
"""Edge of the pixel tiles over which light samples vary and are then averaged."""

_f: Any = np.float32
_LIFT = 2e-4
"""Secondary rays start this far above a surface, so that they do not hit it again; meters."""
_OCCLUSION_REACH = 0.6
"""Surfaces beyond this distance do not occlude ambient light; meters."""
_FAR = 1e4


@numba.njit(cache=True, nogil=True)
def primary_rays(
    pose: Any, fx: float, fy: float, cx: float, cy: float, first: int, width: int, start: Any,
    rays: Any,
) -> None:  # fmt: skip
    """Rays through the pixel centers of a band of rows; their z is 1 in the camera frame.

    Args:
        pose: (4, 4) float64 `world_from_cam`.
        fx: Focal length along x, pixels.
        fy: Focal length along y, pixels.
        cx: Principal point, pixels.
        cy: Principal point, pixels.
        first: First row of the band.
        width: Image width, pixels.
        start: (N, 3) float32, output.
        rays: (N, 3) float32, output.
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
    """Depth, point and normal of each first hit.

    Args:
        prim: (N,) int32 triangle, -1 = no hit.
        far: (N,) float32 ray parameter of the hit.
        rays: (N, 3) float32 directions.
        normals: (T, 3) float32 of the triangles.
        start: (N, 3) float32 origins.
        depth: (N,) float32, output; 0 = no hit.
        hit: (N, 3) float32, output.
        facing: (N, 3) float32 normals facing the camera, output; 0 = no hit.
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
    """Shadow rays: one per pixel; neighboring pixels sample different lights and points.

    Args:
        prim: (N,) int32 triangle, -1 = no hit.
        hit: (N, 3) float32.
        normals: (N, 3) float32 facing the camera.
        targets: (L, 16, 4) float32: points on a light, or directions to it (last value 0).
        width: Image width, pixels.
        first: First row of the band.
        start: (N, 3) float32 origins, output.
        towards: (N, 3) float32 directions, output.
        reach: (N,) float32 length of each ray in units of `towards`, output.
        where: (N, 2) int32 pixel and light of each ray, output.

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
    """Ambient occlusion rays: cosine-weighted directions above every second pixel.

    Args:
        prim: (N,) int32 triangle, -1 = no hit.
        hit: (N, 3) float32.
        normals: (N, 3) float32 facing the camera.
        sphere: (16, 3) float32 unit directions.
        width: Image width, pixels.
        first: First row of the band.
        start: (N, 3) float32 origins, output.
        towards: (N, 3) float32 directions, output.
        reach: (N,) float32 length of each ray in units of `towards`, output.
        where: (N, 2) int32 pixel and channel (-1, the last) of each ray, output.

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
            # A point on a unit sphere tangent to the surface gives a cosine-weighted direction.
            towards[count, k] = sphere[tile, k] + normals[i, k] * _f(1.02)
            length += towards[count, k] * towards[count, k]
        reach[count] = _f(_OCCLUSION_REACH) / np.sqrt(length)
        where[count, 0], where[count, 1] = i, -1
        count += 1
    return count
