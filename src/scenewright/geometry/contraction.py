"""Items to groups: greedy contraction of the strongest link, re-scored after each merge.

This is greedy additive edge contraction for correlation clustering (Keuper et al., ICCV 2015).
Evidence against a merge adds up over all members of both groups, so one wrong link cannot chain two
groups, and calling it again on later evidence can part what was merged.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


def contract(
    log_odds: NDArray[np.floating[Any]], *, margin: float, max_members: int | None = None
) -> NDArray[np.int64]:
    """Groups items so that links inside groups are for and links between groups against.

    Of equally strong links, the one between the lowest numbers goes first.

    Args:
        log_odds: (N, N) symmetric, float32 or float64, above 0 where two items belong together; the
            diagonal is ignored. Sums are taken in its type.
        margin: A merge needs a sum of log-odds above it.
        max_members: Items that a group may have; None for no limit.

    Returns:
        (N,) group of each item: the smallest number of its members.
    """
    links = np.array(log_odds)
    np.fill_diagonal(links, -np.inf)
    limit = len(links) if max_members is None else max_members
    return _contract(links, links.dtype.type(margin), limit)


@njit(cache=True, nogil=True)
def _contract(links: NDArray[np.floating[Any]], margin: Any, max_members: int) -> NDArray[np.int64]:
    """Contracts in place; each row remembers its first best column, so a merge costs few rows."""
    count = links.shape[0]
    group = np.arange(count)
    members = np.ones(count, np.int64)
    partner = np.zeros(count, np.int64)
    highest = np.empty(count, links.dtype)
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
        for k in range(count):
            links[i, k] += links[j, k]
        links[i, i] = -np.inf
        links[i, j] = -np.inf
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
            link = links[k, i]
            if link > highest[k] or (link == highest[k] and i < partner[k]):
                partner[k] = i
                highest[k] = link
            elif link < highest[k] and (partner[k] == i or partner[k] == j):
                partner[k] = links[k].argmax()
                highest[k] = links[k, partner[k]]
    return group
