"""One object by itself: its mesh or its surfels, and where it stands in the scene."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite, check_rotation, check_unit_interval
from scenewright.core.errors import ConventionError
from scenewright.core.mesh import Mesh
from scenewright.core.surfels import SurfelCloud


@dataclass(frozen=True, eq=False)
class Asset:
    """The shape of one object in a frame of its own, and its placement.

    It holds a mesh, or surfels, or both: a mesh for collisions and printing beside surfels for
    rendering, of the same object. What is known per element is known of the mesh's vertices, or of
    the surfels if there is no mesh.

    Attributes:
        mesh: Vertices in the asset's frame, metres, or None.
        world_from_asset: (4, 4) float64 similarity: rotation, uniform scale, translation.
        surfels: Surfels of the asset's own, in the asset's frame, without instance ids; or None.
        is_whole: Whether the shape is complete (a mesh is watertight, all sides are there), as
            whoever made it says; None if unknown. A mesh that a camera saw from one side is not.
        observed: (V,) whether cameras saw an element; False where a model or a person filled it
            in. None if unknown.
        uncertainty: (V,) float32 in [0, 1]: 0 is as certain as a measured surface, 1 a mere guess.
            None if unknown.
    """

    mesh: Mesh | None = None
    world_from_asset: NDArray[np.float64] = field(default_factory=lambda: np.eye(4))
    surfels: SurfelCloud | None = None
    is_whole: bool | None = None
    observed: NDArray[np.bool_] | None = None
    uncertainty: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.mesh is None and self.surfels is None:
            raise ConventionError("Asset", expected="a mesh, surfels or both", got="neither")
        if self.surfels is not None and self.surfels.instance_id is not None:
            raise ConventionError(
                "Asset.surfels", expected="no instance ids, since all are the object's", got="ids"
            )
        self._check_placement()
        n = self.num_elements
        if self.observed is not None:
            shape = (n,)
            observed = as_array("Asset.observed", self.observed, shape=shape, dtype=np.bool_)
            object.__setattr__(self, "observed", observed)
        if self.uncertainty is not None:
            name = "Asset.uncertainty"
            uncertainty = as_array(name, self.uncertainty, shape=(n,), dtype=np.float32)
            check_unit_interval(name, uncertainty)
            object.__setattr__(self, "uncertainty", uncertainty)
        if self.is_whole is not None:
            object.__setattr__(self, "is_whole", bool(self.is_whole))

    def _check_placement(self) -> None:
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
    def num_elements(self) -> int:
        """V: vertices of the mesh, or surfels if there is no mesh."""
        if self.mesh is not None:
            return len(self.mesh.vertices)
        return 0 if self.surfels is None else len(self.surfels)

    @property
    def num_faces(self) -> int:
        """Faces of the mesh; 0 without one."""
        return 0 if self.mesh is None else len(self.mesh.faces)

    @property
    def scale(self) -> float:
        """The uniform scale of the placement."""
        return float(np.cbrt(np.linalg.det(self.world_from_asset[:3, :3])))

    @property
    def observed_share(self) -> float | None:
        """Share of the surface that cameras saw, in [0, 1]; None if unknown.

        Of a mesh with faces by area, a face counting with the share of its corners that were seen;
        otherwise the share of the elements.
        """
        if self.observed is None or not len(self.observed):
            return None
        if self.mesh is None or not len(self.mesh.faces):
            return float(self.observed.mean())
        a, b, c = self.mesh.vertices.astype(np.float64)[self.mesh.faces].transpose(1, 0, 2)
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        if not area.sum() > 0:
            return float(self.observed.mean())
        return float(area @ self.observed[self.mesh.faces].mean(axis=1) / area.sum())

    def world_vertices(self) -> NDArray[np.float64]:
        """(V, 3) vertices of the mesh, or centers of the surfels without one; metres, world."""
        rotation, offset = self.world_from_asset[:3, :3], self.world_from_asset[:3, 3]
        points = self.mesh.vertices if self.mesh is not None else None
        if points is None:
            assert self.surfels is not None  # checked when it was built
            points = self.surfels.means
        return points.astype(np.float64) @ rotation.T + offset
