"""Votes of masks on surface voxels: which fragment each voxel belongs to, and how certain that is.

A *fragment* is the smallest unit that holds votes; a *group* of fragments is one instance. Every
surface voxel stores a few entries (fragment, weight); when all are used, a new one replaces the
weakest. Groups can be formed and dissolved without changing any vote.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.geometry.surface_volume import GROWTH, Hits, grown

MAX_FRAGMENTS = 6
"""Largest number of fragments with votes on the same voxel."""
NO_FRAGMENT = -1
NO_GROUP = -1


class VoteTable:
    """Votes per surface voxel, in the order of the volume's slots.

    Attributes:
        fragment: (S, MAX_FRAGMENTS) int32, `NO_FRAGMENT` = unused entry.
        weight: (S, MAX_FRAGMENTS) float32 sum of votes.
        seen: (S,) float32 sum of the votes that the voxel could have received, that is, its
            visibility.
    """

    def __init__(self) -> None:
        self.fragment = np.full((0, MAX_FRAGMENTS), NO_FRAGMENT, np.int32)
        self.weight = np.zeros((0, MAX_FRAGMENTS), np.float32)
        self.seen = np.zeros(0, np.float32)

    def reserve(self, num_slots: int) -> None:
        """Grows the tables to `num_slots` voxels."""
        have = len(self.seen)
        if num_slots <= have:
            return
        size = max(num_slots, int(have * GROWTH))
        self.fragment = grown(self.fragment, size, NO_FRAGMENT)
        self.weight = grown(self.weight, size, 0)
        self.seen = grown(self.seen, size, 0)

    def labels(self, group_of: NDArray[np.int32], num_slots: int) -> NDArray[np.int32]:
        """(num_slots,) winning fragment of each voxel, `NO_FRAGMENT` where there is none."""
        slots = np.arange(num_slots, dtype=np.int32)
        return winners(slots, self.fragment, self.weight, group_of)

    def renumber(self, new_of: NDArray[np.int32]) -> None:
        """Replaces fragment f by ``new_of[f]``; `NO_FRAGMENT` frees the entry."""
        _renumber(self.fragment, self.weight, new_of)


@njit(cache=True, nogil=True, inline="always")
def _winner(
    fragments: NDArray[np.int32], weights: NDArray[np.float32], group_of: NDArray[np.int32]
) -> int:
    """The strongest fragment of the group with the most votes, or `NO_FRAGMENT`."""
    best = NO_FRAGMENT
    best_sum = np.float32(0.0)
    best_weight = np.float32(0.0)
    for entry in range(MAX_FRAGMENTS):
        fragment = fragments[entry]
        if fragment < 0:
            continue
        group = group_of[fragment]
        if group < 0:
            continue
        total = np.float32(0.0)
        for other in range(MAX_FRAGMENTS):
            if fragments[other] >= 0 and group_of[fragments[other]] == group:
                total += weights[other]
        if total > best_sum or (total == best_sum and weights[entry] > best_weight):
            best = fragment
            best_sum = total
            best_weight = weights[entry]
    return best


@njit(cache=True, nogil=True, parallel=True)
def winners(
    slots: NDArray[np.int32],
    fragment: NDArray[np.int32],
    weight: NDArray[np.float32],
    group_of: NDArray[np.int32],
) -> NDArray[np.int32]:
    """The winning fragment of each given slot."""
    result = np.empty(slots.shape[0], np.int32)
    for row in prange(slots.shape[0]):
        slot = slots[row]
        result[row] = _winner(fragment[slot], weight[slot], group_of)
    return result


@njit(cache=True, nogil=True)
def tally(
    hit_slot: NDArray[np.int32],
    hit_mask: NDArray[np.int32],
    winner: NDArray[np.int32],
    num_masks: int,
    fragment: NDArray[np.int32],
    group_of: NDArray[np.int32],
    num_groups: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Counts overlaps of masks, fragments and groups in one pass over the voxels hit.

    Args:
        hit_slot: (T,) slots.
        hit_mask: (T,) 1-based mask positions, 0 = none.
        winner: (T,) winning fragment of each slot.
        num_masks: Number of masks N.
        fragment: (S, MAX_FRAGMENTS) votes.
        group_of: (F,) group of each fragment.
        num_groups: Number of groups G.

    Returns:
        Three tables of voxel counts. (N + 1, F + 1): won by the fragment in column f, column F for
        voxels without a winner. (N + 1, G): voxels on which the group has votes. (N + 1,): voxels
        on which any group has votes.
    """
    num_fragments = group_of.shape[0]
    won = np.zeros((num_masks + 1, num_fragments + 1), np.int32)
    held = np.zeros((num_masks + 1, num_groups), np.int32)
    any_held = np.zeros(num_masks + 1, np.int32)
    for row in range(hit_slot.shape[0]):
        mask = hit_mask[row]
        if winner[row] < 0:
            won[mask, num_fragments] += 1
            continue
        won[mask, winner[row]] += 1
        any_held[mask] += 1
        slot = hit_slot[row]
        for entry in range(MAX_FRAGMENTS):
            if fragment[slot, entry] < 0:
                continue
            group = group_of[fragment[slot, entry]]
            if group < 0:
                continue
            first = True
            for other in range(entry):
                if fragment[slot, other] >= 0 and group_of[fragment[slot, other]] == group:
                    first = False
            if first:
                held[mask, group] += 1
    return won, held, any_held


