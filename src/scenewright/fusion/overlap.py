"""How the masks of one frame overlap fragments and groups, in voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.votes import VoteTable, tally
from scenewright.geometry.surface_volume import Hits


@dataclass(frozen=True, eq=False)
class Overlap:
    """Voxel counts of one frame; row 0 stands for pixels without a mask (see `votes.tally`).

    Attributes:
        by_fragment: (N + 1, F + 1) int32 voxels of each mask that each fragment has won.
        by_group: (N + 1, G) int64 the same by group.
        held: (N + 1, G) int32 voxels of each mask on which each group has votes.
        any_held: (N + 1,) int32 voxels of each mask that have votes.
        size: (N + 1,) int64 voxels of each mask.
    """

    by_fragment: NDArray[np.int32]
    by_group: NDArray[np.int64]
    held: NDArray[np.int32]
    any_held: NDArray[np.int32]
    size: NDArray[np.int64]

    def swallowed(self, *, coverage: float, least: int) -> NDArray[np.bool_]:
        """(N + 1, G) whether a mask covers a group's visible part, so it may cover two objects.

        Args:
            coverage: Share of the group's visible voxels that the mask must cover.
            least: Smallest number of visible voxels of a group that counts.
        """
        visible = self.by_group[1:].sum(axis=0)
        result: NDArray[np.bool_] = (self.by_group >= coverage * visible) & (visible >= least)
        return result


def measure_overlap(
    hits: Hits,
    winner: NDArray[np.int32],
    votes: VoteTable,
    *,
    group_of: NDArray[np.int32],
    num_groups: int,
    num_masks: int,
) -> Overlap:
    """Counts the voxels that masks have in common with fragments and groups.

    Args:
        hits: The voxels that the frame hits.
        winner: Fragment that has won each of these voxels.
        votes: Votes of the masks so far.
        group_of: (F,) group of each fragment.
        num_groups: G.
        num_masks: N.
    """
    by_fragment, held, any_held = tally(
        hits.slot, hits.mask, winner, num_masks, votes.fragment, group_of, num_groups
    )
    by_group = _columns_by_group(by_fragment[:, :-1], group_of, num_groups)
    size = np.bincount(hits.mask, minlength=num_masks + 1)
    return Overlap(by_fragment, by_group, held, any_held, size)


def _columns_by_group(
    table: NDArray[np.int32], group_of: NDArray[np.int32], num_groups: int
) -> NDArray[np.int64]:
    """(N, num_groups) sums over the columns of each group of an (N, F) table."""
    result = np.zeros((len(table), num_groups), np.int64)
    order = np.argsort(group_of, kind="stable")
    groups, first = np.unique(group_of[order], return_index=True)
    if len(groups):
        result[:, groups] = np.add.reduceat(table[:, order], first, axis=1)
    return result
