"""One object on its own: its mesh, and where it stands in the scene."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite, check_rotation
from scenewright.core.errors import ConventionError


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh, front faces counter-clockwise seen from outside.

    Attributes:
        vertices: (V, 3) float32, metres.
        faces: (F, 3) int32 indices into `vertices`.
        vertex_colors: (V, 3) uint8 RGB, or None.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    vertex_colors: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        vertices = as_array("Mesh.vertices", self.vertices, shape=(None, 3), dtype=np.float32)
        check_finite("Mesh.vertices", vertices)
        faces = as_array("Mesh.faces", self.faces, shape=(None, 3), dtype=np.int32)
        if faces.size and (faces.min() < 0 or faces.max() >= len(vertices)):
            raise ConventionError(
                "Mesh.faces",
                expected=f"indices from 0 to {len(vertices) - 1}",
                got=f"{faces.min()} to {faces.max()}",
            )
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)
        if self.vertex_colors is not None:
            shape = (len(vertices), 3)
            colors = as_array("Mesh.vertex_colors", self.vertex_colors, shape=shape, dtype=np.uint8)
            object.__setattr__(self, "vertex_colors", colors)


@dataclass(frozen=True, eq=False)
class Asset:
    """A mesh in its own frame, and its placement.

    Attributes:
        mesh: Vertices in the asset's frame, metres.
        world_from_asset: (4, 4) float64 similarity: rotation, uniform scale, translation.
    """

    mesh: Mesh
    world_from_asset: NDArray[np.float64] = field(default_factory=lambda: np.eye(4))

    def __post_init__(self) -> None:
        name = "Asset.world_from_asset"
        matrix = as_array(name, self.world_from_asset, shape=(4, 4), dtype=np.float64)
        check_finite(name, matrix)
        object.__setattr__(self, "world_from_asset", matrix)
        if not np.allclose(matrix[3], (0, 0, 0, 1)):
            raise ConventionError(name, expected="last row 0 0 0 1", got=f"{matrix[3].tolist()}")
        if self.scale <= 0:
            raise ConventionError(name, expected="a positive scale", got=f"{self.scale:g}")
        check_rotation(name, matrix[:3, :3] / self.scale)

    @property
    def scale(self) -> float:
        """The uniform scale of the placement."""
        return float(np.cbrt(np.linalg.det(self.world_from_asset[:3, :3])))

    def world_vertices(self) -> NDArray[np.float64]:
        """(V, 3) vertices, metres, world frame."""
        rotation, offset = self.world_from_asset[:3, :3], self.world_from_asset[:3, 3]
        return self.mesh.vertices.astype(np.float64) @ rotation.T + offset
