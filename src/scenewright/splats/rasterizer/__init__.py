"""The rasterizer: images, gradients and blending weights of surfels on the CPU, compiled by numba.

`columns` names the columns of the kernels' arrays. `projection`, `tiles`, `intersection` and
`compositing` are the steps of the forward pass; `*_backward` are those of the backward pass.
`rasterization` runs them; `blending_weights` and `weight_store` keep the weights of pixels instead
of blending with them; `engine` is the protocol that other engines follow.
"""

from scenewright.splats.rasterizer.arrays import (
    DrawSettings,
    ImageGradients,
    Images,
    SurfelArrays,
    SurfelGradients,
)
from scenewright.splats.rasterizer.blending_weights import BlendWeights, blend_weights
from scenewright.splats.rasterizer.engine import DrawSurfels, draw_on_cpu
from scenewright.splats.rasterizer.rasterization import Rasterization, near_plane, rasterize
from scenewright.splats.rasterizer.weight_store import WeightStore, build_weight_store

__all__ = [
    "BlendWeights",
    "DrawSettings",
    "DrawSurfels",
    "ImageGradients",
    "Images",
    "Rasterization",
    "SurfelArrays",
    "SurfelGradients",
    "WeightStore",
    "blend_weights",
    "build_weight_store",
    "draw_on_cpu",
    "near_plane",
    "rasterize",
]
