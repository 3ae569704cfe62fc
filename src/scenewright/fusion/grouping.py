"""Fragments to groups: greedy contraction of the strongest link, re-scored after each merge.

This is greedy additive edge contraction for correlation clustering (Keuper et al., ICCV 2015).
Evidence against a merge adds up over all members of both groups, so one wrong link cannot chain two
objects, and calling it again on later evidence can part what was merged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def contract(log_odds: NDArray[np.float32], *, margin: float) -> NDArray[np.int64]:
    """Groups items so that links inside groups are for and links between groups against.

    Args:
        log_odds: (F, F) symmetric, above 0 where two items belong together.
        margin: Least sum of log-odds for a merge.

    Returns:
        (F,) group of each item: the smallest index of its members.
    """
    group = np.arange(len(log_odds))
    linked = np.flatnonzero(
        (np.triu(log_odds, 1) + np.triu(log_odds, 1).T).max(axis=1, initial=0) > 0
    )
    if not len(linked):
        return group
    links = log_odds[np.ix_(linked, linked)].astype(np.float64)
    np.fill_diagonal(links, -np.inf)
    label = np.arange(len(linked))
    while True:
        best = int(links.argmax())
        i, j = sorted(divmod(best, len(linked)))
        if links[i, j] <= margin:
            break
        links[i] += links[j]
        links[:, i] = links[i]
        links[i, i] = -np.inf
        links[j] = -np.inf
        links[:, j] = -np.inf
        label[label == j] = i
    group[linked] = linked[label]
    return group
