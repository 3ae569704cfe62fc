"""Depth from posed images alone: a plane sweep with normalized cross-correlation.

After Collins, A Space-Sweep Approach to True Multi-Image Matching, 1996. Coarse and fast: rough
positions of surfaces are enough to start a fit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.geometry.indices import cell_index
from scenewright.geometry.transforms import invert_rigid
from scenewright.splats.fitting._depth_samples import DepthView
from scenewright.splats.fitting.targets import SHOWN, Target

_SIDE = 256
"""Approximate pixels of the longer side of the images that are compared."""
_NUM_NEIGHBORS = 4
_NUM_PLANES = 64
_NEAREST, _FARTHEST = 0.35, 8.0
"""Range of depths, relative to the distance of the point that the cameras look at."""
_BEST_ANGLE = np.deg2rad(8.0)
"""Best angle between the lines of sight of two cameras that are compared."""
_RADIUS = 3
"""Radius of the window, pixels."""
_LEAST_SCORE = 0.7
_FLAT = 1e-4
"""Windows with a smaller variance of gray (0 to 1) are not compared."""
_ALONE = 20.0
"""Largest distance of the focus, in distances between neighboring cameras; used where axes do not
meet."""


def sweep_depth(targets: Sequence[Target]) -> list[DepthView]:
    """Downscaled images with depth where it could be estimated; 0 elsewhere.

    Args:
        targets: Two or more views from different positions.

    Raises:
        CaptureError: All cameras are at the same position.
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
        if target.alpha is not None:
            # What alpha hides has one color in all images, and would be matched everywhere.
            depth = np.where(target.alpha >= SHOWN, depth, np.float32(0))
        result.append(DepthView(intrinsics, target.world_from_cam, target.image, depth))
    return result


def focus_distances(poses: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F,) distance from each camera to what it looks at.

    It is the depth of the point nearest to all optical axes. Where that point is behind the camera
    or too far away, it is the limit: a multiple of the distance between neighboring cameras.

    Raises:
        CaptureError: All cameras are at the same position.
    """
    centers, axes = poses[:, :3, 3], poses[:, :3, 2]
    gaps = np.linalg.norm(centers[:, None] - centers[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    step = float(np.median(gaps.min(axis=1)))
    if step == 0:
        raise CaptureError(
            "All cameras are at the same position",
            expected="images from different positions",
            got=f"{len(poses)} views from one position",
            do="Depth can be estimated only from views at different positions.",
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
    """The views to compare one with: of similar direction, from a position beside it."""
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
    reference = targets[view]
    turns, shifts = [], []
    for j in around:
        other = targets[j]
        relative = invert_rigid(other.world_from_cam) @ reference.world_from_cam
        turns.append(other.camera.K @ relative[:3, :3] @ np.linalg.inv(reference.camera.K))
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
    """Agreement of an image with others, for planes perpendicular to the optical axis.

    Args:
        gray: (H, W) 0 to 1.
        others: (K, H', W'); NaN outside of an image.
        turns: (K, 3, 3) see `_warps`.
        shifts: (K, 3).
        inverse: (D,) inverse depths of the planes.

    Returns:
        (D, H, W) mean of the two best normalized cross-correlations; -1 if there is none.
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
    """Another image warped to this view; NaN outside."""
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
            i = cell_index(b, picture.shape[0] - 1)
            j = cell_index(a, picture.shape[1] - 1)
            if i < 0 or j < 0:
                continue
            s, t = np.float32(b - i), np.float32(a - j)
            one = np.float32(1.0)
            out[v, u] = (one - s) * ((one - t) * picture[i, j] + t * picture[i, j + 1]) + s * (
                (one - t) * picture[i + 1, j] + t * picture[i + 1, j + 1]
            )


_COUNT, _GRAY, _WARPED, _GRAY_SQUARED, _WARPED_SQUARED, _PRODUCT = range(6)
"""Sums over a window."""
_NUM_SUMS = 6


@njit(cache=True, nogil=True)
def _correlate(
    gray: NDArray[np.float32],
    warped: NDArray[np.float32],
    first: NDArray[np.float32],
    second: NDArray[np.float32],
) -> None:
    """Correlation in the window around each pixel, inserted into the two best so far."""
    height, width = gray.shape
    r = _RADIUS
    # Sums over columns of the window, updated from row to row.
    columns = np.zeros((_NUM_SUMS, width))
    sums = np.zeros(_NUM_SUMS)
    for v in range(-r, height):
        for u in range(width):
            if v + r < height:
                _add_pixel(columns, gray, warped, v + r, u, 1.0)
            if v - r - 1 >= 0:
                _add_pixel(columns, gray, warped, v - r - 1, u, -1.0)
        if v < 0:
            continue
        sums[:] = 0.0
        for u in range(-r, width):
            for c in range(_NUM_SUMS):
                if u + r < width:
                    sums[c] += columns[c, u + r]
                if u - r - 1 >= 0:
                    sums[c] -= columns[c, u - r - 1]
            n = sums[_COUNT]
            if u < 0 or n < 2 * r * (2 * r + 1):
                continue
            variance = sums[_GRAY_SQUARED] / n - (sums[_GRAY] / n) ** 2
            other_variance = sums[_WARPED_SQUARED] / n - (sums[_WARPED] / n) ** 2
            if variance < _FLAT or other_variance < _FLAT:
                continue
            both = sums[_PRODUCT] / n - sums[_GRAY] * sums[_WARPED] / (n * n)
            score = np.float32(both / np.sqrt(variance * other_variance))
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
    """Adds a pixel to the sums of its column, or subtracts it."""
    b = warped[v, u]
    if np.isnan(b):
        return
    a = gray[v, u]
    columns[_COUNT, u] += sign
    columns[_GRAY, u] += sign * a
    columns[_WARPED, u] += sign * b
    columns[_GRAY_SQUARED, u] += sign * a * a
    columns[_WARPED_SQUARED, u] += sign * b * b
    columns[_PRODUCT, u] += sign * a * b


def _best_depth(scores: NDArray[np.float32], inverse: NDArray[np.float64]) -> NDArray[np.float32]:
    """(H, W) depth of the best plane, refined by a parabola; 0 where the best score is too low."""
    best = np.clip(scores.argmax(axis=0), 1, len(inverse) - 2)
    rows, columns = np.indices(best.shape)
    below, at, above = (scores[best + k, rows, columns] for k in (-1, 0, 1))
    bend = below - 2 * at + above
    offset = np.where(bend < 0, 0.5 * (below - above) / np.minimum(bend, -1e-6), 0)
    step = inverse[1] - inverse[0]
    found = inverse[best] + step * np.clip(offset, -0.5, 0.5)
    result: NDArray[np.float32] = np.where(at >= _LEAST_SCORE, 1 / found, 0).astype(np.float32)
    return result
