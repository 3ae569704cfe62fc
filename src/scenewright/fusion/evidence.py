"""Evidence on whether two fragments are one object, gathered from frames that show both.

In a frame that shows both, either one mask covers both (*together*) or two masks keep them *apart*.
How much either says depends on the masks at hand: a segmenter that often cuts objects in two makes
"apart" cheap. So the four likelihoods are estimated from the stream itself, as a mixture of pairs
that are one object and pairs that are two, and the log-odds of a pair follow by Bayes' rule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.surface_volume import GROWTH

PRIOR_SAME = (8.5, 1.5)
"""Together and apart counts assumed beforehand for pairs that are one object."""
PRIOR_OTHER = (1.0, 9.0)
"""The same for pairs that are two."""
SAME_RANGE = (0.6, 0.97)
OTHER_RANGE = (0.02, 0.3)


class PairEvidence:
    """Counts per pair of fragments, and what they are worth.

    Attributes:
        together: (F, F) float32, symmetric.
        apart: (F, F) float32, symmetric.
        p_same: Estimated chance of "together" for one object.
        p_other: Estimated chance of "together" for two objects.
    """

    def __init__(self) -> None:
        self._together = np.zeros((0, 0), np.float32)
        self._apart = np.zeros((0, 0), np.float32)
        self.num_fragments = 0
        self.p_same = PRIOR_SAME[0] / sum(PRIOR_SAME)
        self.p_other = PRIOR_OTHER[0] / sum(PRIOR_OTHER)

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
        for_together = np.float32(np.log(self.p_same / self.p_other))
        for_apart = np.float32(np.log((1 - self.p_same) / (1 - self.p_other)))
        odds: NDArray[np.float32] = for_together * self.together[first, second]
        odds += for_apart * self.apart[first, second]
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
        together = self.together[first, second].astype(np.float64)
        apart = self.apart[first, second].astype(np.float64)
        odds = self.log_odds(first, second).astype(np.float64)
        same = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        total = together + apart
        self.p_same = _estimate(PRIOR_SAME, float(same @ together), float(same @ total), SAME_RANGE)
        other = 1 - same
        self.p_other = _estimate(
            PRIOR_OTHER, float(other @ together), float(other @ total), OTHER_RANGE
        )

    def keep(self, kept: NDArray[np.integer]) -> None:
        """Drops all fragments but `kept` and numbers those anew, in that order."""
        where = np.ix_(kept, kept)
        together, apart = self._together[where].copy(), self._apart[where].copy()
        self._together[:] = 0
        self._apart[:] = 0
        self.num_fragments = len(kept)
        self._together[: len(kept), : len(kept)] = together
        self._apart[: len(kept), : len(kept)] = apart


def _estimate(
    prior: tuple[float, float], hits: float, total: float, limits: tuple[float, float]
) -> float:
    value = (prior[0] + hits) / (sum(prior) + total)
    return float(np.clip(value, *limits))
