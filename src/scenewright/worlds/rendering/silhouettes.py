"""Amodal masks: the pixels that each object would cover if nothing occluded it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, MaskSet
from scenewright.core.checks import as_rigid
from scenewright.geometry.indices import clamped_index
from scenewright.geometry.transforms import invert_rigid
from scenewright.worlds.composing.world import World

_NEAR = 0.01
"""Distance of the near plane at which triangles are clipped, meters."""


def amodal_masks(
    world: World,
    camera: Camera,
    world_from_cam: NDArray[np.float64],
    *,
    ids: Sequence[int] | None = None,
) -> MaskSet:
    """Rasterizes the silhouette of each object separately.

    A pixel belongs to an object if the ray through its center hits the object.

    Args:
        world: The world.
        camera: Intrinsics.
        world_from_cam: (4, 4) rigid pose.
        ids: Instance ids to rasterize; None = all but stuff.

    Returns:
        Masks with labels whose `ids` are instance ids; objects outside the image have no mask.
    """
    pose = as_rigid("world_from_cam", world_from_cam)
    cam_from_world = invert_rigid(pose)
    wanted = None if ids is None else set(ids)
    height, width = camera.size
    canvas = np.zeros((height, width), np.bool_)
    runs, kept = [], []
    for placed in world.objects:
        if placed.is_stuff if wanted is None else placed.instance_id not in wanted:
            continue
        cam_from_object = cam_from_world @ placed.world_from_object
        bounds = np.array([height, width, 0, 0], np.int64)
        for part in placed.model.parts:
            points = part.mesh.vertices.astype(np.float64) @ cam_from_object[:3, :3].T
            points += cam_from_object[:3, 3]
            draw_triangles(
                points[part.mesh.faces], camera.fx, camera.fy, camera.cx, camera.cy, canvas, bounds
            )
        if bounds[2] > bounds[0]:
            runs.append(_take_runs(canvas, bounds))
            kept.append(placed.instance_id)
    return MaskSet.from_runs(
        runs,
        height=height,
        width=width,
        ids=np.array(kept, np.int32),
        labels=[world.labels[i] for i in kept],
    )


def _take_runs(
    canvas: NDArray[np.bool_], bounds: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Run lengths of the pixels that are set; clears the canvas."""
    top, left, bottom, right = bounds.tolist()
    window = canvas[top:bottom, left:right]
    padded = np.zeros((bottom - top, right - left + 2), np.int8)
    padded[:, 1:-1] = window
    change = np.diff(padded, axis=1)
    rows, first = np.nonzero(change == 1)
    last = np.nonzero(change == -1)[1]
    window[:] = False
    starts = (rows + top) * canvas.shape[1] + first + left
    return starts.astype(np.int32), (last - first).astype(np.int32)


@numba.njit(cache=True, nogil=True)
def draw_triangles(
    corners: Any, fx: float, fy: float, cx: float, cy: float, canvas: Any, bounds: Any
) -> None:
    """Sets every pixel whose center lies inside a projected triangle.

    Args:
        corners: (T, 3, 3) float64, meters, camera frame.
        fx: Focal length along x, pixels.
        fy: Focal length along y, pixels.
        cx: Principal point; the center of the top-left pixel is (0.5, 0.5).
        cy: Principal point.
        canvas: (H, W) bool, output.
        bounds: (4,) int64 first row and column, and row and column after the last; extended.
    """
    height, width = canvas.shape
    cut = np.empty((4, 3))
    flat = np.empty((4, 2))
    for t in range(len(corners)):
        num = _cut_near(corners[t], cut)
        for k in range(num):
            flat[k, 0] = fx * cut[k, 0] / cut[k, 2] + cx - 0.5
            flat[k, 1] = fy * cut[k, 1] / cut[k, 2] + cy - 0.5
        for k in range(1, num - 1):
            _fill(flat[0], flat[k], flat[k + 1], canvas, bounds, height, width)


@numba.njit(cache=True, nogil=True)
def _cut_near(triangle: Any, out: Any) -> int:
    """Clips a triangle at the near plane; returns the number of corners (0, 3 or 4)."""
    num = 0
    for k in range(3):
        a, b = triangle[k], triangle[(k + 1) % 3]
        if a[2] >= _NEAR:
            out[num] = a
            num += 1
        if (a[2] >= _NEAR) != (b[2] >= _NEAR):
            share = (_NEAR - a[2]) / (b[2] - a[2])
            for axis in range(3):
                out[num, axis] = a[axis] + share * (b[axis] - a[axis])
            num += 1
    return num


@numba.njit(cache=True, nogil=True)
def _fill(a: Any, b: Any, c: Any, canvas: Any, bounds: Any, height: int, width: int) -> None:
    low_x, high_x = min(a[0], b[0], c[0]), max(a[0], b[0], c[0])
    low_y, high_y = min(a[1], b[1], c[1]), max(a[1], b[1], c[1])
    if high_x < 0 or high_y < 0 or low_x > width - 1 or low_y > height - 1:
        return
    first_row = clamped_index(np.ceil(low_y), 0, height)
    last_row = clamped_index(high_y, -1, height - 1)
    for row in range(first_row, last_row + 1):
        # Extent of the triangle in this row, from its edges.
        left, right = np.inf, -np.inf
        for k in range(3):
            p = a if k == 0 else (b if k == 1 else c)
            q = b if k == 0 else (c if k == 1 else a)
            if (p[1] < row and q[1] < row) or (p[1] > row and q[1] > row):
                continue
            if p[1] == q[1]:
                left, right = min(left, p[0], q[0]), max(right, p[0], q[0])
                continue
            x = p[0] + (row - p[1]) / (q[1] - p[1]) * (q[0] - p[0])
            left, right = min(left, x), max(right, x)
        if right < 0 or left > width - 1:
            continue
        first = clamped_index(np.ceil(left), 0, width)
        last = clamped_index(right, -1, width - 1)
        if last < first:
            continue
        for col in range(first, last + 1):
            canvas[row, col] = True
        bounds[0], bounds[1] = min(bounds[0], row), min(bounds[1], first)
        bounds[2], bounds[3] = max(bounds[2], row + 1), max(bounds[3], last + 1)
