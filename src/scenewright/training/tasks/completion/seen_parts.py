"""What views of a synthetic world show of each of its objects: exact depth, exact ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.completion.evidence import conflict_share, sharpened
from scenewright.completion.seen_surface import SeenSurface
from scenewright.completion.support import find_support
from scenewright.core import StateGrid
from scenewright.geometry.projection import unproject_pixels
from scenewright.geometry.state_grids import StateCounts, grid_frame
from scenewright.geometry.transforms import transform_points
from scenewright.models.partial_shapes import PartialShape
from scenewright.worlds.film import SyntheticCapture

UP = np.array([0.0, 0.0, 1.0])
"""Against gravity, in every synthetic world."""


@dataclass(frozen=True, eq=False)
class SeenView:
    """What one view shows.

    Attributes:
        number: Of the view in its film.
        surface: A point per pixel with depth, world frame.
        ids: (P,) instance of each.
    """

    number: int
    surface: SeenSurface
    ids: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class SeenPart:
    """What some views show of one object.

    Attributes:
        instance: Its id.
        shape: The evidence on it, at the precision of the seen surface.
        surface: Its seen surface.
    """

    instance: int
    shape: PartialShape
    surface: SeenSurface


def seen_view(film: SyntheticCapture, number: int) -> SeenView:
    """The surface in a view of a film, and the id of each of its points."""
    view = film.view(number)
    rows, columns = np.nonzero(view.depth)
    points = unproject_pixels(rows, columns, view.depth[rows, columns], film.camera)
    surface = SeenSurface(
        transform_points(points, film.true_world_from_cam[number]),
        view.normals[rows, columns].astype(np.float64),
        view.image[rows, columns],
    )
    return SeenView(number, surface, view.id_map[rows, columns])


def seen_parts(
    film: SyntheticCapture,
    views: Sequence[SeenView],
    *,
    ids: Sequence[int],
    least_pixels: int,
    resolution: int,
    margin: float,
) -> Iterator[SeenPart]:
    """What views show of objects, by the steps of `completion`: evidence, support, sharpening.

    Args:
        film: The film that the views are of.
        views: Those that count, at least one.
        ids: The objects.
        least_pixels: Objects with fewer pixels in all views are left out.
        resolution: Cells along each edge of a grid.
        margin: Edge of a grid, in longest sides of what was seen.

    Returns:
        Those objects of which the grid has an occupied cell.
    """
    seen = np.concatenate([view.ids for view in views])
    surface = _joined([view.surface for view in views])
    counts = np.bincount(seen)
    known = [i for i in ids if i < len(counts) and counts[i] >= least_pixels]
    evidence = StateCounts({
        i: grid_frame(surface.points[seen == i], margin=margin, resolution=resolution)
        for i in known
    })  # fmt: skip
    for n in (view.number for view in views):
        view = film.view(n)
        evidence.add(
            view.depth, view.id_map, camera=film.camera,
            world_from_cam=film.true_world_from_cam[n],
        )  # fmt: skip
    for i in known:
        own = _picked(surface, seen == i)
        grid = evidence.grid(i, own.points)
        others = _picked(surface, (seen != i) & _near(surface.points, grid))
        support = find_support(own, others, up=UP)
        conflict = conflict_share(grid, own)
        grid = sharpened(grid, own, others=others.points, up=UP, support=support)
        shape = PartialShape(grid, UP, support, conflict)
        if shape.occupied.any():
            yield SeenPart(i, shape, own)


def _near(points: NDArray[np.float64], grid: StateGrid) -> NDArray[np.bool_]:
    """(N,) points in a grid or within half its edge around it."""
    edge = grid.cell_size * grid.states.shape[0]
    near = np.ones(len(points), np.bool_)
    for axis in range(3):
        along = points[:, axis] - grid.origin[axis]
        near &= (along > -0.5 * edge) & (along < 1.5 * edge)
    return near


def _joined(parts: Sequence[SeenSurface]) -> SeenSurface:
    return SeenSurface(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.colors for part in parts]),
    )


def _picked(surface: SeenSurface, which: NDArray[np.bool_]) -> SeenSurface:
    rows = np.flatnonzero(which)
    return SeenSurface(surface.points[rows], surface.normals[rows], surface.colors[rows])
