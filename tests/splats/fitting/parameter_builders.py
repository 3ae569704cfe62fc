"""Free parameters of surfels at random, and gradients of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import SurfelCloud
from scenewright.splats.fitting.parameters import RawSurfels
from scenewright.splats.rasterizer.arrays import SurfelGradients


def make_raw(n: int = 30, seed: int = 0) -> RawSurfels:
    """Random surfels with harmonics of degree 1."""
    rng = np.random.default_rng(seed)
    quats = rng.standard_normal((n, 4))
    cloud = SurfelCloud(
        rng.standard_normal((n, 3)).astype(np.float32),
        (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32),
        np.exp(rng.uniform(-4, -2, (n, 2))).astype(np.float32),
        rng.uniform(0.1, 0.9, n).astype(np.float32),
        rng.standard_normal((n, 4, 3)).astype(np.float32),
    )
    return RawSurfels.of(cloud, sh_degree=1)


def make_gradients(raw: RawSurfels, seed: int) -> SurfelGradients:
    """Random gradients, of surfels of which about 70 % are visible."""
    rng = np.random.default_rng(seed)
    n = len(raw)

    def draw(*shape: int) -> NDArray[np.float32]:
        return rng.standard_normal((n, *shape)).astype(np.float32)

    return SurfelGradients(
        draw(3), draw(4), draw(2), draw(), draw(4, 3), None, np.abs(draw()), rng.random(n) < 0.7
    )
