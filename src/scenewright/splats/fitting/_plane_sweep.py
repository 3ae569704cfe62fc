"""Depth from posed pictures alone: a plane sweep with normalized cross-correlation.

After Collins, A Space-Sweep Approach to True Multi-Image Matching, 1996. Coarse and cheap: it only
has to say roughly where surfaces are, the fit does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.geometry.transforms import invert_rigid
from scenewright.splats.fitting._depth_samples import DepthView
from scenewright.splats.fitting.targets import Target

_SIDE = 256
"""Pixels of the longer side of the pictures that are compared, about."""
_NUM_NEIGHBORS = 4
_NUM_PLANES = 64
_NEAREST, _FARTHEST = 0.35, 8.0
"""Depths that are tried, times the distance of the place that the cameras look at."""
_BEST_ANGLE = np.deg2rad(8.0)
"""Between the lines of sight of two cameras that are compared."""
_RADIUS = 3
"""Of the window, pixels."""
_LEAST_SCORE = 0.7
_FLAT = 1e-4
"""Variance of gray (0 to 1) below which a window shows nothing to compare."""
_ALONE = 20.0
"""Distance of the place looked at where axes do not meet, in distances of neighboring cameras."""


def sweep_depth(targets: Sequence[Target]) -> list[DepthView]:
    """Pictures, shrunk, with depth where it could be told; 0 elsewhere.

    Args:
        targets: Two or more views from different places.

    Raises:
        CaptureError: All cameras are at one place.
    """
    small = [target.shrunk(max(1, round(max(target.camera.size) / _SIDE))) for target in targets]
    height, width = np.array([target.camera.size for target in small]).max(axis=0)
    gray = np.full((len(small), height, width), np.nan, np.float32)
    for picture, target in zip(gray, small, strict=True):
        rows, columns = target.camera.size
        picture[:rows, :columns] = target.color.mean(axis=2)
    poses = np.stack([target.world_from_cam for target in small])
    distances = focus_distances(poses)
    result = []
    for i, target in enumerate(small):
        around = choose_neighbors(poses, i, distances[i])
        inverse = np.linspace(1 / _FARTHEST, 1 / _NEAREST, _NUM_PLANES) / distances[i]
        turns, shifts = _warps(small, i, around)
        rows, columns = target.camera.size
        scores = sweep_planes(
            np.ascontiguousarray(gray[i, :rows, :columns]), gray[around], turns, shifts, inverse
        )
        camera = target.camera
        intrinsics = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
        depth = _best_depth(scores, inverse)
        result.append(DepthView(intrinsics, target.world_from_cam, target.image, depth))
    return result


def focus_distances(poses: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F,) how far away each camera's subject is.

    It is the depth of the point nearest to all optical axes; where that lies behind a camera or
    beyond many distances of neighboring cameras, it is so many.

    Raises:
        CaptureError: All cameras are at one place.
    """
    centers, axes = poses[:, :3, 3], poses[:, :3, 2]
    gaps = np.linalg.norm(centers[:, None] - centers[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    step = float(np.median(gaps.min(axis=1)))
    if step == 0:
        raise CaptureError(
            "All cameras are at one place",
            expected="pictures from different positions",
            got=f"{len(poses)} views without any distance between them",
            do="Depth can only be told from views that differ in position.",
        )
    across = np.eye(3) - axes[:, :, None] * axes[:, None, :]
    middle = across.mean(axis=0) + 1e-9 * np.eye(3)
    focus = np.linalg.solve(middle, np.einsum("fij,fj->i", across, centers) / len(poses))
    depth = np.einsum("fi,fi->f", focus - centers, axes)
    spread = float(np.linalg.norm(centers - centers.mean(axis=0), axis=1).max())
    limit = max(_ALONE * step, 2 * spread)
    result: NDArray[np.float64] = np.where((depth > step) & (depth < 4 * limit), depth, limit)
    return result


def choose_neighbors(poses: NDArray[np.float64], view: int, distance: float) -> NDArray[np.intp]:
    """The views to compare one with: of similar direction, from a place well beside it."""
    subject = poses[view, :3, 3] + distance * poses[view, :3, 2]
    lines = subject - poses[:, :3, 3]
    lines /= np.linalg.norm(lines, axis=1, keepdims=True)
    angle = np.arccos(np.clip(lines @ lines[view], -1, 1))
    facing = poses[:, :3, 2] @ poses[view, :3, 2]
    badness = np.abs(np.log(np.maximum(angle, 1e-3) / _BEST_ANGLE)) + 3 * (1 - facing)
    badness[view] = np.inf
    return np.argsort(badness, kind="stable")[: min(_NUM_NEIGHBORS, len(poses) - 1)]


def _warps(
    targets: Sequence[Target], view: int, around: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(K, 3, 3) and (K, 3): pixel there = turn @ (column, row, 1) + shift / depth."""
    own = targets[view]
    turns, shifts = [], []
    for j in around:
        other = targets[j]
        relative = invert_rigid(other.world_from_cam) @ own.world_from_cam
        turns.append(other.camera.K @ relative[:3, :3] @ np.linalg.inv(own.camera.K))
        shifts.append(other.camera.K @ relative[:3, 3])
    return np.stack(turns), np.stack(shifts)


@njit(cache=True, nogil=True, parallel=True)
def sweep_planes(
    gray: NDArray[np.float32],
    others: NDArray[np.float32],
    turns: NDArray[np.float64],
    shifts: NDArray[np.float64],
    inverse: NDArray[np.float64],
) -> NDArray[np.float32]:
    """How well a picture agrees with others if it showed a plane across the line of sight.

    Args:
        gray: (H, W) 0 to 1.
        others: (K, H', W'); NaN where a picture has ended.
        turns: (K, 3, 3) see `_warps`.
        shifts: (K, 3).
        inverse: (D,) of the depths that are tried.

    Returns:
        (D, H, W) mean of the two best normalized cross-correlations; -1 where there is none.
    """
    height, width = gray.shape
    count = len(others)
    result = np.full((len(inverse), height, width), np.float32(-1.0), np.float32)
    for d in prange(len(inverse)):
        warped = np.empty((height, width), np.float32)
        second = np.full((height, width), np.float32(-1.0), np.float32)
        first = np.full((height, width), np.float32(-1.0), np.float32)
        for k in range(count):
            _warp(others[k], turns[k], shifts[k] * inverse[d], warped)
            _correlate(gray, warped, first, second)
        if count == 1:
            result[d] = first
        else:
            result[d] = np.float32(0.5) * (first + second)
    return result


@njit(cache=True, nogil=True)
def _warp(
    picture: NDArray[np.float32],
    turn: NDArray[np.float64],
    shift: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Another picture as this one would see it; NaN outside."""
    height, width = out.shape
    for v in range(height):
        for u in range(width):
            x, y = u + 0.5, v + 0.5
            z = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] + shift[2]
            out[v, u] = np.nan
            if z <= 0:
                continue
            a = (turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] + shift[0]) / z - 0.5
            b = (turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] + shift[1]) / z - 0.5
            if not (0 <= a < picture.shape[1] - 1 and 0 <= b < picture.shape[0] - 1):
                continue
            i, j = int(b), int(a)
            s, t = np.float32(b - i), np.float32(a - j)
            one = np.float32(1.0)
            out[v, u] = (one - s) * ((one - t) * picture[i, j] + t * picture[i, j + 1]) + s * (
                (one - t) * picture[i + 1, j] + t * picture[i + 1, j + 1]
            )


