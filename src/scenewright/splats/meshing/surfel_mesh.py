"""The mesh of a scene of surfels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Mesh, SurfelCloud, Views
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.meshing.bounded import fuse_pictures
from scenewright.splats.meshing.cleaning import LEAST_FACES, MOST_PARTS, largest_parts
from scenewright.splats.meshing.surface_images import SurfacePictures
from scenewright.splats.meshing.unbounded import focus_of, fuse_contracted
from scenewright.splats.rasterizer.rendering import Engine

CELLS = 384
"""Voxels along the longest side of a bounded scene, unless told otherwise."""
UNBOUNDED_CELLS = 128
"""Cells from the middle of an unbounded scene to where contraction begins."""
_OUTSIDE = 0.005
"""Share of the surfels on each side that does not count for the extent of a scene."""


def surfels_to_mesh(
    surfels: SurfelCloud,
    views: Views,
    *,
    voxel_size: float | None = None,
    max_depth: float | None = None,
    depth_ratio: float | None = None,
    unbounded: bool = False,
    most_parts: int = MOST_PARTS,
    least_faces: int = LEAST_FACES,
    engine: Engine = "numba",
    progress: Progress = no_progress,
) -> Mesh:
    """Fuses what the views see of the surfels into a colored mesh without floaters.

    Args:
        surfels: The scene.
        views: Cameras to see it from, at least one; what none sees gets no faces.
        voxel_size: Edge of a voxel, metres; None takes a share of the extent, see `scene_voxel`. In
            an unbounded scene that of the middle part.
        max_depth: Bounded only: surface farther from its camera is left out, metres; None takes all
            of the extent.
        depth_ratio: See `SurfacePictures`; None takes 1 bounded, 0 unbounded.
        unbounded: Whether the place goes on to the horizon; then it is fused in contracted space.
        most_parts: Connected parts that are kept, the largest ones.
        least_faces: Smaller parts are floaters.
        engine: What draws, see `render`.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: There is no surfel or no view, a size is not positive, or the views of an
            unbounded scene look past each other.
    """
    for what, things in (("surfels", surfels), ("views", views)):
        if not len(things):
            raise ConventionError(f"{what} to mesh", expected="at least one", got="none")
    ratio = depth_ratio if depth_ratio is not None else float(not unbounded)
    pictures = SurfacePictures(surfels, views, depth_ratio=ratio, engine=engine, progress=progress)
    if unbounded:
        middle, radius = focus_of(views)
        size = radius / UNBOUNDED_CELLS if voxel_size is None else voxel_size
        surface = fuse_contracted(pictures, middle=middle, radius=radius, voxel_size=size)
    else:
        surface = fuse_pictures(
            pictures,
            voxel_size=scene_voxel(surfels) if voxel_size is None else voxel_size,
            max_depth=scene_reach(surfels, views) if max_depth is None else max_depth,
        )
    mesh = Mesh(surface.vertices, surface.faces, surface.colors)
    return largest_parts(mesh, most_parts=most_parts, least_faces=least_faces)


def scene_bounds(surfels: SurfelCloud) -> NDArray[np.float64]:
    """(2, 3) corners of the box that all but stray surfels lie in, disks included, metres."""
    spread = 2 * surfels.scales.max(axis=1, keepdims=True)
    low = np.quantile(surfels.means - spread, _OUTSIDE, axis=0)
    high = np.quantile(surfels.means + spread, 1 - _OUTSIDE, axis=0)
    return np.stack([low, high]).astype(np.float64)


def scene_voxel(surfels: SurfelCloud) -> float:
    """Voxel size for the extent of a scene, metres."""
    return float(np.ptp(scene_bounds(surfels), axis=0).max()) / CELLS


def scene_reach(surfels: SurfelCloud, views: Views) -> float:
    """Distance from any camera to the farthest corner of the scene, metres."""
    bounds = scene_bounds(surfels)
    corners = np.stack(np.meshgrid(*bounds.T, indexing="ij"), axis=-1).reshape(-1, 3)
    return float(np.linalg.norm(views.centers[:, None] - corners, axis=2).max())
