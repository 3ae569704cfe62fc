"""Assignment of the masks of a frame to existing instances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.votes import NO_GROUP

HELD_DISCOUNT = 0.95
"""Weight of the overlap with voxels on which an instance has votes but has not won, relative to
overlap with voxels that it has won; at 1, equal hypotheses would flicker."""


def overlap_scores(
    won: NDArray[np.integer], held: NDArray[np.integer], any_held: NDArray[np.integer]
) -> NDArray[np.float64]:
    """IoU of masks and groups over the voxels visible in this frame.

    Voxels without a mask and voxels without votes are not counted.

    Args:
        won: (N + 1, G) number of voxels of each mask (row 0: no mask) that each group has won.
        held: (N + 1, G) number of voxels on which each group has votes.
        any_held: (N + 1,) number of voxels on which any group has votes.

    Returns:
        (N, G), the larger of the IoU over won voxels and the IoU over held voxels.
    """
    return np.maximum(
        _iou(won[1:], won[1:].sum(axis=1)), HELD_DISCOUNT * _iou(held[1:], any_held[1:])
    )


def _iou(common: NDArray[np.integer], of_mask: NDArray[np.integer]) -> NDArray[np.float64]:
    union = of_mask[:, None] + common.sum(axis=0)[None, :] - common
    result: NDArray[np.float64] = common / np.maximum(union, 1)
    return result


def match(
    scores: NDArray[np.float64], *, is_allowed: NDArray[np.bool_], least: float
) -> NDArray[np.int32]:
    """Pairs masks and groups one to one, best score first; masks of one frame never share a group.

    Args:
        scores: (N, G).
        is_allowed: (N, G), whether a pair may be formed.
        least: Lowest score of a pair.

    Returns:
        (N,) group of each mask, `NO_GROUP` = none.
    """
    result = np.full(len(scores), NO_GROUP, np.int32)
    masks, groups = np.nonzero(is_allowed & (scores >= least))
    free = np.ones(scores.shape[1], bool)
    for pair in np.argsort(-scores[masks, groups], kind="stable"):
        mask, group = masks[pair], groups[pair]
        if result[mask] == NO_GROUP and free[group]:
            result[mask] = group
            free[group] = False
    return result
