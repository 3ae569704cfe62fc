"""Labels of a coarse grid transferred to the pixels of the frame, and masks made of them."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import MaskSet

_F = np.float32


@njit(cache=True, nogil=True)
def predict(plane: NDArray[np.float32], x: float, y: float) -> float:
    """Inverse depth of a plane along the ray (x, y, 1)."""
    inverse: float = plane[0] * x + plane[1] * y + plane[2]
    return inverse


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def label_pixels(
    depth: NDArray[np.float32],
    labels: NDArray[np.int32],
    planes: NDArray[np.float32],
    rays_x: NDArray[np.float32],
    rays_y: NDArray[np.float32],
    step: int,
    gap: float,
    out: NDArray[np.int32],
) -> None:
    """Gives each pixel with depth the label of the nearby cell whose plane fits it best.

    Args:
        depth: (H, W) float32 meters, 0 = none.
        labels: (h, w) int32 of the grid, -1 = none.
        planes: (h, w, 3) float32, `m` of each cell's plane.
        rays_x: (w,) float32.
        rays_y: (h,) float32.
        step: Side of a cell, pixels.
        gap: Largest deviation from a plane, as a share of the inverse depth.
        out: (H, W) int32, receives labels from 1 on, 0 = none.
    """
    height, width = depth.shape
    rows, columns = labels.shape
    share = _F(gap)
    turn_x = (rays_x[1] - rays_x[0]) / _F(step)
    turn_y = (rays_y[1] - rays_y[0]) / _F(step)
    for v in prange(height):
        r = min(v // step, rows - 1)
        offset_y = _F(v - r * step) - _F(0.5) * _F(step - 1)
        y = rays_y[r] + turn_y * offset_y
        up = max(r - 1, 0) if offset_y < 0 else min(r + 1, rows - 1)
        for u in range(width):
            out[v, u] = 0
            if depth[v, u] <= 0:
                continue
            inverse = _F(1) / depth[v, u]
            c = min(u // step, columns - 1)
            offset_x = _F(u - c * step) - _F(0.5) * _F(step - 1)
            x = rays_x[c] + turn_x * offset_x
            across = max(c - 1, 0) if offset_x < 0 else min(c + 1, columns - 1)
            label, least = labels[r, c], share * inverse
            if label >= 0 and labels[up, c] == label and labels[r, across] == label:
                # Inside a region only the deviation has to be checked.
                if abs(predict(planes[r, c], x, y) - inverse) < least:
                    out[v, u] = label + 1
                continue
            for k in range(4):
                i, j = up if k & 1 else r, across if k & 2 else c
                if labels[i, j] < 0:
                    continue
                deviation = abs(predict(planes[i, j], x, y) - inverse)
                # Ties, which noise would decide, go to the cell that contains the pixel.
                if k > 0:
                    deviation *= _F(2)
                if deviation < least:
                    least = deviation
                    out[v, u] = labels[i, j] + 1


def collect_masks(
    id_map: NDArray[np.int32], scores: NDArray[np.float64], least_pixels: float
) -> MaskSet:
    """Drops small masks and numbers the others from 1 on, in the order of the labels.

    Args:
        id_map: (H, W) int32, label of each pixel from 1 on; 0 = none.
        scores: (N,) score of label i + 1 at index i.
        least_pixels: Area below which a mask is dropped.
    """
    areas = np.bincount(id_map.ravel(), minlength=len(scores) + 1)
    kept = areas >= least_pixels
    kept[0] = False
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    kept_scores = scores[np.flatnonzero(kept) - 1]
    return MaskSet.from_id_map(
        numbers[id_map], scores={i + 1: float(s) for i, s in enumerate(kept_scores)}
    )
