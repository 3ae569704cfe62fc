"""From surfels to triangles: rendered depth, fused."""

from scenewright.splats.meshing.bounded import fuse_pictures, spread_labels
from scenewright.splats.meshing.cleaning import largest_parts
from scenewright.splats.meshing.surface_images import SurfacePicture, SurfacePictures
from scenewright.splats.meshing.surfel_mesh import surfels_to_mesh
from scenewright.splats.meshing.unbounded import fuse_contracted

__all__ = [
    "SurfacePicture",
    "SurfacePictures",
    "fuse_contracted",
    "fuse_pictures",
    "largest_parts",
    "spread_labels",
    "surfels_to_mesh",
]
