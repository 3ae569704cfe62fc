"""Suppression and nesting of overlapping masks, on their run lengths.

To paint masks on top of one another use `MaskSet.to_id_map`: the higher score stays visible, and
among equal scores the smaller mask. To drop masks by size use ``masks[masks.areas() >= 100]``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, MaskSet, ShapeError


def join_masks(parts: Sequence[MaskSet]) -> MaskSet:
    """One set with the masks of several sets of the same image, with new ids from 1.

    Args:
        parts: At least one set. Embeddings are kept if every set has them; affinities are dropped,
            since none is known between masks of different sets.

    Raises:
        ShapeError: The images differ in size, or there is no set.
    """
    sizes = sorted({(part.height, part.width) for part in parts})
    if len(sizes) != 1:
        raise ShapeError(
            "masks to join",
            expected="one or more sets of one image size",
            got=", ".join(f"{width} x {height}" for height, width in sizes) or "none",
        )
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    vectors = [part.embeddings for part in parts if part.embeddings is not None]
    return MaskSet(
        *sizes[0],
        np.concatenate([part.starts for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        np.arange(1, len(counts) + 1, dtype=np.int32),
        np.concatenate([part.scores for part in parts]),
        np.concatenate(vectors) if len(vectors) == len(parts) else None,
        tuple(label for part in parts for label in part.labels),
    )


def suppress_masks(masks: MaskSet, *, iou: float, containment: float | None = None) -> MaskSet:
    """Drops masks that duplicate a better one (greedy non-maximum suppression).

    Masks are visited in order of descending score, equal scores in their order; a mask is dropped
    if one that was kept overlaps it too much.

    Args:
        masks: Masks that may overlap.
        iou: A mask is dropped if its intersection over union with a kept one is above this.
        containment: If given, a mask is also dropped if more than this share of it lies in a kept
            one.

    Returns:
        The kept masks in their original order, with their ids.

    Raises:
        ConventionError: A threshold is outside of [0, 1].
    """
    _check_share("iou", iou)
    if containment is not None:
        _check_share("containment", containment)
    if len(masks) < 2:
        return masks
    order = np.argsort(-masks.scores, kind="stable")
    ranked = masks[order]
    areas = ranked.areas()
    kept = np.ones(len(masks), np.bool_)
    overlaps = _Overlaps(ranked)
    for i in range(len(masks) - 1):
        if not kept[i]:
            continue
        common = overlaps.with_later(i)
        rest = areas[i + 1 :]
        # Products instead of quotients, so that equality at a threshold is exact for integers.
        repeated = common > iou * (areas[i] + rest - common)
        if containment is not None:
            repeated |= common > containment * rest
        kept[i + 1 :] &= ~repeated
    return masks[np.sort(order[kept])]


def mask_hierarchy(masks: MaskSet, *, containment: float = 0.9) -> NDArray[np.int64]:
    """Finds for each mask the mask that it is part of.

    Args:
        masks: Masks that may overlap.
        containment: Share of a mask's pixels that must lie in another one.

    Returns:
        (N,) int64, index of the smallest mask that is larger than this one and contains it, -1 for
        none. Masks of equal size are never part of one another, so the indices form no cycle.

    Raises:
        ConventionError: The share is outside of [0, 1].
    """
    _check_share("containment", containment)
    parents = np.full(len(masks), -1, np.int64)
    # From the largest container to the smallest, so that the smallest is written last; among equal
    # sizes the first in the set is written last.
    order = np.lexsort((-np.arange(len(masks)), -masks.areas()))
    ranked = masks[order]
    areas = ranked.areas()
    overlaps = _Overlaps(ranked)
    for i in range(len(masks) - 1):
        common = overlaps.with_later(i)
        rest = areas[i + 1 :]
        inside = (rest < areas[i]) & (common >= containment * rest)
        parents[order[i + 1 :][inside]] = order[i]
    return parents


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ConventionError(name, expected="0 to 1", got=f"{value:g}")


class _Overlaps:
    """Counts the pixels that a mask shares with the masks after it.

    The mask is painted and summed cumulatively once; the sum at the end of a run minus the sum at
    its start is the number of pixels of the run that the mask covers.
    """

    def __init__(self, masks: MaskSet) -> None:
        self._masks = masks
        self._starts = masks.starts.astype(np.intp)
        self._ends = self._starts + masks.lengths

    def with_later(self, index: int) -> NDArray[np.int64]:
        """(N - index - 1,) pixels shared with each later mask; there must be at least one."""
        masks = self._masks
        covered = np.zeros(masks.height * masks.width + 1, np.int32)
        covered[masks.pixels(index) + 1] = 1
        np.cumsum(covered, out=covered)
        begin = masks.offsets[index + 1]
        shared = covered.take(self._ends[begin:])
        shared -= covered.take(self._starts[begin:])
        sums: NDArray[np.int64] = np.add.reduceat(
            shared, masks.offsets[index + 1 : -1] - begin, dtype=np.int64
        )
        return sums
