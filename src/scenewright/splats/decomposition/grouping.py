"""Patches to objects: evidence of pairs from all views, then greedy contraction.

In a view that shows two patches, either one mask holds both (*together*) or two masks keep them
*apart*. What either is worth depends on the masks at hand, so the four likelihoods are estimated
from the pairs themselves, as a mixture of pairs that are one object and pairs that are two. The
log-odds are then contracted greedily, strongest link first, all links of merged patches adding up
(greedy additive edge contraction, Keuper et al., ICCV 2015).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.splats.decomposition.patches import Memberships

_PRIOR_SAME = (8.5, 1.5)
_PRIOR_OTHER = (1.0, 9.0)
_SAME_RANGE = (0.6, 0.97)
_OTHER_RANGE = (0.02, 0.3)
_ROUNDS = 4
_LEAST_EVIDENCE = 1e-3


def pair_evidence(members: Memberships) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(T, T) soft counts of views in which pairs of patches are together, and apart."""
    share, labeled = members.share, members.labeled
    together = (share @ share.T).toarray().astype(np.float32)
    dense = labeled.toarray().astype(np.float32)
    apart = dense @ dense.T
    apart -= together
    np.maximum(apart, np.float32(0), out=apart)
    return together, apart


def estimate_likelihoods(
    together: NDArray[np.float32], apart: NDArray[np.float32]
) -> tuple[float, float]:
    """Chance that a view holds a pair together, if it is one object and if it is two.

    Args:
        together: (T, T) counts of `pair_evidence`.
        apart: (T, T) counts of `pair_evidence`.
    """
    first, second = np.nonzero(np.triu(together > _LEAST_EVIDENCE, k=1))
    for_it = together[first, second].astype(np.float64)
    against = apart[first, second].astype(np.float64)
    same, other = _PRIOR_SAME[0] / sum(_PRIOR_SAME), _PRIOR_OTHER[0] / sum(_PRIOR_OTHER)
    for _ in range(_ROUNDS):
        odds = for_it * np.log(same / other) + against * np.log((1 - same) / (1 - other))
        belief = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        same = _estimate(_PRIOR_SAME, belief, for_it, against, _SAME_RANGE)
        other = _estimate(_PRIOR_OTHER, 1 - belief, for_it, against, _OTHER_RANGE)
    return same, other


def pair_log_odds(
    together: NDArray[np.float32], apart: NDArray[np.float32], *, same: float, other: float
) -> NDArray[np.float32]:
    """(T, T) log-odds that pairs are one object.

    Args:
        together: (T, T) counts of `pair_evidence`.
        apart: (T, T) counts of `pair_evidence`.
        same: Chance of "together" for one object.
        other: Chance of "together" for two.
    """
    odds = together * np.float32(np.log(same / other))
    odds += apart * np.float32(np.log((1 - same) / (1 - other)))
    return odds


def _estimate(
    prior: tuple[float, float],
    weight: NDArray[np.float64],
    for_it: NDArray[np.float64],
    against: NDArray[np.float64],
    limits: tuple[float, float],
) -> float:
    hits, total = weight @ for_it, weight @ (for_it + against)
    return float(np.clip((prior[0] + hits) / (sum(prior) + total), *limits))


def contract(
    log_odds: NDArray[np.float32], *, margin: float, max_members: int
) -> NDArray[np.int64]:
    """Groups items so that links inside groups are for and links between groups against.

    Args:
        log_odds: (T, T) symmetric float32, above 0 where two items belong together; overwritten.
        margin: A merge needs a sum of log-odds above it.
        max_members: Items that a group may have.

    Returns:
        (T,) group of each item: the smallest number of its members.
    """
    np.fill_diagonal(log_odds, -np.inf)
    return _contract(log_odds, np.float32(margin), max_members)


@njit(cache=True, nogil=True)
def _contract(
    links: NDArray[np.float32], margin: np.float32, max_members: int
) -> NDArray[np.int64]:
    """Contracts in place; each row remembers its best column, so that a merge costs few rows."""
    count = links.shape[0]
    group = np.arange(count)
    partner = np.zeros(count, np.int64)
    highest = np.full(count, -np.inf, np.float32)
    members = np.ones(count, np.int64)
    for row in range(count):
        partner[row] = links[row].argmax()
        highest[row] = links[row, partner[row]]
    while count > 0:
        best = highest.argmax()
        if not highest[best] > margin:
            break
        i = min(best, partner[best])
        j = max(best, partner[best])
        if members[i] + members[j] > max_members:
            links[i, j] = links[j, i] = -np.inf
            for row in (i, j):
                partner[row] = links[row].argmax()
                highest[row] = links[row, partner[row]]
            continue
        members[i] += members[j]
        group[group == j] = i
        links[j, i] = -np.inf
        for k in range(count):
            links[i, k] += links[j, k]
        links[i, i] = -np.inf
        links[j, :] = -np.inf
        highest[j] = -np.inf
        for k in range(count):
            links[k, j] = -np.inf
            links[k, i] = links[i, k]
        partner[i] = links[i].argmax()
        highest[i] = links[i, partner[i]]
        for k in range(count):
            if k == i or highest[k] == -np.inf:
                continue
            if links[k, i] >= highest[k]:
                partner[k] = i
                highest[k] = links[k, i]
            elif partner[k] == i or partner[k] == j:
                partner[k] = links[k].argmax()
                highest[k] = links[k, partner[k]]
    return group
