"""Nothing that was seen is lost: a mesh is pulled to seen surface that it runs past."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from scenewright.completion.seen_surface import SeenSurface
from scenewright.geometry.solid_cells import fill_solid
from scenewright.models.partial_shapes import PartialShape

_FAR = 0.9
"""Seen surface that is farther than this from the mesh is not covered, in cells."""
_REACH = 2.5
"""Largest distance over which a vertex is pulled, in cells."""
_SAMPLES = 3
"""Samples of the seen surface along a cell."""
_MOST_ROUNDS = 12
_ASKED = 6
"""Vertices that a sample may pull: the nearest that no other sample has taken."""


def pulled_to_seen(
    vertices: NDArray[np.float64],
    faces: NDArray[np.integer],
    surface: SeenSurface,
    shape: PartialShape,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Moves single vertices onto seen surface that lies more than a fraction of a cell away.

    Cells cannot show what is narrower than they are: a gap between two seen sheets is filled, and
    the surface in it is buried; smoothing rounds edges. Where that loses seen surface, the nearest
    vertex is moved onto it. A move that would enclose a free cell is taken back.

    Args:
        vertices: (V, 3) meters, world frame.
        faces: (F, 3).
        surface: The seen surface.
        shape: The evidence, whose grid gives the length of a cell.

    Returns:
        The new vertices, and (V,) which of them were moved.
    """
    cell = shape.grid.cell_size
    samples = surface.thinned(cell / _SAMPLES).points
    moved, is_moved = vertices.copy(), np.zeros(len(vertices), np.bool_)
    is_fixed = np.zeros(len(vertices), np.bool_)
    for _ in range(_MOST_ROUNDS):
        lost = samples[_distances(moved, faces, samples, most=_FAR * cell) > _FAR * cell]
        if not len(lost):
            break
        chosen, targets = _nearest_vertices(moved, lost, ~is_moved & ~is_fixed, cell)
        if not len(chosen):
            break
        before = moved.copy()
        moved[chosen] = targets
        wrong = _enclosing_free(moved, faces, chosen, shape)
        moved[wrong], is_fixed[wrong] = before[wrong], True
        is_moved[np.setdiff1d(chosen, wrong)] = True
    return moved, is_moved


def _distances(
    vertices: NDArray[np.float64],
    faces: NDArray[np.integer],
    samples: NDArray[np.float64],
    *,
    most: float,
) -> NDArray[np.float64]:
    """Distance of each sample to the nearest vertex or middle of a face; infinite beyond `most`."""
    cloud = np.concatenate([vertices, vertices[faces].mean(axis=1)])
    found: NDArray[np.float64] = KDTree(cloud).query(samples, distance_upper_bound=most)[0]
    return found


def _nearest_vertices(
    vertices: NDArray[np.float64],
    lost: NDArray[np.float64],
    is_open: NDArray[np.bool_],
    cell: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """A vertex for each of the lost samples, nearest pairs first, and where it goes."""
    rows = np.flatnonzero(is_open)
    if not len(rows):
        return np.zeros(0, np.int64), np.zeros((0, 3))
    count = min(_ASKED, len(rows))
    distance, nearest = KDTree(vertices[rows]).query(
        lost, k=count, distance_upper_bound=_REACH * cell
    )
    distance, nearest = distance.reshape(len(lost), count), nearest.reshape(len(lost), count)
    order = np.argsort(distance, axis=None, kind="stable")
    taken: dict[int, int] = {}
    served: list[NDArray[np.float64]] = []
    for flat in order.tolist():
        sample, k = divmod(flat, count)
        if not np.isfinite(distance[sample, k]):
            break
        vertex = int(rows[nearest[sample, k]])
        # A sample beside one that is served is covered by it.
        if vertex in taken or any(
            float(np.linalg.norm(lost[sample] - other)) < _FAR * cell for other in served[-200:]
        ):
            continue
        taken[vertex] = sample
        served.append(lost[sample])
    chosen = np.array(list(taken), np.int64)
    return chosen, lost[np.array(list(taken.values()), np.int64)].reshape(-1, 3)


def _enclosing_free(
    vertices: NDArray[np.float64],
    faces: NDArray[np.integer],
    chosen: NDArray[np.int64],
    shape: PartialShape,
) -> NDArray[np.int64]:
    """Which of the chosen vertices lie within two cells of a free cell that the mesh encloses."""
    grid = shape.grid
    inside = np.zeros(grid.states.shape, np.int32)
    fill_solid(vertices[faces], grid.origin, grid.cell_size, 1, inside)
    wrong = np.argwhere((inside > 0) & shape.free)
    if not len(wrong):
        return np.zeros(0, np.int64)
    centers = grid.origin + grid.cell_size * (wrong + 0.5)
    distance = KDTree(centers).query(vertices[chosen])[0]
    found: NDArray[np.int64] = chosen[distance < 2 * grid.cell_size]
    return found
