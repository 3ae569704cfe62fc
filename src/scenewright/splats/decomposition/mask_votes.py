"""Masks matched to objects, and their votes on surfels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenewright.splats.decomposition.tracks import MaskTracks, row_of_entry

UNMATCHED, MATCHED, UNDER_SEGMENTED, HANDED = 0, 1, 2, 3
"""Verdicts on masks: shows no object; shows one object; shows several objects; shows several, but
was assigned to the one that makes up most of it."""
_MIN_SHARE = 0.15
"""Share of a mask that its object must cover, unless the mask covers half of the object."""
_STATUS_QUO = 0.1
"""Weight of an under-segmented mask as a vote for the current labels of its surfels."""


@dataclass(frozen=True, eq=False)
class Matches:
    """Which object each mask shows.

    Attributes:
        object_of_mask: (M,) int32 label, 0 = none or several.
        verdict: (M,) int8, one of the verdicts of this module.
        swallows: (M, labels) bool, whether a mask covers what its view shows of an object other
            than the one that the mask was matched to.
        iou: (M,) float32 overlap of the mask with its best object, over what the view shows.
    """

    object_of_mask: NDArray[np.int32]
    verdict: NDArray[np.int8]
    swallows: NDArray[np.bool_]
    iou: NDArray[np.float32]

    def dissolved(self) -> NDArray[np.bool_]:
        """(labels,) bool, objects that are swallowed by masks more often than matched to masks."""
        num_labels = self.swallows.shape[1]
        shown = np.bincount(self.object_of_mask, minlength=num_labels)
        alone = self.verdict != UNDER_SEGMENTED
        result: NDArray[np.bool_] = shown < self.swallows[alone].sum(axis=0)
        result[0] = False
        return result


def label_table(
    matrix: csr_array, labels: NDArray[np.int32], num_labels: int
) -> NDArray[np.float64]:
    """(rows, labels) sums of a sparse matrix over the columns of each label."""
    keys = row_of_entry(matrix) * num_labels + labels[matrix.indices]
    size = matrix.shape[0] * num_labels
    sums = np.bincount(keys, weights=matrix.data, minlength=size).astype(np.float64)
    return sums.reshape(matrix.shape[0], num_labels)


def match_masks(
    tracks: MaskTracks,
    labels: NDArray[np.int32],
    num_labels: int,
    *,
    coverage: float,
    min_mask_share: float,
) -> Matches:
    """Matches each mask to an object, by the overlap in its view.

    Args:
        tracks: Weights of surfels under masks.
        labels: (N,) int32 object of each surfel, 0 = none.
        num_labels: Largest label + 1.
        coverage: A mask covers an object if this share of the visible part of the object is in it.
        min_mask_share: Least share of the mask that an object must make up to count as covered.
    """
    inside = label_table(tracks.weights, labels, num_labels)
    shown = label_table(tracks.seen, labels, num_labels)[tracks.view]
    total = inside.sum(axis=1, keepdims=True)
    inside[:, 0] = 0
    iou = inside / np.maximum(total + shown - inside, 1e-12)
    is_allowed = (inside >= _MIN_SHARE * total) | (2 * inside >= shown)
    best = np.where(is_allowed, iou, 0).argmax(axis=1)
    holds = (inside >= coverage * shown) & (inside > 0)
    several = (holds & (inside >= min_mask_share * total)).sum(axis=1) > 1
    chosen = np.where(several, 0, best).astype(np.int32)
    verdict = np.where(several, UNDER_SEGMENTED, np.where(chosen > 0, MATCHED, UNMATCHED))
    rows = np.arange(len(tracks))
    holds[rows[~several], chosen[~several]] = False
    return Matches(chosen, verdict.astype(np.int8), holds, iou[rows, best].astype(np.float32))


def cast_votes(
    tracks: MaskTracks,
    share: csr_array,
    matches: Matches,
    labels: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Every mask votes for its object on the surfels under it.

    A mask does not vote on surfels of other objects that it swallows, and a mask of several
    objects votes for none of them: such votes only confirm the current labels, with a small
    weight.

    Args:
        tracks: Weights of surfels under masks.
        share: (N, M) share of each surfel under each mask; see `Memberships`.
        matches: Objects of the masks.
        labels: (N,) int32 object of each surfel so far, 0 = none.

    Returns:
        (N,) int32 winner of each surfel, 0 = no vote; (N,) float32 sum of its votes.
    """
    score = np.maximum(tracks.score, np.float32(1e-3))
    surfel = row_of_entry(share)
    vote = share.data * score[share.indices]
    choice = matches.object_of_mask[share.indices]
    current = labels[surfel]
    blocked = matches.swallows[share.indices, current] & (current > 0)
    blocked |= matches.verdict[share.indices] == UNDER_SEGMENTED
    vote = np.where(blocked, np.float32(_STATUS_QUO) * vote, vote)
    choice = np.where(blocked, current, choice)
    counts = choice > 0
    num_labels = matches.swallows.shape[1]
    votes = csr_array(
        (vote[counts], (surfel[counts], choice[counts])), shape=(share.shape[0], num_labels)
    )
    votes.sum_duplicates()
    return largest_entries(votes)


def largest_entries(matrix: csr_array) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(rows,) int32 column of the largest entry of each row, and its value; 0 where there is none.

    The smaller column wins a tie.
    """
    data = matrix.data.astype(np.float32)
    return _winners(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), data)


@njit(cache=True, nogil=True, parallel=True)
def _winners(
    pointers: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Column and value of the largest entry of each row; the smaller column wins a tie."""
    winner = np.zeros(pointers.shape[0] - 1, np.int32)
    largest = np.zeros(pointers.shape[0] - 1, np.float32)
    for row in prange(pointers.shape[0] - 1):
        for entry in range(pointers[row], pointers[row + 1]):
            value = values[entry]
            if value > largest[row] or (value == largest[row] and columns[entry] < winner[row]):
                winner[row] = columns[entry]
                largest[row] = value
    return winner, largest
