"""True masks with the faults of a segmenter of known quality; the recipe of `house-masks`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

DROPPED, SPLIT, MERGED = 0.20, 0.15, 0.10
BORDER = 3
"""Pixels that borders move by, at most."""


def damage_id_map(id_map: NDArray[np.int32], *, seed: int) -> NDArray[np.int32]:
    """Masks of one frame: some merged with a neighbor, some dropped, some split in two by a line
    through their middle, and borders moved.

    Args:
        id_map: (H, W) true instances, 0 = none.
        seed: Decides everything; give each frame its own.

    Returns:
        (H, W) ids of this frame only, shuffled.
    """
    rng = np.random.default_rng(seed)
    merged = _merge(id_map, rng)
    result = np.zeros_like(id_map)
    number = 0
    for own in rng.permutation(_ids(merged)):
        if rng.random() < DROPPED:
            continue
        mask = _move_border(merged == own, int(rng.integers(-BORDER, BORDER + 1)))
        number += 1
        result[mask] = number
        if rng.random() < SPLIT and mask.any():
            number += 1
            rows, columns = np.nonzero(mask)
            angle = rng.uniform(0, np.pi)
            side = (rows - rows.mean()) * np.cos(angle) + (columns - columns.mean()) * np.sin(angle)
            result[rows[side > 0], columns[side > 0]] = number
    return result


def _ids(id_map: NDArray[np.int32]) -> NDArray[np.int32]:
    ids = np.unique(id_map)
    return ids[ids > 0]


def _merge(id_map: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int32]:
    merged = id_map.copy()
    for own in _ids(id_map):
        if rng.random() >= MERGED:
            continue
        ring = ndimage.binary_dilation(merged == own, iterations=2) & (merged != own)
        neighbors = _ids(np.where(ring, merged, 0))
        if len(neighbors):
            merged[merged == own] = rng.choice(neighbors)
    return merged


def _move_border(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    moved = mask
    if pixels > 0:
        moved = ndimage.binary_dilation(mask, iterations=pixels)
    if pixels < 0:
        moved = ndimage.binary_erosion(mask, iterations=-pixels, border_value=True)
    return moved
