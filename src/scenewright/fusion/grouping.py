"""Fragments to groups: greedy contraction of the strongest link, re-scored after each merge.

This is greedy additive edge contraction for correlation clustering (Keuper et al., ICCV 2015).
Evidence against a merge adds up over all members of both groups, so one wrong link cannot chain two
objects, and calling it again on later evidence can part what was merged.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def contract(log_odds: NDArray[np.floating], *, margin: float) -> NDArray[np.int64]:
    """Groups items so that links inside groups are for and links between groups against.

    Args:
        log_odds: (F, F) symmetric, above 0 where two items belong together; the diagonal is not
            looked at.
        margin: A merge needs a sum of log-odds above it.

    Returns:
        (F,) group of each item: the smallest index of its members.
    """
    links = np.array(log_odds, np.float64)
    np.fill_diagonal(links, -np.inf)
    return _contract(links, margin)


@njit(cache=True, nogil=True)
def _contract(links: NDArray[np.float64], margin: float) -> NDArray[np.int64]:
    """Contracts in place. `partner` remembers each row's best column, so a merge costs few rows."""
    count = links.shape[0]
    group = np.arange(count)
    partner = np.zeros(count, np.int64)
    for row in range(count):
        partner[row] = links[row].argmax()
    while count > 0:
        best = 0
        for row in range(count):
            if links[row, partner[row]] > links[best, partner[best]]:
                best = row
        if not links[best, partner[best]] > margin:
            break
        i = min(best, partner[best])
        j = max(best, partner[best])
        for k in range(count):
            links[i, k] += links[j, k]
            links[k, i] = links[i, k]
            if group[k] == j:
                group[k] = i
        links[i, i] = -np.inf
        links[j, :] = -np.inf
        links[:, j] = -np.inf
        for k in range(count):
            if k == i or partner[k] == i or partner[k] == j:
                partner[k] = links[k].argmax()
            elif links[k, i] > links[k, partner[k]]:
                partner[k] = i
    return group
