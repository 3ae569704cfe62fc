"""Evidence on whether two fragments are one object, from frames that show both.

This module accumulates the counts frame by frame; `geometry.pair_evidence` turns them into
log-odds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.core.errors import ConventionError
from scenewright.geometry.pair_evidence import PairLikelihoods
from scenewright.geometry.surface_volume import GROWTH

_TABLES = ("_together", "_apart", "_affinity", "_affinity_weight")


class PairEvidence:
    """Counts per pair of fragments, and their likelihoods.

    Attributes:
        together: (F, F) float32, symmetric.
        apart: (F, F) float32, symmetric.
        affinity: (F, F) float32, symmetric.
        affinity_weight: (F, F) float32, symmetric.
        likelihoods: Likelihoods of "together" and "apart", as estimated so far.
    """

    def __init__(self) -> None:
        self._together = np.zeros((0, 0), np.float32)
        self._apart = np.zeros((0, 0), np.float32)
        self._affinity = np.zeros((0, 0), np.float32)
        self._affinity_weight = np.zeros((0, 0), np.float32)
        self.num_fragments = 0
        self.likelihoods = PairLikelihoods()

    @property
    def together(self) -> NDArray[np.float32]:
        """(F, F) counts of evidence that two fragments are one object."""
        return self._together[: self.num_fragments, : self.num_fragments]

    @property
    def apart(self) -> NDArray[np.float32]:
        """(F, F) counts of evidence that two fragments are different objects."""
        return self._apart[: self.num_fragments, : self.num_fragments]

    @property
    def affinity(self) -> NDArray[np.float32]:
        """(F, F) sums of the affinities of masks that covered two fragments."""
        return self._affinity[: self.num_fragments, : self.num_fragments]

    @property
    def affinity_weight(self) -> NDArray[np.float32]:
        """(F, F) number of affinities in each sum."""
        return self._affinity_weight[: self.num_fragments, : self.num_fragments]

    def reserve(self, num_fragments: int) -> None:
        """Grows the tables to `num_fragments`."""
        have = len(self._together)
        if num_fragments > have:
            size = max(num_fragments, int(have * GROWTH), 64)
            for name in _TABLES:
                larger = np.zeros((size, size), np.float32)
                larger[:have, :have] = getattr(self, name)
                setattr(self, name, larger)
        self.num_fragments = num_fragments

    def add(
        self, won: NDArray[np.int32], total_won: NDArray[np.int64], *, coverage: float, least: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Adds the evidence of one frame.

        Args:
            won: (N, F) number of voxels of each mask that each fragment has won.
            total_won: (F,) number of voxels that each fragment has won in total.
            coverage: Share of a fragment's visible voxels that its mask must cover.
            least: Smallest number of visible voxels of a fragment that is counted.

        Returns:
            The fragments that lie in one mask, and those that are split between masks.
        """
        if not len(won):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        visible = won.sum(axis=0)
        candidates = np.flatnonzero(visible >= np.maximum(least, 0.05 * total_won))
        part = won[:, candidates]
        mask = part.argmax(axis=0)
        sure = part.max(axis=0, initial=0) >= coverage * visible[candidates]
        fragments, torn, mask = candidates[sure], candidates[~sure], mask[sure]
        same = (mask[:, None] == mask[None, :]).astype(np.float32)
        where = np.ix_(fragments, fragments)
        self._together[where] += same
        self._apart[where] += 1 - same
        return fragments, torn

    def add_affinity(self, affinity: NDArray[np.float32], fragment: NDArray[np.int32]) -> None:
        """Adds what a proposer believes about pairs of masks of one frame.

        Args:
            affinity: (N, N) float32, see `MaskSet.affinity`.
            fragment: (N,) fragment that each mask votes for, each at most once; -1 = none.
        """
        masks = np.flatnonzero(fragment >= 0)
        part = affinity[np.ix_(masks, masks)]
        where = np.ix_(fragment[masks], fragment[masks])
        known = ~np.isnan(part)
        self._affinity[where] += np.where(known, part, 0)
        self._affinity_weight[where] += known

    def copy(self, source: int, target: int) -> None:
        """Gives a fragment the evidence of another one on all others, but none on this pair."""
        for name in _TABLES:
            table = getattr(self, name)
            table[target] = table[source]
            table[:, target] = table[:, source]
            table[target, target] = table[source, source]
            table[source, target] = table[target, source] = 0

    def log_odds(
        self, first: NDArray[np.integer], second: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Log-odds that pairs are one object, from the counts alone.

        Args:
            first: Fragments, any shape.
            second: Fragments, of a shape that broadcasts with the first.
        """
        counts = self.together[first, second], self.apart[first, second]
        odds: NDArray[np.float32] = self.likelihoods.log_odds(*counts)
        return odds

    def is_unknown(
        self, first: NDArray[np.integer], second: NDArray[np.integer]
    ) -> NDArray[np.bool_]:
        """Whether no frame has shown both fragments of a pair."""
        result: NDArray[np.bool_] = self.together[first, second] + self.apart[first, second] == 0
        return result

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pairs that were together at least once, each once, the smaller index first."""
        found = _positive_pairs(self._together, self.num_fragments)
        return found[:, 0], found[:, 1]

    def adapt(self, first: NDArray[np.integer], second: NDArray[np.integer]) -> None:
        """One step of expectation-maximization on the given pairs (see `pairs`)."""
        counts = self.together[first, second], self.apart[first, second]
        self.likelihoods = self.likelihoods.refined(*counts)

    def keep(self, kept: NDArray[np.integer]) -> None:
        """Drops all fragments except `kept`, in ascending order, and numbers those anew."""
        rows = np.asarray(kept, np.int64)
        back = np.flatnonzero(np.diff(rows) <= 0)
        if len(back):
            raise ConventionError(
                "kept",
                expected="fragments in ascending order",
                got=f"{rows[back[0]]} before {rows[back[0] + 1]}",
            )
        for name in _TABLES:
            _move_together(getattr(self, name), rows, self.num_fragments)
        self.num_fragments = len(rows)


@njit(cache=True, nogil=True)
def _move_together(table: Any, kept: Any, num_before: int) -> None:
    """Keeps some rows and columns of the first `num_before`, in place; `kept` ascends."""
    num = kept.shape[0]
    for i in range(num):
        row = kept[i]
        for j in range(num):
            table[i, j] = table[row, kept[j]]
        for j in range(num, num_before):
            table[i, j] = 0
    for i in range(num, num_before):
        for j in range(num_before):
            table[i, j] = 0


@njit(cache=True, nogil=True)
def _positive_pairs(table: Any, num: int) -> Any:
    """(K, 2) int64 row and column of each positive value above the diagonal, row by row."""
    count = 0
    for i in range(num):
        for j in range(i + 1, num):
            count += table[i, j] > 0
    found = np.empty((count, 2), np.int64)
    count = 0
    for i in range(num):
        for j in range(i + 1, num):
            if table[i, j] > 0:
                found[count, 0] = i
                found[count, 1] = j
                count += 1
    return found
