"""Least-squares rigid transforms between paired points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fit_rigid(
    source: NDArray[np.float64],
    target: NDArray[np.float64],
    *,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """The rotation and translation that move paired points together best (Kabsch, 1976).

    Args:
        source: (N, 3), at least one point.
        target: (N, 3), the pair of each source point.
        weights: (N,) weight of the squared distance of each pair, not all 0; None for equal ones.

    Returns:
        (4, 4) float64 target_from_source, a proper rotation and a translation.
    """
    share = np.full(len(source), 1 / len(source)) if weights is None else weights / weights.sum()
    source_center, target_center = share @ source, share @ target
    u, _, vt = np.linalg.svd(
        ((target - target_center) * share[:, None]).T @ (source - source_center)
    )
    handedness = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    target_from_source = np.eye(4)
    target_from_source[:3, :3] = (u * handedness) @ vt
    target_from_source[:3, 3] = target_center - target_from_source[:3, :3] @ source_center
    return target_from_source
