"""Simulated faults of a segmenter: true masks dropped, split, merged, with moved borders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scenewright.core import ConventionError


@dataclass(frozen=True)
class MaskFaults:
    """How often and how much masks are wrong.

    Attributes:
        dropped: Share of masks that are missing.
        split: Share of masks that are split in two by a line through their middle.
        merged: Share of masks that are merged with a neighbor.
        border: Largest number of pixels by which the border of a mask moves.
    """

    dropped: float = 0.20
    split: float = 0.15
    merged: float = 0.10
    border: int = 3

    def __post_init__(self) -> None:
        for name in ("dropped", "split", "merged"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConventionError(
                    f"MaskFaults.{name}", expected="0 to 1", got=f"{getattr(self, name):g}"
                )
        if self.border < 0:
            raise ConventionError("MaskFaults.border", expected="0 or more", got=str(self.border))

    def apply(self, id_map: NDArray[np.int32], *, rng: np.random.Generator) -> NDArray[np.int32]:
        """The masks that a segmenter with these faults finds.

        Args:
            id_map: (H, W) true instances, 0 = none.
            rng: Source of all random numbers; give each frame its own.

        Returns:
            (H, W) ids of this frame only, in random order.
        """
        merged = self._merge(id_map, rng)
        result = np.zeros_like(id_map)
        number = 0
        for own in rng.permutation(_ids(merged)):
            if rng.random() < self.dropped:
                continue
            mask = _move_border(merged == own, int(rng.integers(-self.border, self.border + 1)))
            number += 1
            result[mask] = number
            if rng.random() < self.split and mask.any():
                number += 1
                rows, columns = np.nonzero(mask)
                angle = rng.uniform(0, np.pi)
                side = (rows - rows.mean()) * np.cos(angle)
                side += (columns - columns.mean()) * np.sin(angle)
                result[rows[side > 0], columns[side > 0]] = number
        return result

    def _merge(self, id_map: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int32]:
        merged = id_map.copy()
        for own in _ids(id_map):
            if rng.random() >= self.merged:
                continue
            ring = ndimage.binary_dilation(merged == own, iterations=2) & (merged != own)
            neighbors = _ids(np.where(ring, merged, 0))
            if len(neighbors):
                merged[merged == own] = rng.choice(neighbors)
        return merged


def _ids(id_map: NDArray[np.int32]) -> NDArray[np.int32]:
    ids = np.unique(id_map)
    return ids[ids > 0]


def _move_border(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    moved: NDArray[np.bool_] = mask
    if pixels > 0:
        moved = ndimage.binary_dilation(mask, iterations=pixels)
    if pixels < 0:
        moved = ndimage.binary_erosion(mask, iterations=-pixels, border_value=True)
    return moved
