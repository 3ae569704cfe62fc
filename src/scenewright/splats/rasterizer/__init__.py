"""Pictures of surfels, and the way back from a picture's gradients to those of surfels."""

from scenewright.splats.rasterizer.arrays import (
    ImageGradients,
    Images,
    SurfelArrays,
    SurfelGradients,
)
from scenewright.splats.rasterizer.blending_weights import BlendWeights, blend_weights
from scenewright.splats.rasterizer.rasterization import Rasterization, near_plane, rasterize

__all__ = [
    "BlendWeights",
    "ImageGradients",
    "Images",
    "Rasterization",
    "SurfelArrays",
    "SurfelGradients",
    "blend_weights",
    "near_plane",
    "rasterize",
]
