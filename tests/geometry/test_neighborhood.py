"""Gradients and searches around a voxel, against brute force and analytic fields."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.geometry.neighborhood import (
    despeckled,
    gradients,
    is_lowest,
    nearest_marked,
    neighbor_of,
)
from scenewright.geometry.voxel_hash import BLOCK_SIDE, BLOCK_VOXELS, BlockIndex
from tests.geometry.geometry_builders import centers, make_index, sample, voxel_coordinates

steps = st.integers(-BLOCK_SIDE, 2 * BLOCK_SIDE - 1)


@given(st.integers(0, 7), steps, steps, steps)
@settings(deadline=None, max_examples=200)
def test_neighbor_is_the_voxel_that_many_steps_away(block: int, i: int, j: int, k: int) -> None:
    index = make_index((-1, -1, -1), (1, 1, 1))
    wanted = index.coords[block] * BLOCK_SIDE + [i, j, k]
    found, local = neighbor_of(index.neighbors(), block, i, j, k)
    if found < 0:
        assert not any((c == wanted // BLOCK_SIDE).all() for c in index.coords)
    else:
        assert voxel_coordinates(index)[found, local].tolist() == wanted.tolist()


def inner_addresses(index: BlockIndex, keep: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Addresses of voxels for which `keep` holds and that have all six neighbors."""
    coords = voxel_coordinates(index).reshape(-1, 3)
    low, high = coords.min(axis=0), coords.max(axis=0)
    inner = np.all((coords > low) & (coords < high), axis=1)
    return np.flatnonzero(inner & keep.reshape(-1))


@pytest.mark.parametrize("seed", range(4))
def test_the_gradient_of_a_plane_is_its_normal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    index = make_index((-1, -1, -1), (1, 1, 1))
    tsdf, weight, _ = sample(index, lambda p: p @ normal, voxel_size=0.1, truncation=0.5)
    near = np.abs(tsdf) < 0.7
    found = gradients(index.neighbors(), tsdf, weight, inner_addresses(index, near))
    assert len(found) > 500
    assert np.abs(found - normal).max() < 1e-4


def test_the_gradient_of_a_sphere_points_away_from_its_middle() -> None:
    index = make_index((-2, -2, -2), (2, 2, 2))
    middle, radius = np.array([0.1, -0.15, 0.05]), 0.9
    tsdf, weight, _ = sample(
        index,
        lambda p: np.linalg.norm(p - middle, axis=-1) - radius,
        voxel_size=0.1,
        truncation=0.4,
    )
    addresses = inner_addresses(index, np.abs(tsdf) < 0.5)
    outward = centers(index, 0.1).reshape(-1, 3)[addresses] - middle
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    found = gradients(index.neighbors(), tsdf, weight, addresses)
    assert len(found) > 1000
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    assert (found * outward).sum(axis=1).min() > 0.999


def test_a_neighbor_without_reading_is_left_out() -> None:
    index = make_index((0, 0, 0), (1, 1, 1))
    tsdf, weight, _ = sample(index, lambda p: p @ [0.6, 0.0, 0.8], voxel_size=0.1, truncation=1)
    weight[:] = 0
    middle = 3 * 64 + 3 * 8 + 3
    alone = gradients(index.neighbors(), tsdf, weight, np.array([middle]))
    assert alone.tolist() == [[0, 0, 0]]
    weight[0, [middle, middle + 64, middle - 1]] = 1
    tsdf[0, middle + 1] = -77  # without a reading: must be ignored
    one_sided = gradients(index.neighbors(), tsdf, weight, np.array([middle]))
    assert one_sided[0] == pytest.approx([0.6, 0, 0.8], abs=1e-5)


def test_no_voxels_have_no_gradients() -> None:
    index = make_index((0, 0, 0), (1, 1, 1))
    tsdf, weight, _ = sample(index, lambda p: p[..., 0], voxel_size=0.1, truncation=1)
    assert gradients(index.neighbors(), tsdf, weight, np.zeros(0, np.int64)).shape == (0, 3)


