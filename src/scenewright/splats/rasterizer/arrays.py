"""What goes into the rasterizer and comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenewright.core import SurfelCloud

Floats = NDArray[np.floating[Any]]


class SurfelArrays(NamedTuple):
    """Surfels as plain arrays of one floating type, activated like those of `SurfelCloud`.

    Quaternions need not be of unit length; they are normalized where they are used.
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


@dataclass(frozen=True, eq=False)
class Images:
    """What one camera sees of surfels; sums over the ray, front to back, w = blend weight.

    Attributes:
        color: (H, W, 3) sum of w c, plus the background behind.
        depth_sum: (H, W) sum of w z; divided by `alpha` it is the mean depth, metres.
        alpha: (H, W) sum of w, 0 to 1.
        normals: (H, W, 3) sum of w n; camera frame, every n turned to face the camera.
        median: (H, W) depth of the last surfel met while more than half of the light still
            passed, metres; 0 where there is none.
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
    """Derivative of a loss with respect to `Images`; None stands for zeros. Shapes as there."""

    color: Floats | None = None
    depth_sum: Floats | None = None
    alpha: Floats | None = None
    normals: Floats | None = None
    median: Floats | None = None
    distortion: Floats | None = None
    features: Floats | None = None


@dataclass(frozen=True, eq=False)
class SurfelGradients:
    """Derivative of a loss with respect to the arrays of surfels.

    Attributes:
        means, quats, scales, opacities, sh: Shaped like those of `SurfelArrays`.
        features: (N, D), or None if no features were drawn.
        screen: (N,) length of the gradient of the projected centre in normalized device
            coordinates, through the ray-splat branch only: the statistic of densification.
        visible: (N,) bool, whether a surfel was in the picture.
    """

    means: Floats
    quats: Floats
    scales: Floats
    opacities: Floats
    sh: Floats
    features: Floats | None
    screen: Floats
    visible: NDArray[np.bool_]
