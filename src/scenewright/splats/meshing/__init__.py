"""Meshes of surfels: the depth of all views, fused into a surface.

`surface_images` draws depth and color; `bounded` fuses them on a grid of equal voxels, `unbounded`
in contracted space; `cleaning` removes floaters; `scene_mesh` does all of it for a whole scene.
"""

from scenewright.splats.meshing.bounded import fuse_images, spread_labels
from scenewright.splats.meshing.cleaning import largest_parts
from scenewright.splats.meshing.scene_extent import scene_bounds, scene_reach, scene_voxel
from scenewright.splats.meshing.scene_mesh import MeshConfig, surfels_to_mesh
from scenewright.splats.meshing.surface_images import SurfaceImage, SurfaceImages
from scenewright.splats.meshing.unbounded import fuse_contracted

__all__ = [
    "MeshConfig",
    "SurfaceImage",
    "SurfaceImages",
    "fuse_contracted",
    "fuse_images",
    "largest_parts",
    "scene_bounds",
    "scene_reach",
    "scene_voxel",
    "spread_labels",
    "surfels_to_mesh",
]
