"""Completed objects against the true ones: volumes, the unseen part, and what was seen.

All in the frame and unit of the scene; nothing is aligned. Volumes are compared on the cells of a
grid around both meshes. An object that is not closed counts as the cells that its surface passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from scenewright.core import FREE, UNKNOWN, ConventionError, Mesh, StateGrid
from scenewright.geometry.sheets import is_closed
from scenewright.geometry.solid_cells import fill_solid
from scenewright.metrics.shapes.meshes import compare_meshes, sample_surface

RESOLUTION: Final = 64
"""Cells along the longest side of the box around both objects."""
NUM_SAMPLES: Final = 10_000
F_DISTANCE: Final = 0.01
"""Distance of the F-score, meters."""
F_SHARE: Final = 0.02
"""Distance of the other F-score, as a share of the diagonal of the true box."""


@dataclass(frozen=True)
class CompletionScores:
    """Agreement of one completed object with the true one; NaN where nothing can be measured.

    Attributes:
        iou: Intersection over union of the volumes.
        hidden_iou: The same within the cells of which the evidence says nothing.
        chamfer: Mean of the mean distances in both directions, meters.
        f_score: F-score at 1 cm.
        f_score_relative: F-score at 2 % of the diagonal of the true box.
        normal_consistency: Mean of |n . n'| over nearest pairs.
        seen_recall: Share of the seen points within a cell of the result, or within the distance
            between neighboring points where that is larger.
        free_violation: Share of the volume that lies in cells known to be free.
        watertight: 1 if the mesh is closed, 0 if not.
    """

    iou: float
    hidden_iou: float
    chamfer: float
    f_score: float
    f_score_relative: float
    normal_consistency: float
    seen_recall: float
    free_violation: float
    watertight: float


def measure_completion(
    predicted: Mesh,
    truth: Mesh,
    *,
    grid: StateGrid | None = None,
    seen: NDArray[np.floating] | None = None,
    num_samples: int = NUM_SAMPLES,
    seed: int = 0,
) -> CompletionScores:
    """Measures one object.

    Args:
        predicted: World frame, meters.
        truth: Closed parts, which may overlap; world frame, meters.
        grid: The evidence on the object; None leaves out what needs it.
        seen: (N, 3) points on its seen surface; None leaves out their recall.
        num_samples: Samples of each surface.
        seed: Random seed of the samples.

    Raises:
        ConventionError: A mesh has no area.
    """
    points = np.concatenate([predicted.vertices, truth.vertices]).astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    cell = float((high - low).max()) / RESOLUTION
    if not cell > 0:
        raise ConventionError("meshes to compare", expected="an extent", got="a single point")
    low = low - cell
    shape = tuple((np.ceil((high - low) / cell) + 1).astype(int).tolist())
    ours = solid_cells(predicted, low, cell, shape)
    theirs = solid_cells(truth, low, cell, shape, is_solid=True)
    hidden_iou = np.nan if grid is None else _iou_within(ours, theirs, grid, low, cell)
    diagonal = float(np.linalg.norm(np.ptp(truth.vertices.astype(np.float64), axis=0)))
    near = F_SHARE * diagonal
    surfaces = compare_meshes(
        predicted, truth, seed=seed, num_samples=num_samples, thresholds=(F_DISTANCE, near)
    )
    consistency = surfaces.normal_consistency
    recall, violation = np.nan, np.nan
    if seen is not None and len(seen):
        reach = max(cell if grid is None else grid.cell_size, _spacing(seen))
        samples, _ = sample_surface(predicted, num_samples, seed=seed)
        corners = predicted.vertices.astype(np.float64)
        cloud = np.concatenate([samples, corners, corners[predicted.faces].mean(axis=1)])
        recall = float((KDTree(cloud).query(seen)[0] <= reach).mean())
    if grid is not None:
        inside = solid_cells(predicted, grid.origin, grid.cell_size, grid.states.shape)
        free = inside & (grid.states == FREE)
        violation = float(free.sum() / max(int(inside.sum()), 1))
    return CompletionScores(
        _iou(ours, theirs), hidden_iou, surfaces.chamfer, surfaces.f_score[F_DISTANCE],
        surfaces.f_score[near], np.nan if consistency is None else consistency, recall, violation,
        float(is_closed(predicted.faces)),
    )  # fmt: skip


def solid_cells(
    mesh: Mesh,
    origin: NDArray[np.float64],
    cell_size: float,
    shape: Sequence[int],
    *,
    is_solid: bool | None = None,
) -> NDArray[np.bool_]:
    """The cells of a grid that a mesh fills; those that an open one passes.

    Args:
        mesh: World frame, meters.
        origin: (3,) lowest corner of the grid.
        cell_size: Meters.
        shape: Number of cells along each axis.
        is_solid: Whether the mesh encloses its inside; None finds out.
    """
    corners = mesh.vertices.astype(np.float64)[mesh.faces]
    result = np.zeros(tuple(shape), np.int32)
    if is_closed(mesh.faces) if is_solid is None else is_solid:
        fill_solid(corners, np.asarray(origin, np.float64), cell_size, 1, result)
        return result > 0
    area = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    count = int(np.clip(4 * area.sum() / cell_size**2, 1, 400_000))
    samples, _ = sample_surface(mesh, count, seed=0)
    cells = np.floor((samples - origin) / cell_size).astype(np.int64)
    cells = cells[((cells >= 0) & (cells < result.shape)).all(axis=1)]
    result[tuple(cells.T)] = 1
    return result > 0


def overlap_share(meshes: Mapping[int, Mesh]) -> float:
    """Largest share of the volume of an object that lies in another one, in [0, 1].

    Args:
        meshes: Closed meshes of one scene by id; open ones are left out.
    """
    closed = [mesh for mesh in meshes.values() if is_closed(mesh.faces)]
    worst = 0.0
    for n, one in enumerate(closed):
        for other in closed[n + 1 :]:
            low = np.maximum(one.vertices.min(axis=0), other.vertices.min(axis=0))
            high = np.minimum(one.vertices.max(axis=0), other.vertices.max(axis=0))
            if (high <= low).any():
                continue
            worst = max(worst, _shared(one, other))
    return worst


def mean_scores(scores: Sequence[CompletionScores]) -> CompletionScores:
    """Means over objects, each without those of which it is unknown."""
    columns = {}
    for field in fields(CompletionScores):
        values = np.array([getattr(one, field.name) for one in scores], np.float64)
        known = values[~np.isnan(values)]
        columns[field.name] = float(known.mean()) if len(known) else np.nan
    return CompletionScores(**columns)


def _spacing(points: NDArray[np.floating]) -> float:
    """Typical distance between neighboring points, meters."""
    if len(points) < 2:
        return 0.0
    sample = points[:: -(-len(points) // 1000)]
    return float(np.median(KDTree(points).query(sample, k=2)[0][:, 1]))


def _shared(one: Mesh, other: Mesh) -> float:
    """Volume in both over the smaller of the two."""
    smaller = min((one, other), key=lambda mesh: float(np.prod(np.ptp(mesh.vertices, axis=0))))
    low = smaller.vertices.min(axis=0).astype(np.float64)
    high = smaller.vertices.max(axis=0)
    cell = float((high - low).max()) / RESOLUTION
    shape = tuple((np.ceil((high - low) / cell) + 1).astype(int).tolist())
    ours, theirs = (solid_cells(mesh, low, cell, shape) for mesh in (one, other))
    volume = solid_cells(smaller, low, cell, shape).sum()
    return float((ours & theirs).sum() / max(int(volume), 1))


def _iou(ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> float:
    union = int((ours | theirs).sum())
    return float((ours & theirs).sum() / union) if union else np.nan


def _iou_within(
    ours: NDArray[np.bool_],
    theirs: NDArray[np.bool_],
    grid: StateGrid,
    low: NDArray[np.float64],
    cell: float,
) -> float:
    """IoU within the cells that are unknown in a grid, or outside of it."""
    unknown = np.ones(ours.shape, np.bool_)
    index, inside = [], []
    for k in range(3):
        centers = low[k] + cell * (np.arange(ours.shape[k]) + 0.5)
        at = np.floor((centers - grid.origin[k]) / grid.cell_size).astype(np.int64)
        within = (at >= 0) & (at < grid.states.shape[k])
        index.append(np.where(within, at, 0))
        inside.append(within)
    covered = inside[0][:, None, None] & inside[1][:, None] & inside[2]
    unknown[covered] = grid.states[np.ix_(*index)][covered] == UNKNOWN
    return _iou(ours & unknown, theirs & unknown)
