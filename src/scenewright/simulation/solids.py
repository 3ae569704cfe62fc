"""Volume and inertia of closed meshes, and their convex parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from scenewright.core import require
from scenewright.geometry.sheets import is_closed, separated_sheets

EXTRA = "simulation"
MOST_PARTS = 12
"""Largest number of convex parts of an object."""
_CONVEX = 0.92
"""A mesh that fills at least this share of its convex hull counts as convex."""
_CONCAVITY = 0.08
"""Largest concavity of a part, see CoACD (Wei et al., SIGGRAPH 2022)."""
_MOST_FACES = 600
_LEAST_THICKNESS = 0.004
"""Thinner things are made this thick for collisions, meters."""


@dataclass(frozen=True, eq=False)
class Hull:
    """A convex part.

    Attributes:
        vertices: (V, 3) float64, meters.
        faces: (F, 3) int64, counter-clockwise seen from outside.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MassProperties:
    """Of a solid of density 1.

    Attributes:
        volume: Cubic meters.
        center: (3,) center of mass.
        inertia: (3, 3) about the center of mass.
    """

    volume: float
    center: NDArray[np.float64]
    inertia: NDArray[np.float64]


def mass_properties(vertices: NDArray[np.float64], faces: NDArray[np.integer]) -> MassProperties:
    """Integrals over a closed mesh, summed over the tetrahedra below its faces.

    Args:
        vertices: (V, 3) meters.
        faces: (F, 3), counter-clockwise seen from outside.
    """
    origin = vertices.mean(axis=0)
    a, b, c = (vertices[faces[:, k]] - origin for k in range(3))
    volumes = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    volume = float(volumes.sum())
    if not abs(volume) > 1e-15:
        return MassProperties(0.0, origin, np.zeros((3, 3)))
    center = (volumes[:, None] * (a + b + c)).sum(axis=0) / 4 / volume
    total = a + b + c
    second = sum(np.einsum("f,fi,fj->ij", volumes, p, p) for p in (a, b, c, total)) / 20
    second = second - volume * np.outer(center, center)
    inertia = np.trace(second) * np.eye(3) - second
    return MassProperties(abs(volume), origin + center, inertia * np.sign(volume))


def hull_of(points: NDArray[np.float64]) -> Hull:
    """The convex hull; a flat one is made thick along its normal."""
    try:
        hull = ConvexHull(points)
    except (QhullError, ValueError):
        middle = points.mean(axis=0)
        normal = np.linalg.svd(points - middle)[2][2]
        thick = _LEAST_THICKNESS / 2 * normal
        flat = points - np.outer((points - middle) @ normal, normal)
        hull = ConvexHull(np.concatenate([flat + thick, flat - thick]), qhull_options="QJ")
    used, number = np.unique(hull.simplices, return_inverse=True)
    vertices = hull.points[used]
    faces = number.reshape(-1, 3).astype(np.int64)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    outward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3])
    faces[outward < 0] = faces[outward < 0][:, ::-1]
    return Hull(vertices, faces)


def convex_parts(vertices: NDArray[np.float64], faces: NDArray[np.integer]) -> list[Hull]:
    """Convex parts that cover a closed mesh, one if it is nearly convex.

    Args:
        vertices: (V, 3) meters.
        faces: (F, 3).

    Raises:
        MissingExtraError: The mesh is not convex, and CoACD is not installed.
    """
    whole = hull_of(vertices)
    volume = mass_properties(vertices, faces).volume
    if volume >= _CONVEX * mass_properties(whole.vertices, whole.faces).volume:
        return [whole]
    library = require("coacd", extra=EXTRA)
    points: NDArray[np.floating] = vertices
    corners: NDArray[np.integer] = faces
    if len(corners) > _MOST_FACES:
        simplify = require("fast_simplification", extra="assets").simplify
        share = 1 - _MOST_FACES / len(corners)
        points, corners = simplify(points.astype(np.float32), corners.astype(np.int32), share)
        points, corners = separated_sheets(points, corners)
    library.set_log_level("error")
    # CoACD makes meshes of others manifold, which takes longer than the decomposition.
    preparation = "off" if is_closed(corners) else "auto"
    found = library.run_coacd(
        library.Mesh(points.astype(np.float64), corners.astype(np.int32)),
        threshold=_CONCAVITY, max_convex_hull=MOST_PARTS, resolution=100, mcts_nodes=8,
        mcts_iterations=10, mcts_max_depth=2, seed=0,
        preprocess_mode=preparation,
    )  # fmt: skip
    return [hull_of(np.asarray(part[0], np.float64)) for part in found]
