"""What it says about two things that observations hold them together, or keep them apart.

In an observation that shows both, either one mask covers both (*together*) or two masks keep them
*apart*. How much either says depends on the masks at hand: a segmenter that often cuts objects in
two makes "apart" cheap. So the four likelihoods are estimated from the pairs themselves, as a
mixture of pairs that are one object and pairs that are two, and the log-odds of a pair follow by
Bayes' rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PRIOR_SAME = (8.5, 1.5)
"""Together and apart counts assumed beforehand for pairs that are one object."""
PRIOR_OTHER = (1.0, 9.0)
"""The same for pairs that are two."""
SAME_RANGE = (0.6, 0.97)
"""Limits of the chance of "together" for one object."""
OTHER_RANGE = (0.02, 0.3)
"""Limits of the chance of "together" for two objects."""

Counts = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class PairLikelihoods:
    """Chances that an observation holds a pair together; the rest keeps it apart.

    Attributes:
        same: For a pair that is one object.
        other: For a pair that is two.
    """

    same: float = PRIOR_SAME[0] / sum(PRIOR_SAME)
    other: float = PRIOR_OTHER[0] / sum(PRIOR_OTHER)

    def log_odds(self, together: Counts, apart: Counts) -> Counts:
        """Log-odds that pairs are one object.

        Args:
            together: Observations that hold each pair together, any shape.
            apart: Observations that keep each pair apart, the same shape and type.
        """
        number = together.dtype.type
        odds: Counts = together * number(np.log(self.same / self.other))
        odds += apart * number(np.log((1 - self.same) / (1 - self.other)))
        return odds

    def refined(self, together: Counts, apart: Counts) -> PairLikelihoods:
        """The likelihoods after one step of expectation-maximization.

        Args:
            together: (P,) observations that hold each pair together.
            apart: (P,) observations that keep each pair apart.
        """
        odds = self.log_odds(together, apart).astype(np.float64)
        belief = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        hits = together.astype(np.float64)
        total = hits + apart.astype(np.float64)
        return PairLikelihoods(
            _estimate(PRIOR_SAME, belief, hits, total, SAME_RANGE),
            _estimate(PRIOR_OTHER, 1 - belief, hits, total, OTHER_RANGE),
        )


def _estimate(
    prior: tuple[float, float],
    weight: NDArray[np.float64],
    hits: NDArray[np.float64],
    total: NDArray[np.float64],
    limits: tuple[float, float],
) -> float:
    """Share of hits in all observations of the pairs, each weighted."""
    value = (prior[0] + float(weight @ hits)) / (sum(prior) + float(weight @ total))
    return float(np.clip(value, *limits))