@pytest.mark.parametrize(("reach", "share"), [(0, 0.1), (1, 0.05), (2, 0.02), (5, 0.002)])
def test_the_nearest_marked_voxel_agrees_with_brute_force(reach: int, share: float) -> None:
    rng = np.random.default_rng(reach)
    index = make_index((-1, -1, 0), (1, 1, 1))
    coords = voxel_coordinates(index).reshape(-1, 3)
    marked = rng.random((len(index), BLOCK_VOXELS)) < share
    addresses = rng.permutation(len(coords))[:600].astype(np.int64)
    found = nearest_marked(index.neighbors(), marked, addresses, reach)
    targets = np.flatnonzero(marked)
    offset = coords[addresses][:, None] - coords[targets][None]
    squared = (offset**2).sum(axis=2).astype(float)
    squared[np.abs(offset).max(axis=2) > reach] = np.inf
    best = squared.min(axis=1)
    assert np.array_equal(found < 0, np.isinf(best))
    assert np.isin(found[found >= 0], targets).all()
    here = np.flatnonzero(found >= 0)
    assert len(here) > 20
    label_here = ((coords[addresses[here]] - coords[found[here]]) ** 2).sum(axis=1)
    assert np.array_equal(label_here, best[here])


def slow_despeckled(
    labels: NDArray[np.int32],
    coords: NDArray[np.int64],
    address: int,
    reach: int,
    min_share: float,
    majority_share: float,
) -> int:
    label_here = int(labels[address])
    offset = np.abs(coords - coords[address]).max(axis=1)
    around = labels[(offset > 0) & (offset <= reach) & (labels != 0)]
    same = np.count_nonzero(around == label_here)
    if label_here == 0 or not len(around) or same >= min_share * len(around):
        return label_here
    values, counts = np.unique(around, return_counts=True)
    best = counts.argmax()
    return int(values[best]) if counts[best] >= majority_share * len(around) else label_here


@pytest.mark.parametrize("seed", range(3))
def test_lone_labels_agree_with_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    index = make_index((-1, 0, 0), (1, 1, 1))
    coords = voxel_coordinates(index).reshape(-1, 3)
    labels = np.where(coords[:, 0] < 0, 5, 9)
    stray = rng.random(len(labels)) < 0.15
    labels[stray] = rng.choice([1, 5, 9], stray.sum())
    labels[rng.random(len(labels)) < 0.5] = 0
    labels = labels.astype(np.int32)
    addresses = rng.permutation(len(labels))[:500].astype(np.int64)
    found = despeckled(index.neighbors(), labels.reshape(-1, BLOCK_VOXELS), addresses, 1, 0.2, 0.6)
    expected = [slow_despeckled(labels, coords, int(a), 1, 0.2, 0.6) for a in addresses]
    assert found.tolist() == expected
    changed = found != labels[addresses]
    assert changed.any() and not changed[labels[addresses] == 0].any()


def test_the_lowest_voxels_agree_with_brute_force() -> None:
    rng = np.random.default_rng(4)
    index = make_index((-1, 0, -1), (1, 1, 1))
    coords = voxel_coordinates(index).reshape(-1, 3)
    values = rng.uniform(0, 1, len(coords)).astype(np.float32)
    values[rng.random(len(coords)) < 0.8] = np.inf
    addresses = np.flatnonzero(np.isfinite(values))[:400].astype(np.int64)
    found = is_lowest(index.neighbors(), values.reshape(-1, BLOCK_VOXELS), addresses, 0.1)
    for address, lowest in zip(addresses, found, strict=True):
        around = np.abs(coords - coords[address]).max(axis=1) <= 1
        assert lowest == (values[around].min() >= np.float32(values[address] - 0.1))
    assert 50 < found.sum() < 350
