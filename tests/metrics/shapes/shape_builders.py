"""Boxes as point sets and meshes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from tests.builders import make_cube


def box_mesh(low: tuple[float, float, float], size: tuple[float, float, float]) -> Mesh:
    """A closed box with the given lowest corner and extents."""
    cube = make_cube(colors=False)
    vertices = cube.vertices.astype(np.float64)
    unit = (vertices - vertices.min(axis=0)) / np.ptp(vertices, axis=0)
    return Mesh((unit * size + low).astype(np.float32), cube.faces)


def room_meshes() -> dict[int, Mesh]:
    """A table with a box on it, a cupboard and a stool, z up, of different shapes."""
    return {
        3: box_mesh((0, 0, 0), (1.2, 0.6, 0.7)),
        5: box_mesh((0.2, 0.1, 0.7), (0.3, 0.2, 0.15)),
        6: box_mesh((-1.1, 0.3, 0), (0.5, 0.9, 1.4)),
        9: box_mesh((0.4, -0.9, 0), (0.3, 0.35, 0.4)),
    }


def moved(mesh: Mesh, matrix: NDArray[np.float64]) -> Mesh:
    """A mesh under a (4, 4) transform."""
    vertices = mesh.vertices.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    return Mesh(vertices.astype(np.float32), mesh.faces, mesh.vertex_colors)


def placement(
    rotation: NDArray[np.float64],
    *,
    scale: float = 1.0,
    offset: tuple[float, float, float] = (0, 0, 0),
) -> NDArray[np.float64]:
    """(4, 4) similarity."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = scale * rotation, offset
    return matrix
