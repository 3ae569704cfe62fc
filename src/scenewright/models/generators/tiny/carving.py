"""What measured points show to be free: the space between the camera and what it sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.layouts import voxel_centers
from scenewright.models.generators.tiny.design import GRID

_MOST_POINTS = 4000
_LEAST_POINTS = 50
_MARGIN = 2.0
"""Voxels by which a voxel must be in front of what is seen."""
_LOWEST = 0.5
"""Percentile of the heights of all points that counts as the ground."""
_MOST_ERROR = 2.0
"""Mean distance, pixels, between pixels and their projected points up to which a camera counts."""

Floats = NDArray[np.float64]


def fitted_camera(points: NDArray[np.floating]) -> Floats | None:
    """The projection that leads from points to their pixels (direct linear transform).

    Args:
        points: (H, W, 3) position of each pixel, NaN where unknown.

    Returns:
        (3, 4), its third row gives the depth in the unit of the points; None if the points do not
        tell it, as those of a plane.

    Source: Hartley and Zisserman, Multiple View Geometry, algorithm 7.1.
    """
    known = np.argwhere(np.isfinite(points).all(axis=2))
    if len(known) < _LEAST_POINTS:
        return None
    known = known[:: max(len(known) // _MOST_POINTS, 1)]
    rows, columns = known.T
    found = points[rows, columns].astype(np.float64)
    middle, spread = found.mean(axis=0), max(float(found.std()), 1e-9)
    size = float(max(points.shape[:2]))
    space = np.concatenate([(found - middle) / spread, np.ones((len(found), 1))], axis=1)
    u, v = (columns + 0.5) / size, (rows + 0.5) / size
    none = np.zeros_like(space)
    system = np.concatenate(
        [
            np.concatenate([space, none, -u[:, None] * space], axis=1),
            np.concatenate([none, space, -v[:, None] * space], axis=1),
        ]
    )
    values, vectors = np.linalg.eigh(system.T @ system)
    if values[1] < 1e-9 * values[-1]:
        return None
    matrix = vectors[:, 0].reshape(3, 4)
    matrix[:2] *= size
    matrix = matrix @ np.block(
        [[np.eye(3) / spread, -middle[:, None] / spread], [np.zeros((1, 3)), np.ones((1, 1))]]
    )
    matrix /= np.linalg.norm(matrix[2, :3])
    depths = found @ matrix[2, :3] + matrix[2, 3]
    matrix *= np.sign(np.median(depths))
    pixels = _projected(matrix, found)[:, :2]
    error = np.abs(pixels - np.stack([columns + 0.5, rows + 0.5], axis=1)).mean()
    return matrix if error <= _MOST_ERROR else None


def free_voxels(
    points: NDArray[np.floating], camera: Floats, cube: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """(32, 32, 32) voxels of the cube of an object that the camera looks through.

    Args:
        points: (H, W, 3) position of each pixel, NaN where unknown.
        camera: (3, 4) projection, see `fitted_camera`.
        cube: (4,) center and edge, in the frame of the points.
    """
    corners = voxel_centers(np.argwhere(np.ones((GRID,) * 3, bool)), resolution=GRID)
    where = _projected(camera, cube[:3] + cube[3] * corners)
    columns, rows = np.floor(where[:, :2]).astype(np.int64).T
    height, width = points.shape[:2]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    inside &= where[:, 2] > 0
    rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)
    seen = points[rows, columns].astype(np.float64) @ camera[2, :3] + camera[2, 3]
    with np.errstate(invalid="ignore"):
        is_free = inside & (where[:, 2] < seen - _MARGIN * cube[3] / GRID)
    result: NDArray[np.bool_] = is_free.reshape((GRID,) * 3)
    return result


def below_ground(points: NDArray[np.floating], cube: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(32, 32, 32) voxels of the cube of an object that are below everything that is seen.

    What a camera sees ends at a floor, or at the top of a table; nothing reaches through it.

    Args:
        points: (H, W, 3) position of each pixel, z up, NaN where unknown.
        cube: (4,) center and edge, in the frame of the points.
    """
    heights = points[..., 2][np.isfinite(points).all(axis=2)].astype(np.float64)
    if len(heights) < _LEAST_POINTS:
        return np.zeros((GRID,) * 3, bool)
    ground = float(np.percentile(heights, _LOWEST))
    centers = cube[2] + cube[3] * ((np.arange(GRID) + 0.5) / GRID - 0.5)
    return np.broadcast_to(centers < ground, (GRID,) * 3)


def _projected(camera: Floats, points: Floats) -> Floats:
    """(P, 3) columns, rows and depths of points."""
    found = points @ camera[:, :3].T + camera[:, 3]
    depth = np.where(np.abs(found[:, 2]) < 1e-9, 1e-9, found[:, 2])
    return np.concatenate([found[:, :2] / depth[:, None], found[:, 2:]], axis=1)
