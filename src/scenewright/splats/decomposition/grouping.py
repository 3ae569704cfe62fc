"""Patches to objects: evidence of pairs from all views."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.pair_evidence import PairLikelihoods
from scenewright.splats.decomposition.patches import Memberships

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
) -> PairLikelihoods:
    """Likelihoods of "together" and "apart", estimated from all pairs that are ever together.

    Args:
        together: (T, T) counts of `pair_evidence`.
        apart: (T, T) counts of `pair_evidence`.
    """
    first, second = np.nonzero(np.triu(together > _LEAST_EVIDENCE, k=1))
    counts = together[first, second].astype(np.float64), apart[first, second].astype(np.float64)
    likelihoods = PairLikelihoods()
    for _ in range(_ROUNDS):
        likelihoods = likelihoods.refined(*counts)
    return likelihoods
