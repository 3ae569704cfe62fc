"""Settings of the extraction of objects."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.core import ConventionError
from scenewright.geometry.state_grids import MARGIN, RESOLUTION
from scenewright.splats.rendering import Engine


@dataclass(frozen=True)
class ObjectConfig:
    """Settings of the extraction of objects from labeled surfels."""

    voxel_size: float | None = None
    """Voxel edge length for the meshes, meters; None derives it from the extent of the scene."""
    depth_ratio: float = 1.0
    """See `SurfaceImages`."""
    resolution: int = RESOLUTION
    """Cells along the edge of an object's state grid."""
    margin: float = MARGIN
    """Edge of the state grid, in longest sides of the object."""
    least_surfels: int = 20
    """Instances with fewer surfels are left in the background."""
    least_pixels: int = 20
    """A view sees an object if it shows at least this many of its pixels."""
    least_faces: int = 50
    """Connected parts of a mesh with fewer faces are removed as floaters."""
    most_parts: int = 3
    """Number of connected parts to keep of the mesh of an object."""
    meshes: bool = True
    """Whether to make a mesh of each object."""
    grids: bool = True
    """Whether to make a state grid of each object."""
    engine: Engine = "numba"
    """Engine that renders depth and color. "gsplat" has never been run on a GPU."""

    def __post_init__(self) -> None:
        for name in ("resolution", "least_surfels", "least_pixels", "least_faces", "most_parts"):
            if getattr(self, name) < 1:
                got = str(getattr(self, name))
                raise ConventionError(f"ObjectConfig.{name}", expected="1 or more", got=got)
        if not self.margin >= 1:
            got = f"{self.margin:g}"
            raise ConventionError("ObjectConfig.margin", expected="1 or more", got=got)
