"""Votes of labeled masks: the names of fragments, and of the instances that they form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

UNKNOWN = ""
"""Label of a mask whose category is not known; its votes count against all names."""


class LabelVotes:
    """Sum of votes per fragment and label."""

    def __init__(self) -> None:
        self._column = {UNKNOWN: 0}
        self._votes = np.zeros((0, 1), np.float64)

    def __len__(self) -> int:
        return len(self._votes)

    def append(self, count: int) -> None:
        """Adds fragments without votes."""
        self._votes = np.pad(self._votes, ((0, count), (0, 0)))

    def keep(self, kept: NDArray[np.integer]) -> None:
        """Drops all fragments except `kept`."""
        self._votes = self._votes[kept]

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
        self._votes = np.pad(self._votes, ((0, 0), (0, len(self._column) - self._votes.shape[1])))
        weight = np.bincount(hit_mask, weights=vote, minlength=len(target))[1:]
        voted = target[1:] >= 0
        np.add.at(self._votes, (target[1:][voted], column[voted]), weight[voted])

    def shares(self, members: NDArray[np.integer]) -> dict[str, float]:
        """Share of each label in the votes for some fragments together; see `label_shares`."""
        sums = self._votes[members].sum(axis=0).tolist()
        return label_shares(dict(zip(self._column, sums, strict=True)))


def label_shares(votes: Mapping[str, float]) -> dict[str, float]:
    """Probability per label: its share of all votes, with those of masks without a label.

    Args:
        votes: Sum of votes per label; that of `UNKNOWN` is the remainder to 1.

    Returns:
        Labels with votes, best first, equal ones in alphabetical order.
    """
    total = sum(votes.values())
    shares = [(label, vote / total) for label, vote in votes.items() if label != UNKNOWN and vote]
    return dict(sorted(((x, s) for x, s in shares if s > 0), key=lambda item: (-item[1], item[0])))
