"""Inputs and outputs of the rasterizers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, SurfelCloud

Floats = NDArray[np.floating[Any]]


class SurfelArrays(NamedTuple):
    """Surfels as plain arrays of one floating type, activated like those of `SurfelCloud`.

    Quaternions may have any length above 0; they are normalized where they are used.
    """

    means: Floats
    quats: Floats
    scales: Floats
    opacities: Floats
    sh: Floats

    @classmethod
    def of(cls, surfels: SurfelCloud) -> SurfelArrays:
        """The arrays of a cloud, not copied."""
        return cls(surfels.means, surfels.quats, surfels.scales, surfels.opacities, surfels.sh)


@dataclass(frozen=True)
class DrawSettings:
    """Settings of the renderer.

    Attributes:
        near: Surfels and intersections at this depth or nearer are ignored, meters.
        far: Depth at which the m of the distortion reaches 1, meters.
        sh_degree: Highest degree of the spherical harmonics that is used; None uses all.
        background: RGB behind everything, 0 to 1.

    Raises:
        ConventionError: Near and far are not in order.
    """

    near: float
    far: float
    sh_degree: int | None = None
    background: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if not 0 < self.near < self.far:
            got = f"{self.near:g}, {self.far:g}"
            raise ConventionError("near, far", expected="0 < near < far", got=got)


@dataclass(frozen=True, eq=False)
class Images:
    """What one camera sees of surfels: sums over each ray, w = blending weight.

    Attributes:
        color: (H, W, 3) sum of w c, plus transmittance times background.
        depth_sum: (H, W) sum of w z; divided by `alpha` it is the mean depth, meters.
        alpha: (H, W) sum of w, 0 to 1.
        normals: (H, W, 3) sum of w n; camera frame, every n flipped to face the camera.
        median: (H, W) depth of the last surfel in front of which the transmittance is above one
            half, meters; 0 where there is none.
        distortion: (H, W) sum over pairs of w_i w_j (m_i - m_j)^2 with
            m = far / (far - near) (1 - near / z).
        features: (H, W, D) sum of w f, or None.
    """

    color: Floats
    depth_sum: Floats
    alpha: Floats
    normals: Floats
    median: Floats
    distortion: Floats
    features: Floats | None = None


@dataclass(frozen=True, eq=False)
class ImageGradients:
    """Gradient of a loss with respect to `Images`; None means zeros. Shapes as there."""

    color: Floats | None = None
    depth_sum: Floats | None = None
    alpha: Floats | None = None
    normals: Floats | None = None
    median: Floats | None = None
    distortion: Floats | None = None
    features: Floats | None = None


@dataclass(frozen=True, eq=False)
class SurfelGradients:
    """Gradient of a loss with respect to the arrays of surfels.

    Attributes:
        means, quats, scales, opacities, sh: Shaped like those of `SurfelArrays`.
        features: (N, D), or None if no features were drawn.
        screen: (N,) length of the gradient of the projected center in normalized device
            coordinates, through the ray-splat intersection only: the statistic of densification.
        visible: (N,) bool, whether a surfel was in the image.
    """

    means: Floats
    quats: Floats
    scales: Floats
    opacities: Floats
    sh: Floats
    features: Floats | None
    screen: Floats
    visible: NDArray[np.bool_]
