"""Votes of labeled masks: the names of fragments, and of the instances that they form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core.label_scores import label_shares
from scenewright.geometry.surface_volume import GROWTH, grown


class LabelVotes:
    """Sum of votes per fragment and label."""

    def __init__(self) -> None:
        self._column = {"": 0}
        self._count = 0
        self._votes = np.zeros((0, 1), np.float32)

    def __len__(self) -> int:
        return self._count

    def append(self, count: int) -> None:
        """Adds fragments without votes."""
        self._count += count
        if self._count > len(self._votes):
            self._votes = grown(self._votes, int(GROWTH * self._count), 0)

    def copy(self, source: int, target: int) -> None:
        """Gives a fragment the votes of another one."""
        self._votes[target] = self._votes[source]

    def keep(self, kept: NDArray[np.integer]) -> None:
        """Drops all fragments except `kept`."""
        self._votes = self._votes[kept]
        self._count = len(kept)

    def add(
        self,
        target: NDArray[np.integer],
        labels: Sequence[str],
        *,
        hit_mask: NDArray[np.integer],
        vote: NDArray[np.floating],
    ) -> None:
        """Adds the votes of one frame: each mask votes with all its voxels for its label.

        Args:
            target: (N + 1,) fragment that each mask votes for, -1 = none; row 0 is not a mask.
            labels: N labels of the masks, empty where unknown.
            hit_mask: (T,) 1-based mask at each voxel, 0 = none.
            vote: (T,) weight of the vote of each voxel, which contains the score of its mask.
        """
        column = np.array([self._column.setdefault(x, len(self._column)) for x in labels], np.int64)
        missing = len(self._column) - self._votes.shape[1]
        if missing:
            self._votes = np.pad(self._votes, ((0, 0), (0, missing)))
        weight = np.bincount(hit_mask, weights=vote, minlength=len(target))[1:]
        voted = target[1:] >= 0
        np.add.at(self._votes, (target[1:][voted], column[voted]), weight[voted])

    def shares(self, members: NDArray[np.integer]) -> dict[str, float]:
        """Share of each label in the votes for some fragments together; see `label_shares`."""
        sums = self._votes[members].sum(axis=0, dtype=np.float64).tolist()
        return label_shares(dict(zip(self._column, sums, strict=True)))