@njit(cache=True, nogil=True, parallel=True)
def cast_votes(
    hit_slot: NDArray[np.int32],
    hit_mask: NDArray[np.int32],
    vote: NDArray[np.float32],
    visible: NDArray[np.float32],
    winner: NDArray[np.int32],
    target_group: NDArray[np.int32],
    target_fragment: NDArray[np.int32],
    is_protected: NDArray[np.bool_],
    fragment: NDArray[np.int32],
    weight: NDArray[np.float32],
    seen: NDArray[np.float32],
    group_of: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Adds the votes of one frame.

    Args:
        hit_slot: (T,) slots, each once.
        hit_mask: (T,) 1-based mask positions, 0 = none.
        vote: (T,) weight of each vote.
        visible: (T,) largest weight that the vote could have had.
        winner: (T,) winning fragment of each slot before this frame.
        target_group: (N + 1,) group that each mask votes for, `NO_GROUP` = none.
        target_fragment: (N + 1,) fragment that takes the vote where the group has none yet.
        is_protected: (N + 1, G) True where a mask must not vote on voxels that a group has won.
        fragment: (S, MAX_FRAGMENTS); written.
        weight: (S, MAX_FRAGMENTS); written.
        seen: (S,); written.
        group_of: (F,) group of each fragment.

    Returns:
        (T,) new winning fragment of each slot.
    """
    now = winner.copy()
    for row in prange(hit_slot.shape[0]):
        slot = hit_slot[row]
        seen[slot] += visible[row]
        mask = hit_mask[row]
        if mask == 0 or target_group[mask] < 0:
            continue
        group = target_group[mask]
        if winner[row] >= 0:
            holder = group_of[winner[row]]
            if holder != group and is_protected[mask, holder]:
                continue
        _add_vote(fragment[slot], weight[slot], group_of, group, target_fragment[mask], vote[row])
        now[row] = _winner(fragment[slot], weight[slot], group_of)
    return now


@njit(cache=True, nogil=True, inline="always")
def _add_vote(
    fragments: NDArray[np.int32],
    weights: NDArray[np.float32],
    group_of: NDArray[np.int32],
    group: int,
    fallback: int,
    vote: float,
) -> None:
    existing = -1
    weakest = 0
    for entry in range(MAX_FRAGMENTS):
        held_by = fragments[entry]
        if held_by >= 0 and group_of[held_by] < 0:
            fragments[entry] = NO_FRAGMENT  # its fragment was removed
            weights[entry] = np.float32(0.0)
            held_by = NO_FRAGMENT
        if held_by >= 0 and group_of[held_by] == group:
            if existing < 0 or weights[entry] > weights[existing]:
                existing = entry
        if weights[entry] < weights[weakest]:
            weakest = entry
    if existing >= 0:
        weights[existing] += vote
    else:
        fragments[weakest] = fallback
        weights[weakest] = vote


@njit(cache=True, nogil=True, parallel=True)
def _renumber(
    fragment: NDArray[np.int32], weight: NDArray[np.float32], new_of: NDArray[np.int32]
) -> None:
    for slot in prange(fragment.shape[0]):
        for entry in range(MAX_FRAGMENTS):
            if fragment[slot, entry] < 0:
                continue
            new = new_of[fragment[slot, entry]]
            fragment[slot, entry] = new
            if new < 0:
                weight[slot, entry] = np.float32(0.0)


@njit(cache=True, nogil=True, parallel=True)
def group_votes(
    fragment: NDArray[np.int32],
    weight: NDArray[np.float32],
    group_of: NDArray[np.int32],
    group: NDArray[np.int32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(S,) votes of each voxel for its given group, and (S,) all votes of each voxel."""
    votes_for = np.zeros(group.shape[0], np.float32)
    all_votes = np.zeros(group.shape[0], np.float32)
    for slot in prange(group.shape[0]):
        for entry in range(MAX_FRAGMENTS):
            held_by = fragment[slot, entry]
            if held_by < 0 or group_of[held_by] < 0:
                continue
            all_votes[slot] += weight[slot, entry]
            if group_of[held_by] == group[slot]:
                votes_for[slot] += weight[slot, entry]
    return votes_for, all_votes


def vote_weights(
    hits: Hits, scores: NDArray[np.float32], full_pixels: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Votes of the hits, and the largest votes that they could have been.

    A voxel hit by many pixels is near and seen from the front, so it counts more, up to
    `full_pixels`. A vote is also weighted by the mask's score and its share of the pixels.
    """
    visible = np.minimum(hits.num_pixels / np.float32(full_pixels), np.float32(1.0))
    by_mask = np.concatenate([np.zeros(1, np.float32), scores])
    vote = visible * hits.share * by_mask[hits.mask]
    return vote.astype(np.float32), visible.astype(np.float32)
