"""Evidence on whether two fragments are one object, gathered from frames that show both.

Here the counts are kept and added to, frame by frame; `geometry.pair_evidence` says what they are
worth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.pair_evidence import PairLikelihoods
from scenewright.geometry.surface_volume import GROWTH


class PairEvidence:
    """Counts per pair of fragments, and what they are worth.

    Attributes:
        together: (F, F) float32, symmetric.
        apart: (F, F) float32, symmetric.
        likelihoods: What "together" and "apart" say, as estimated so far.
    """

    def __init__(self) -> None:
        self._together = np.zeros((0, 0), np.float32)
        self._apart = np.zeros((0, 0), np.float32)
        self.num_fragments = 0
        self.likelihoods = PairLikelihoods()

    @property
    def together(self) -> NDArray[np.float32]:
        """(N, N) evidence that two fragments are one object."""
        return self._together[: self.num_fragments, : self.num_fragments]

    @property
    def apart(self) -> NDArray[np.float32]:
        """(N, N) evidence that two fragments are different objects."""
        return self._apart[: self.num_fragments, : self.num_fragments]

    def reserve(self, num_fragments: int) -> None:
        """Makes room for `num_fragments`."""
        have = len(self._together)
        if num_fragments > have:
            size = max(num_fragments, int(have * GROWTH), 64)
            for name in ("_together", "_apart"):
                larger = np.zeros((size, size), np.float32)
                larger[:have, :have] = getattr(self, name)
                setattr(self, name, larger)
        self.num_fragments = num_fragments

    def add(
        self, won: NDArray[np.int32], total_won: NDArray[np.int64], *, coverage: float, least: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Takes in one frame.

        Args:
            won: (N, F) voxels of each mask that each fragment has won.
            total_won: (F,) voxels that each fragment has won anywhere.
            coverage: Share of a fragment's visible voxels that its mask must hold.
            least: Visible voxels below which a fragment says nothing.

        Returns:
            The fragments that one mask holds, and those that are torn between masks.
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
        """Whether no frame has shown both of a pair."""
        result: NDArray[np.bool_] = self.together[first, second] + self.apart[first, second] == 0
        return result

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pairs that were ever together, each once, the smaller number first."""
        first, second = np.nonzero(self.together > 0)
        once = first < second
        return first[once], second[once]

    def adapt(self, first: NDArray[np.integer], second: NDArray[np.integer]) -> None:
        """One step of expectation-maximization on the given pairs (see `pairs`)."""
        counts = self.together[first, second], self.apart[first, second]
        self.likelihoods = self.likelihoods.refined(*counts)

    def keep(self, kept: NDArray[np.integer]) -> None:
        """Drops all fragments but `kept` and numbers those anew, in that order."""
        where = np.ix_(kept, kept)
        together, apart = self._together[where].copy(), self._apart[where].copy()
        self._together[:] = 0
        self._apart[:] = 0
        self.num_fragments = len(kept)
        self._together[: len(kept), : len(kept)] = together
        self._apart[: len(kept), : len(kept)] = apart
