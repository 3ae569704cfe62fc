"""Oriented, colored samples of the surface from depth images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from scenewright.core import CaptureError, Frame, FrameSource
from scenewright.geometry.indices import cell_index
from scenewright.geometry.transforms import invert_rigid
from scenewright.splats.fitting.targets import depth_of_scene, split_views

_MAX_SAMPLES = 4_000_000
_JUMP = 0.05
"""Neighboring depths that differ by more than this share lie on different surfaces."""
_TOLERANCE = 0.03
"""Two views agree where their depths differ by less than this share."""
_HOLE_MARGIN = 2.0
"""Pixels without depth within this distance of a pixel with depth are no holes."""
_CHECK_STRIDE = 2
"""Samples are checked against every n-th row and column of the depth."""


_NORMAL, _COLOR, _WEIGHT, _DEPTH = 0, 3, 6, 7
"""Columns of the rows of samples."""
_ROW_SIZE = 8


@dataclass(frozen=True, eq=False)
class DepthView:
    """One posed RGB-D image.

    Attributes:
        intrinsics: (4,) fx, fy, cx, cy, pixels.
        world_from_cam: (4, 4).
        image: (H, W, 3) uint8.
        depth: (H, W) float32, 0 = no reading.
    """

    intrinsics: NDArray[np.float64]
    world_from_cam: NDArray[np.float64]
    image: NDArray[np.uint8]
    depth: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples of the surface, one per pixel used.

    Attributes:
        points: (N, 3) float64, world frame.
        normals: (N, 3) float32 unit normals toward the camera, world frame.
        colors: (N, 3) float32 RGB, 0 to 1.
        weights: (N,) float32 confidence of a depth; higher if it is near and seen frontally.
        footprint: Median distance between neighboring samples of one view.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float32]
    colors: NDArray[np.float32]
    weights: NDArray[np.float32]
    footprint: float


def usable_views(
    frames: FrameSource | Sequence[Frame], *, holdout_interval: int
) -> list[DepthView]:
    """Decodes the frames with image, depth and pose, without those held out.

    Args:
        frames: Frames of a capture.
        holdout_interval: Every n-th view is left out, as in `FitConfig`; 0 = none.

    Raises:
        CaptureError: There is none.
    """
    posed = 0
    kept = []
    for frame in frames:
        if frame.image is None or frame.world_from_cam is None:
            continue
        posed += 1
        kept.append((posed - 1, frame))
    learned = set(split_views(posed, holdout_interval)[0].tolist()) if posed else set()
    views = []
    for position, frame in kept:
        if position not in learned or frame.depth is None or frame.image is None:
            continue
        assert frame.world_from_cam is not None
        camera = frame.camera
        intrinsics = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
        depth = depth_of_scene(frame)
        assert depth is not None
        views.append(DepthView(intrinsics, frame.world_from_cam, frame.image, depth))
    if not views:
        raise CaptureError(
            "No depth to start from",
            expected="frames with image, depth and pose",
            got=f"{len(frames)} frames, none with all three",
            do="Start from points of structure from motion, or from images alone.",
        )
    return views


def lift_views(views: Sequence[DepthView]) -> Samples:
    """Samples of all views, at a stride that bounds their number."""
    readings = sum(view.depth.size for view in views)
    stride = max(1, int(np.ceil(np.sqrt(readings / _MAX_SAMPLES))))
    parts = [
        _lift(view.depth, view.image, view.intrinsics, view.world_from_cam, stride)
        for view in views
    ]
    rows = np.concatenate([part[0] for part in parts])
    points = np.concatenate([part[1] for part in parts])
    depth = rows[:, _DEPTH]
    focal = float(np.median([view.intrinsics[0] for view in views]))
    footprint = stride * float(np.median(depth)) / focal if len(rows) else 0.0
    normals, colors = rows[:, _NORMAL : _NORMAL + 3], rows[:, _COLOR : _COLOR + 3]
    return Samples(points, normals, colors, rows[:, _WEIGHT], footprint)


@njit(cache=True, nogil=True)
def _lift(
    depth: NDArray[np.float32],
    image: NDArray[np.uint8],
    intrinsics: NDArray[np.float64],
    pose: NDArray[np.float64],
    stride: int,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Rows (normal, color, weight, depth) and points of the pixels with a normal."""
    height, width = depth.shape
    fx, fy, cx, cy = intrinsics
    reach = max(stride, 2)
    max_rows = (height // stride + 1) * (width // stride + 1)
    rows = np.empty((max_rows, _ROW_SIZE), np.float32)
    points = np.empty((max_rows, 3), np.float64)
    count = 0
    for v in range(stride // 2, height, stride):
        for u in range(stride // 2, width, stride):
            z = depth[v, u]
            if z <= 0:
                continue
            dx = _difference(depth, v, u, 0, reach)
            dy = _difference(depth, v, u, reach, 0)
            if np.isnan(dx) or np.isnan(dy):
                continue
            # Normal of a depth image z(u, v): cross product of the derivatives of p = z (x, y, 1).
            x, y = (u + 0.5 - cx) / fx, (v + 0.5 - cy) / fy
            nx, ny = dx * fx, dy * fy
            nz = -(z + dx * fx * x + dy * fy * y)
            length = np.sqrt(nx * nx + ny * ny + nz * nz)
            nx, ny, nz = nx / length, ny / length, nz / length
            cosine = -(nx * x + ny * y + nz) / np.sqrt(x * x + y * y + 1)
            if cosine < 0.1:
                continue
            for a in range(3):
                points[count, a] = z * (pose[a, 0] * x + pose[a, 1] * y + pose[a, 2]) + pose[a, 3]
                rows[count, _NORMAL + a] = pose[a, 0] * nx + pose[a, 1] * ny + pose[a, 2] * nz
                rows[count, _COLOR + a] = image[v, u, a] / 255.0
            rows[count, _WEIGHT] = cosine / (z * z)
            rows[count, _DEPTH] = z
            count += 1
    return rows[:count].copy(), points[:count].copy()


@njit(cache=True, nogil=True)
def _difference(depth: NDArray[np.float32], v: int, u: int, dv: int, du: int) -> float:
    """Derivative of the depth per pixel along one axis; NaN at borders between surfaces."""
    height, width = depth.shape
    z = depth[v, u]
    steps = max(dv, du)
    low, high = np.nan, np.nan
    if v - dv >= 0 and u - du >= 0 and depth[v - dv, u - du] > 0:
        low = depth[v - dv, u - du]
    if v + dv < height and u + du < width and depth[v + dv, u + du] > 0:
        high = depth[v + dv, u + du]
    has_low, has_high = abs(low - z) <= _JUMP * z, abs(high - z) <= _JUMP * z
    if has_low and has_high:
        return float((high - low) / (2 * steps))
    if has_low:
        return float((z - low) / steps)
    if has_high:
        return float((high - z) / steps)
    return np.nan


def guess_holes(
    views: Sequence[DepthView], *, max_points: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Points where images have no depth, at the depth of the nearest pixel with depth.

    Windows, mirrors and far background have no depth; surfels there are needed to learn their
    color.

    Args:
        views: Views with depth.
        max_points: Approximate number of points of all views together.

    Returns:
        (N, 3) points, (N, 3) directions to the camera, (N, 3) colors 0 to 1, and (N,) distances to
        the next point of the same view.
    """
    holes = [_holes(view.depth) for view in views]
    total = sum(int(hole.sum()) for hole, _ in holes)
    stride = max(1, int(np.ceil(np.sqrt(total / max(max_points, 1)))))
    parts = []
    for view, (hole, filled) in zip(views, holes, strict=True):
        rows, columns = np.nonzero(hole)
        on_grid = (rows % stride == stride // 2) & (columns % stride == stride // 2)
        rows, columns = rows[on_grid], columns[on_grid]
        fx, fy, cx, cy = view.intrinsics
        rays = np.stack(
            [(columns + 0.5 - cx) / fx, (rows + 0.5 - cy) / fy, np.ones(len(rows))], axis=1
        )
        turned = rays @ view.world_from_cam[:3, :3].T
        depth = filled[rows, columns].astype(np.float64)
        points = turned * depth[:, None] + view.world_from_cam[:3, 3]
        parts.append((points, -turned, view.image[rows, columns] / 255.0, stride * depth / fx))
    points, directions, colors, gaps = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return points, directions, colors, gaps


def _holes(depth: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Pixels well inside regions without depth, and the depth with all pixels filled."""
    missing = depth <= 0
    if missing.all():
        return np.zeros(depth.shape, np.bool_), depth
    distance, nearest = distance_transform_edt(missing, return_indices=True)
    return distance > _HOLE_MARGIN, depth[tuple(nearest)]


def count_agreement(
    points: NDArray[np.float64], size: NDArray[np.float64], views: Sequence[DepthView]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Counts the views that see a surface at points, and those that see one behind them.

    Args:
        points: (N, 3) world frame.
        size: (N,) distance that a depth may deviate by, in addition to the tolerance.
        views: Views with depth.

    Returns:
        (N,) number of views that agree, and (N,) of those that see through the point.
    """
    agree = np.zeros(len(points), np.int32)
    against = np.zeros(len(points), np.int32)
    for view in views:
        intrinsics: NDArray[np.float64] = view.intrinsics / _CHECK_STRIDE
        _check(
            np.ascontiguousarray(view.depth[::_CHECK_STRIDE, ::_CHECK_STRIDE]),
            intrinsics,
            invert_rigid(view.world_from_cam),
            points,
            size,
            agree,
            against,
        )
    return agree, against


@njit(cache=True, nogil=True, parallel=True)
def _check(
    depth: NDArray[np.float32],
    intrinsics: NDArray[np.float64],
    cam_from_world: NDArray[np.float64],
    points: NDArray[np.float64],
    size: NDArray[np.float64],
    agree: NDArray[np.int32],
    against: NDArray[np.int32],
) -> None:
    height, width = depth.shape
    fx, fy, cx, cy = intrinsics
    m = cam_from_world
    for i in prange(len(points)):
        p = points[i]
        x = m[0, 0] * p[0] + m[0, 1] * p[1] + m[0, 2] * p[2] + m[0, 3]
        y = m[1, 0] * p[0] + m[1, 1] * p[1] + m[1, 2] * p[2] + m[1, 3]
        z = m[2, 0] * p[0] + m[2, 1] * p[1] + m[2, 2] * p[2] + m[2, 3]
        if z <= 0:
            continue
        u = cell_index(fx * x / z + cx, width)
        v = cell_index(fy * y / z + cy, height)
        if u < 0 or v < 0 or depth[v, u] <= 0:
            continue
        gap = depth[v, u] - z
        tolerance = _TOLERANCE * z + size[i]
        if abs(gap) <= tolerance:
            agree[i] += 1
        elif gap > 0:
            against[i] += 1
