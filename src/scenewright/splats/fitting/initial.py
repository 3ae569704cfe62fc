"""Initial surfels of a fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from scenewright.core import (
    SH_C0,
    CaptureError,
    ConventionError,
    Frame,
    FrameSource,
    ShapeError,
    SurfelCloud,
)
from scenewright.core.checks import as_array, check_finite
from scenewright.geometry.quaternions import quaternion_from_normal
from scenewright.geometry.transforms import perpendicular
from scenewright.splats.fitting._cells import Cells, build_levels, choose_leaves, select_cells
from scenewright.splats.fitting._depth_samples import (
    DepthView,
    count_agreement,
    guess_holes,
    lift_views,
    usable_views,
)
from scenewright.splats.fitting._plane_sweep import focus_distances, sweep_depth
from scenewright.splats.fitting.targets import gather_targets, split_views

_SCALE_NEIGHBORS = 3
_NORMAL_NEIGHBORS = 12
_LARGEST_SCALE = 10.0
"""Upper limit, times the median: isolated points do not become disks that cover the image."""
_SMALLEST_SCALE = 1e-3
"""Lower limit, times the median: coincident points do not become disks without size."""
_HOLE_SHARE = 0.1
"""Share of the surfels for regions without depth."""
_HOLE_OPACITY = 0.2


def initial_surfels_from_points(
    points: NDArray[np.floating],
    colors: NDArray[np.uint8],
    *,
    normals: NDArray[np.floating] | None = None,
    opacity: float = 0.1,
) -> SurfelCloud:
    """One surfel per point, such as those of structure from motion.

    Scales are the root mean square distance to the three nearest neighbors, as published for 2D
    Gaussian splatting; disks lie in the plane of their neighbors instead of being oriented at
    random.

    Args:
        points: (N, 3) world frame, N at least 4.
        colors: (N, 3) uint8 RGB.
        normals: (N, 3) unit normals; None estimates them from the neighbors of each point.
        opacity: Opacity of all surfels, above 0 and below 1.

    Raises:
        ShapeError: Arrays have wrong shapes, or there are fewer than 4 points.
    """
    points = as_array("points", np.asarray(points, np.float64), shape=(None, 3), dtype=np.float64)
    check_finite("points", points)
    n = len(points)
    colors = as_array("colors", colors, shape=(n, 3), dtype=np.uint8)
    if n <= _SCALE_NEIGHBORS:
        raise ShapeError(
            "Points to start from", expected=f"more than {_SCALE_NEIGHBORS}", got=f"{n}"
        )
    tree = cKDTree(points)
    distance, neighbors = tree.query(points, k=min(_NORMAL_NEIGHBORS + 1, n))
    scale = np.sqrt((distance[:, 1 : _SCALE_NEIGHBORS + 1] ** 2).mean(axis=1))
    middle = float(np.median(scale))
    if middle == 0:
        raise ConventionError(
            "Points to start from",
            expected="points at different positions",
            got="most at the same position",
        )
    scale = np.clip(scale, _SMALLEST_SCALE * middle, _LARGEST_SCALE * middle)
    if normals is None:
        around = points[neighbors]
        around -= around.mean(axis=1, keepdims=True)
        spread = np.einsum("nki,nkj->nij", around, around)
        normals = np.linalg.eigh(spread)[1][:, :, 0]
    return flat_surfels(
        points, normals, np.repeat(scale[:, None], 2, axis=1), colors / 255.0, opacity=opacity
    )


def initial_surfels_from_depth(
    frames: FrameSource | Sequence[Frame],
    *,
    max_surfels: int = 200_000,
    opacity: float = 0.7,
    holdout_interval: int = 8,
) -> SurfelCloud:
    """Surfels on the surface that depth images agree on.

    Depths of all frames are collected in an octree. A cell becomes one surfel where its depths lie
    in one plane and have one color, and is subdivided otherwise: plain walls get few large surfels,
    edges and texture many small ones. Cells that other frames see through are dropped, as are
    depths at occlusion borders.

    Args:
        frames: Frames with image, depth and pose; others are ignored.
        max_surfels: Largest number of surfels; the finest cells are a few pixels wide.
        opacity: Opacity of all surfels, above 0 and below 1.
        holdout_interval: Every n-th frame is left out, as in `FitConfig`; 0 = none.

    Raises:
        CaptureError: No frame has image, depth and pose, or the depths do not agree.
    """
    if max_surfels < 1:
        raise ConventionError("max_surfels", expected="1 or more", got=str(max_surfels))
    views = usable_views(frames, holdout_interval=holdout_interval)
    return _surfels_of_views(views, max_surfels=max_surfels, opacity=opacity)


def neighbor_angle(poses: NDArray[np.float64]) -> float:
    """Median angle between the directions in which neighboring cameras see their subject, degrees.

    Args:
        poses: (F, 4, 4) float64 `world_from_cam`, F at least 2.

    Raises:
        CaptureError: All cameras are at the same position.
    """
    distances = focus_distances(poses)
    centers, axes = poses[:, :3, 3], poses[:, :3, 2]
    lines = (centers + distances[:, None] * axes)[:, None] - centers[None]
    lines /= np.maximum(np.linalg.norm(lines, axis=2, keepdims=True), 1e-12)
    # From each camera's subject, the line to every other camera against its own axis.
    cosine = np.einsum("fgi,fi->fg", lines, axes)
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    np.fill_diagonal(angle, np.inf)
    return float(np.median(angle.min(axis=1)))


def initial_surfels_from_pictures(
    frames: FrameSource | Sequence[Frame],
    *,
    max_surfels: int = 100_000,
    opacity: float = 0.5,
    holdout_interval: int = 8,
    fills_holes: bool = True,
) -> SurfelCloud:
    """Surfels from posed images alone, without depth or a point cloud.

    Every image is compared with its neighbors at a range of depths (a plane sweep); depths on which
    images agree are used as in `initial_surfels_from_depth`.

    Args:
        frames: Frames with image and pose; others are ignored.
        max_surfels: Largest number of surfels.
        opacity: Opacity of surfels with estimated depth, above 0 and below 1.
        holdout_interval: Every n-th frame is left out, as in `FitConfig`; 0 = none.
        fills_holes: Whether faint surfels stand at a guessed depth where images cannot be compared.

    Raises:
        CaptureError: There are fewer than two views, all from the same position, or nothing in
            them can be matched.
    """
    targets = gather_targets(frames, depth=False)
    learned, _ = split_views(len(targets), holdout_interval)
    views = sweep_depth([targets[i] for i in learned])
    return _surfels_of_views(
        views, max_surfels=max_surfels, opacity=opacity, fills_holes=fills_holes
    )


def initial_surfels_at_random(
    frames: FrameSource | Sequence[Frame], *, count: int = 50_000, seed: int = 0
) -> SurfelCloud:
    """Gray surfels at random positions in view of the cameras, if there is nothing else to start
    from.

    Args:
        frames: Frames with image and pose; others are ignored.
        count: Number of surfels.
        seed: Random seed.

    Raises:
        CaptureError: There are fewer than two views, or all from the same position.
    """
    targets = gather_targets(frames, depth=False)
    poses = np.stack([target.world_from_cam for target in targets])
    distances = focus_distances(poses)
    rng = np.random.default_rng(seed)
    view = rng.integers(0, len(targets), count)
    inverse = np.array([np.linalg.inv(target.camera.K) for target in targets])
    sizes = np.array([target.camera.size[::-1] for target in targets])
    pixels = np.concatenate([rng.random((count, 2)) * sizes[view], np.ones((count, 1))], axis=1)
    # Uniform in inverse depth, from one half to four times the distance of the focus.
    depth = distances[view] / rng.uniform(0.25, 2.0, count)
    rays = np.einsum("nij,nj->ni", inverse[view], pixels) * depth[:, None]
    points = np.einsum("nij,nj->ni", poses[view, :3, :3], rays) + poses[view, :3, 3]
    normals = rng.standard_normal((count, 3))
    gray = np.full((count, 3), 128, np.uint8)
    return initial_surfels_from_points(points, gray, normals=normals)


def _surfels_of_views(
    views: Sequence[DepthView], *, max_surfels: int, opacity: float, fills_holes: bool = True
) -> SurfelCloud:
    samples = lift_views(views)
    if not len(samples.points):
        raise CaptureError(
            "No surface in the depth images",
            expected="smooth regions of depth",
            got=f"none in {len(views)} frames",
        )
    levels = build_levels(samples)
    share = 1 - _HOLE_SHARE if fills_holes else 1.0
    max_cells = max(1, int(share * max_surfels))
    cells = select_cells(levels, choose_leaves(levels, max_cells))
    keep = agreed(cells, views)
    if not keep.any():
        raise CaptureError(
            "The depth images do not agree",
            expected="surfaces that two frames see at the same position",
            got=f"none in {len(views)} frames",
            do="Check the poses and the depth scale.",
        )
    known = cell_surfels(cells[keep], opacity=opacity)
    if not fills_holes:
        return known
    guessed = _hole_surfels(views, max_surfels=max_surfels - len(known))
    return joined_surfels(known, guessed)


def _hole_surfels(views: Sequence[DepthView], *, max_surfels: int) -> SurfelCloud:
    """Surfels of low opacity where images have no depth, unless another view sees through them."""
    points, directions, colors, gaps = guess_holes(views, max_points=max_surfels)
    _, against = count_agreement(points, gaps, views)
    keep = np.flatnonzero(against == 0)[:max_surfels]
    scales = np.repeat(0.5 * gaps[keep, None], 2, axis=1)
    return flat_surfels(points[keep], directions[keep], scales, colors[keep], opacity=_HOLE_OPACITY)


def joined_surfels(first: SurfelCloud, second: SurfelCloud) -> SurfelCloud:
    """The surfels of two clouds with equal numbers of harmonics, without instances and features."""
    names = ("means", "quats", "scales", "opacities", "sh")
    return SurfelCloud(
        *(np.concatenate([getattr(first, name), getattr(second, name)]) for name in names)
    )


def agreed(cells: Cells, views: Sequence[DepthView]) -> NDArray[np.bool_]:
    """(N,) bool, whether cells lie on a surface: enough views agree, and few see through them."""
    agree, against = count_agreement(cells.points, cells.size, views)
    result: NDArray[np.bool_] = (2 * against <= agree) & ((agree >= 2) | (against == 0))
    return result


def cell_surfels(cells: Cells, *, opacity: float) -> SurfelCloud:
    """One surfel per cell, with the spread of its samples, limited by the size of the cell."""
    normals = cells.normals
    direction = np.linalg.eigh(cells.covariance)[1][:, :, 2]
    u = direction - normals * np.einsum("ni,ni->n", direction, normals)[:, None]
    u /= np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-12)
    bad = np.abs(np.linalg.norm(u, axis=1) - 1) > 1e-3
    u[bad] = perpendicular(normals[bad])
    v = np.cross(normals, u)
    spread = np.stack(
        [np.einsum("ni,nij,nj->n", axis, cells.covariance, axis) for axis in (u, v)], axis=1
    )
    # The standard deviation of a square is 0.29 of its edge; disks of 0.5 leave no gaps.
    size = cells.size[:, None]
    scales = np.clip(1.7 * np.sqrt(np.maximum(spread, 0)), 0.3 * size, 0.6 * size)
    rotation = np.stack([u, v, normals], axis=2)
    quats = Rotation.from_matrix(rotation).as_quat()[:, [3, 0, 1, 2]]
    return _cloud(cells.points, quats, scales, cells.colors, opacity=opacity)


def flat_surfels(
    points: NDArray[np.floating],
    normals: NDArray[np.floating],
    scales: NDArray[np.floating],
    colors: NDArray[np.floating],
    *,
    opacity: float,
) -> SurfelCloud:
    """Surfels of equal opacity with given normals.

    Args:
        points: (N, 3) centers.
        normals: (N, 3), of any length above 0 and either sign.
        scales: (N, 2).
        colors: (N, 3) 0 to 1.
        opacity: Above 0 and below 1.
    """
    n = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    n = np.where(n[:, 2:] < 0, -n, n)
    return _cloud(points, quaternion_from_normal(n), scales, colors, opacity=opacity)


def _cloud(
    points: NDArray[np.floating],
    quats: NDArray[np.floating],
    scales: NDArray[np.floating],
    colors: NDArray[np.floating],
    *,
    opacity: float,
) -> SurfelCloud:
    if not 0 < opacity < 1:
        raise ConventionError("opacity", expected="above 0 and below 1", got=f"{opacity:g}")
    quats = quats / np.linalg.norm(quats, axis=1, keepdims=True)
    return SurfelCloud(
        points.astype(np.float32),
        quats.astype(np.float32),
        scales.astype(np.float32),
        np.full(len(points), opacity, np.float32),
        ((colors - 0.5) / SH_C0).astype(np.float32)[:, None],
    )
