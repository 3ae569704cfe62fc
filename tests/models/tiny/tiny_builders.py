"""Random weights, a frame with one box, and affinities of known instances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, Frame
from scenewright.models.tiny.design import OFFSETS, NetworkDesign
from scenewright.models.tiny.network import expected_shapes

SMALL = NetworkDesign(widths=(8, 12, 16), blocks=(1, 1, 2))
CAMERA = Camera.from_focal(260, 260, 160, 120, width=320, height=240)


def random_weights(design: NetworkDesign, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Weights of the names and shapes of a design."""
    rng = np.random.default_rng(seed)
    return {
        name: (0.2 * rng.standard_normal(shape)).astype(np.float32)
        for name, shape in expected_shapes(design).items()
    }


def box_frame(scale: float = 1.0) -> Frame:
    """A wall at 2 m and a box in front of its right half."""
    depth = np.full((240, 320), 2.0, np.float32)
    depth[80:200, 180:260] = 1.5
    image = np.full((240, 320, 3), 120, np.uint8)
    image[80:200, 180:260] = (200, 40, 40)
    return Frame(0, CAMERA, None, image=image, depth=depth * np.float32(scale))


def true_affinities(ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """(h, w, K) affinities of (h, w) instance ids; 0.5 where a neighbor is outside."""
    result = np.full((*ids.shape, len(OFFSETS)), 0.5, np.float32)
    rows, columns = ids.shape
    for k, (dy, dx) in enumerate(OFFSETS):
        for r in range(rows - dy):
            for c in range(max(0, -dx), min(columns, columns - dx)):
                result[r, c, k] = ids[r, c] == ids[r + dy, c + dx]
    return result
