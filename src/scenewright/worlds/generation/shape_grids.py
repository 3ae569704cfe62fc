"""Occupancy grids of objects: which voxels of a cube an object fills."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.geometry.layouts import similarity
from scenewright.geometry.solid_cells import fill_solid
from scenewright.geometry.surface_voxels import UnitCube, surface_voxels
from scenewright.models.generators.tiny.design import LONGEST_EDGE
from scenewright.worlds.objects.model import ObjectModel

RESOLUTION = 32
"""Voxels per side of a grid."""
SUBCELLS = 3
"""Samples per side of a voxel."""
LEAST_SAMPLES = 4
"""A voxel is occupied if at least this many of its 27 samples are inside the object."""


def canonical_frame(model: ObjectModel) -> NDArray[np.float64]:
    """(4, 4) similarity from the frame of a model to its cube [-0.5, 0.5]^3, axes unchanged."""
    cube = UnitCube.around(model.bounds)
    scale = LONGEST_EDGE / cube.edge
    return similarity(scale, np.eye(3), -scale * np.array(cube.center))


def shape_grid(
    model: ObjectModel, cube_from_object: NDArray[np.float64], *, resolution: int = RESOLUTION
) -> NDArray[np.bool_]:
    """The voxels of the cube [-0.5, 0.5]^3 that an object fills.

    A voxel counts if about a seventh of it is inside, so that sheets and legs thinner than a voxel
    stay. What is thinner than a third of a voxel is kept as the voxels that its surface touches.

    Args:
        model: The object.
        cube_from_object: (4, 4) similarity; parts outside of the cube are cut off.
        resolution: Voxels per side.

    Returns:
        (r, r, r) bool, x first.
    """
    fine = resolution * SUBCELLS
    grid = np.zeros((fine,) * 3, np.int32)
    triangles = [_moved(part.mesh.vertices, cube_from_object)[part.mesh.faces]
                 for part in model.parts]  # fmt: skip
    if model.solid is not None:
        triangles = [_moved(model.solid.vertices, cube_from_object)[model.solid.faces]]
    for corners in triangles:
        fill_solid(corners, np.full(3, -0.5), 1 / fine, 1, grid)
    return _filled(grid, SUBCELLS, LEAST_SAMPLES) | _thin_parts(triangles, resolution)


def union_grid(grids: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """The voxels that any of several objects fills."""
    union: NDArray[np.bool_] = np.logical_or.reduce(grids)
    return union


@njit(cache=True)
def _filled(grid: NDArray[np.int32], side: int, least: int) -> NDArray[np.bool_]:
    """(r, r, r) whether blocks of side^3 cells of a cubic grid add up to `least` or more."""
    count = len(grid) // side
    result = np.zeros((count, count, count), np.bool_)
    for i in range(count):
        for j in range(count):
            for k in range(count):
                total = 0
                for a in range(side):
                    for b in range(side):
                        for c in range(side):
                            total += grid[i * side + a, j * side + b, k * side + c]
                result[i, j, k] = total >= least
    return result


def _moved(points: NDArray[np.floating], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    moved: NDArray[np.float64] = points.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    return moved


def _thin_parts(triangles: Sequence[NDArray[np.float64]], resolution: int) -> NDArray[np.bool_]:
    """The surface voxels of parts whose box is thinner than the distance of the samples."""
    result = np.zeros((resolution,) * 3, bool)
    for corners in triangles:
        points = corners.reshape(-1, 3)
        if np.ptp(points, axis=0).min() * resolution * SUBCELLS >= 1:
            continue
        middles = corners[(np.abs(corners) < 0.5).all((1, 2))]
        if len(middles):
            touched = surface_voxels(middles, resolution=resolution)
            result[touched[:, 0], touched[:, 1], touched[:, 2]] = True
    return result
