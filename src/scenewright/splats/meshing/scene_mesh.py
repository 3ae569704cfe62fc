"""The mesh of a whole scene of surfels."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.core import ConventionError, Mesh, SurfelCloud, Views
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.meshing.bounded import fuse_images
from scenewright.splats.meshing.cleaning import LEAST_FACES, MOST_PARTS, largest_parts
from scenewright.splats.meshing.scene_extent import scene_reach, scene_voxel
from scenewright.splats.meshing.surface_images import SurfaceImages
from scenewright.splats.meshing.unbounded import focus_of, fuse_contracted
from scenewright.splats.rendering import Engine

UNBOUNDED_CELLS = 128
"""Cells from the center of an unbounded scene to the radius at which contraction begins."""


@dataclass(frozen=True)
class MeshConfig:
    """Settings of the mesh of a scene."""

    voxel_size: float | None = None
    """Edge of a voxel, meters; None derives it from the extent, see `scene_voxel`. In an unbounded
    scene, the edge in the part that is not contracted."""
    max_depth: float | None = None
    """Bounded only: surface farther from its camera is ignored, meters; None uses the whole
    extent."""
    depth_ratio: float | None = None
    """See `SurfaceImages`; None is 1 for bounded and 0 for unbounded scenes."""
    unbounded: bool = False
    """Whether the scene extends to the horizon; then it is fused in contracted space."""
    most_parts: int = MOST_PARTS
    """Number of connected parts to keep, the largest ones."""
    least_faces: int = LEAST_FACES
    """Connected parts with fewer faces are removed as floaters."""


def surfels_to_mesh(
    surfels: SurfelCloud,
    views: Views,
    *,
    config: MeshConfig | None = None,
    engine: Engine = "numba",
    progress: Progress = no_progress,
) -> Mesh:
    """Fuses the depth of all views into a colored mesh without floaters.

    Args:
        surfels: The scene.
        views: Cameras to draw it from, at least one; what no camera sees gets no faces.
        config: Settings; None uses the defaults.
        engine: Engine that draws, see `render`.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: There is no surfel or no view, a size is not positive, or the optical axes
            of the views of an unbounded scene do not meet.
    """
    config = config or MeshConfig()
    for name, items in (("surfels", surfels), ("views", views)):
        if not len(items):
            raise ConventionError(f"{name} to mesh", expected="at least one", got="none")
    ratio = float(not config.unbounded) if config.depth_ratio is None else config.depth_ratio
    voxel_size = config.voxel_size
    pictures = SurfaceImages(surfels, views, depth_ratio=ratio, engine=engine, progress=progress)
    if config.unbounded:
        middle, radius = focus_of(views)
        size = radius / UNBOUNDED_CELLS if voxel_size is None else voxel_size
        surface = fuse_contracted(pictures, middle=middle, radius=radius, voxel_size=size)
    else:
        surface = fuse_images(
            pictures,
            voxel_size=scene_voxel(surfels) if voxel_size is None else voxel_size,
            max_depth=scene_reach(surfels, views) if config.max_depth is None else config.max_depth,
        )
    mesh = Mesh(surface.vertices, surface.faces, surface.colors)
    return largest_parts(mesh, most_parts=config.most_parts, least_faces=config.least_faces)
