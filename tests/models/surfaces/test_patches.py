"""Patches against a slow version with sets."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.models.surfaces.patches import grow_patches, sort_links


def test_links_are_sorted_up_to_a_bin_without_the_infinite_ones() -> None:
    weights = np.random.default_rng(1).uniform(0, 3, 500).astype(np.float32)
    weights[::7] = np.inf
    order = np.empty(500, np.int32)
    count = sort_links(weights, order)
    assert sorted(order[:count]) == np.flatnonzero(np.isfinite(weights)).tolist()
    assert (np.diff(weights[order[:count]]) > -1 / 256).all()


def slow_patches(
    weights: NDArray[np.float32], order: NDArray[np.int32], *, looseness: float, least_area: int
) -> NDArray[np.int64]:
    """The rules of `grow_patches` on sets of pixels."""
    rows, columns = weights.shape[:2]
    patch_of = {pixel: {pixel} for pixel in range(rows * columns)}
    heaviest = {id(patch): np.float32(0) for patch in patch_of.values()}

    def merge(a: set[int], b: set[int], weight: np.float32) -> None:
        union = a | b
        heaviest[id(union)] = max(weight, heaviest[id(a)], heaviest[id(b)])
        kept.append(union)  # keeps the id from being used again
        for pixel in union:
            patch_of[pixel] = union

    kept = list(patch_of.values())
    for is_last in (False, True):
        for link in order:
            pixel, weight = int(link) // 2, weights.ravel()[link]
            a, b = patch_of[pixel], patch_of[pixel + (1 if link % 2 == 0 else columns)]
            if a is b:
                continue
            limit = min(
                heaviest[id(p)] + np.float32(looseness) / np.float32(len(p)) for p in (a, b)
            )
            if weight <= limit and not is_last:
                merge(a, b, weight)
            if is_last and weight <= 2 and min(len(a), len(b)) < least_area:
                merge(a, b, weight)
    labels = np.full(rows * columns, -1)
    for number, patch in enumerate(
        dict.fromkeys(
            frozenset(patch_of[pixel])
            for pixel in range(rows * columns)
            if len(patch_of[pixel]) >= least_area
        )
    ):
        labels[list(patch)] = number
    return labels.reshape(rows, columns)


@pytest.mark.parametrize("seed", range(5))
def test_patches_match_the_slow_version(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0, 2.5, (9, 11, 2)).astype(np.float32)
    weights[:, -1, 0] = weights[-1, :, 1] = np.inf
    weights[4, :, 1] = np.inf  # nothing crosses this row
    order = np.empty(weights.size, np.int32)
    count = sort_links(weights.ravel(), order)
    labels = np.empty((9, 11), np.int32)
    num = grow_patches(weights, order, count, 3.0, 4, labels)
    expected = slow_patches(weights, order[:count], looseness=3.0, least_area=4)
    np.testing.assert_array_equal(labels, expected)
    assert num == labels.max() + 1 and num >= 2