@njit(cache=True, nogil=True)
def _correlate(
    gray: NDArray[np.float32],
    warped: NDArray[np.float32],
    first: NDArray[np.float32],
    second: NDArray[np.float32],
) -> None:
    """Correlation in the window around each pixel, put into the two best so far."""
    height, width = gray.shape
    r = _RADIUS
    # Sums over columns of the window, kept up to date from row to row.
    columns = np.zeros((6, width))
    row_sums = np.zeros(6)
    for v in range(-r, height):
        for u in range(width):
            if v + r < height:
                _add_pixel(columns, gray, warped, v + r, u, 1.0)
            if v - r - 1 >= 0:
                _add_pixel(columns, gray, warped, v - r - 1, u, -1.0)
        if v < 0:
            continue
        row_sums[:] = 0.0
        for u in range(-r, width):
            for c in range(6):
                if u + r < width:
                    row_sums[c] += columns[c, u + r]
                if u - r - 1 >= 0:
                    row_sums[c] -= columns[c, u - r - 1]
            n = row_sums[0]
            if u < 0 or n < 2 * r * (2 * r + 1):
                continue
            own = row_sums[3] / n - (row_sums[1] / n) ** 2
            other = row_sums[4] / n - (row_sums[2] / n) ** 2
            if own < _FLAT or other < _FLAT:
                continue
            both = row_sums[5] / n - row_sums[1] * row_sums[2] / (n * n)
            score = np.float32(both / np.sqrt(own * other))
            if score > first[v, u]:
                second[v, u] = first[v, u]
                first[v, u] = score
            elif score > second[v, u]:
                second[v, u] = score


@njit(cache=True, nogil=True, inline="always")
def _add_pixel(
    columns: NDArray[np.float64],
    gray: NDArray[np.float32],
    warped: NDArray[np.float32],
    v: int,
    u: int,
    sign: float,
) -> None:
    b = warped[v, u]
    if np.isnan(b):
        return
    a = gray[v, u]
    columns[0, u] += sign
    columns[1, u] += sign * a
    columns[2, u] += sign * b
    columns[3, u] += sign * a * a
    columns[4, u] += sign * b * b
    columns[5, u] += sign * a * b


def _best_depth(scores: NDArray[np.float32], inverse: NDArray[np.float64]) -> NDArray[np.float32]:
    """(H, W) depth of the best plane, refined by a parabola; 0 where none is good enough."""
    best = np.clip(scores.argmax(axis=0), 1, len(inverse) - 2)
    rows, columns = np.indices(best.shape)
    below, at, above = (scores[best + k, rows, columns] for k in (-1, 0, 1))
    bend = below - 2 * at + above
    offset = np.where(bend < 0, 0.5 * (below - above) / np.minimum(bend, -1e-6), 0)
    step = inverse[1] - inverse[0]
    found = inverse[best] + step * np.clip(offset, -0.5, 0.5)
    result: NDArray[np.float32] = np.where(at >= _LEAST_SCORE, 1 / found, 0).astype(np.float32)
    return result
