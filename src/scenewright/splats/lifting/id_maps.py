"""Id maps drawn from labels of surfels."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import ShapeError

OPAQUE = 0.5
"""Pixels with less alpha have id 0."""


def render_id_map(
    labels: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    alpha: NDArray[np.float32],
) -> NDArray[np.int32]:
    """(H, W) int32 label with the largest sum of blending weights in each pixel.

    Surfels without object compete as one group, label 0. Between equal sums the label that comes
    first in `ids` wins.

    Args:
        labels: (N,) int32 label of each surfel, 0 = none.
        ids: (H, W, T) int32 surfels of each pixel, -1 = no more.
        weights: (H, W, T) float32 blending weights of the ids.
        alpha: (H, W) float32; pixels below `OPAQUE` get id 0.

    Raises:
        ShapeError: The images differ in size.
    """
    if ids.shape != weights.shape or ids.shape[:2] != alpha.shape:
        raise ShapeError(
            "weights and alpha",
            expected=f"the size of the ids {ids.shape}",
            got=f"{weights.shape} and {alpha.shape}",
        )
    return _draw_ids(
        np.ascontiguousarray(labels, np.int32),
        np.ascontiguousarray(ids, np.int32),
        np.ascontiguousarray(weights, np.float32),
        np.ascontiguousarray(alpha, np.float32),
    )


@njit(cache=True, nogil=True, parallel=True)
def _draw_ids(
    labels: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    alpha: NDArray[np.float32],
) -> NDArray[np.int32]:
    height, width, top = ids.shape
    result = np.zeros((height, width), np.int32)
    for row in prange(height):
        for column in range(width):
            if alpha[row, column] < np.float32(OPAQUE):
                continue
            best = np.float32(0.0)
            for k in range(top):
                if ids[row, column, k] < 0:
                    break
                label = labels[ids[row, column, k]]
                total = np.float32(0.0)
                for other in range(k, top):
                    surfel = ids[row, column, other]
                    if surfel < 0:
                        break
                    if labels[surfel] == label:
                        total += weights[row, column, other]
                if total > best:
                    best = total
                    result[row, column] = label
    return result
