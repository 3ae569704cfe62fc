"""Surfels selected by their feature, or by a click on an image of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import ConventionError, ShapeError
from scenewright.geometry.connected import connected_groups

LEAST_COSINE = 0.85
"""Features with a larger cosine match."""
_NEIGHBORS = 8
_REACH = 4.0
"""Surfels are connected up to this distance, in median distances of nearest neighbors."""


def select_by_feature(
    features: NDArray[np.float32],
    query: NDArray[np.floating] | int,
    *,
    least_cosine: float = LEAST_COSINE,
) -> NDArray[np.bool_]:
    """(N,) bool, which surfels have a feature similar to the query.

    Args:
        features: (N, D) unit vectors.
        query: (D,) feature, or (Q, D) features of which one must match, of any length; or the
            number of a surfel.
        least_cosine: Least cosine of a match, -1 to 1.

    Raises:
        ShapeError: The query does not have D numbers, or the surfel does not exist.
        ConventionError: The query is zero.
    """
    if isinstance(query, int):
        if not 0 <= query < len(features):
            raise ShapeError("surfel", expected=f"0 to {len(features) - 1}", got=str(query))
        query = features[query]
    wanted = np.atleast_2d(np.asarray(query, np.float32))
    if wanted.ndim != 2 or wanted.shape[1] != features.shape[1]:
        raise ShapeError("query", expected=f"(Q, {features.shape[1]})", got=f"{wanted.shape}")
    lengths = np.linalg.norm(wanted, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise ConventionError(
            "query", expected="a feature", got="zeros", do="Choose the feature of a surfel."
        )
    best = (features @ (wanted / lengths).T).max(axis=1, initial=-1)
    result: NDArray[np.bool_] = best >= least_cosine
    return result


def select_at_pixel(
    means: NDArray[np.float32],
    features: NDArray[np.float32],
    *,
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    least_cosine: float = LEAST_COSINE,
) -> NDArray[np.bool_]:
    """(N,) bool, the surfels of the object at a pixel: similar in feature, and connected in space.

    The query is the feature rendered at the pixel. Of the connected groups of matching surfels the
    one with most of the pixel's weight is selected; if no surfel of the pixel matches, the largest
    one. Connectivity is relative to the spacing of the matching surfels.

    Args:
        means: (N, 3) centers.
        features: (N, D) unit vectors.
        ids: (T,) int32 surfels that the pixel shows, -1 = no more.
        weights: (T,) float32 blending weights of the ids.
        least_cosine: Least cosine of a match.

    Raises:
        ConventionError: The pixel shows no surfel.
    """
    is_there = (ids >= 0) & (weights > 0)
    if not is_there.any():
        raise ConventionError(
            "pixel", expected="a surfel", got="none", do="Click on a pixel that shows a surfel."
        )
    shown, share = ids[is_there], weights[is_there]
    chosen = select_by_feature(features, share @ features[shown], least_cosine=least_cosine)
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return chosen
    group = point_groups(means[rows])
    group_of = np.full(len(features), -1)
    group_of[rows] = group
    hit = group_of[shown]
    if (hit >= 0).any():
        wanted = np.bincount(hit[hit >= 0], weights=share[hit >= 0]).argmax()
    else:
        wanted = np.bincount(group).argmax()
    result: NDArray[np.bool_] = group_of == wanted
    return result


def point_groups(
    points: NDArray[np.floating], *, reach: float = _REACH, neighbors: int = _NEIGHBORS
) -> NDArray[np.int32]:
    """(N,) number from 0 of the group that each point hangs together with.

    Points are linked to their nearest neighbors within `reach` times the median distance from a
    point to its nearest one, so that a larger scene has the same groups.

    Args:
        points: (N, 3).
        reach: Median distances.
        neighbors: Links per point at most.
    """
    num = len(points)
    count = min(neighbors + 1, num)
    if count < 2:
        return np.zeros(num, np.int32)
    places = np.asarray(points, np.float64)
    distance, other = cKDTree(places).query(places, k=count)
    apart = distance[:, 1]
    limit = reach * float(np.median(apart[apart > 0])) if (apart > 0).any() else 0.0
    linked = distance[:, 1:] <= limit
    rows = np.repeat(np.arange(num), linked.sum(axis=1))
    return connected_groups(rows, other[:, 1:][linked], count=num)
