"""The store of blend weights against plain loops and dense arrays."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Camera, ConventionError, MaskSet, ShapeError, Views
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.blending_weights import blend_weights
from scenewright.splats.rasterizer.weight_store import (
    WeightStore,
    build_weight_store,
    choose_stride,
    store_of_pictures,
)

NUM, HEIGHT, WIDTH, TOP = 40, 7, 9, 3


def random_picture(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Different surfels per pixel, weights falling, some pixels with fewer than `TOP`."""
    rng = np.random.default_rng(seed)
    ids = np.stack([rng.permutation(NUM)[:TOP] for _ in range(HEIGHT * WIDTH)])
    weights = -np.sort(-rng.uniform(0.01, 0.33, ids.shape), axis=1)
    gone = np.arange(TOP) >= rng.integers(0, TOP + 1, len(ids))[:, None]
    ids[gone], weights[gone] = -1, 0
    shape = (HEIGHT, WIDTH, TOP)
    return ids.reshape(shape).astype(np.int32), weights.reshape(shape).astype(np.float32)


def dense(ids: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(H * W, N) weights."""
    table = np.zeros((ids.shape[0] * ids.shape[1], NUM))
    flat_ids, flat_weights = ids.reshape(-1, TOP), weights.reshape(-1, TOP)
    for pixel in range(len(table)):
        for k in range(TOP):
            if flat_ids[pixel, k] >= 0:
                table[pixel, flat_ids[pixel, k]] += flat_weights[pixel, k]
    return table


def make_store(stride: int = 1) -> tuple[WeightStore, list[np.ndarray]]:
    pictures = [random_picture(seed) for seed in (0, 1)]
    store = store_of_pictures(pictures, num_surfels=NUM, stride=stride)
    return store, [dense(*picture)[store.pixels(v)] for v, picture in enumerate(pictures)]


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_matrix_rows_and_blend_are_the_kept_pixels(stride: int) -> None:
    store, tables = make_store(stride)
    values = np.random.default_rng(5).normal(size=(NUM, 4)).astype(np.float32)
    for view, table in enumerate(tables):
        assert store.grid_size(view) == (len(range(stride // 2, HEIGHT, stride)),
                                         len(range(stride // 2, WIDTH, stride)))  # fmt: skip
        np.testing.assert_allclose(store.matrix(view).toarray(), table, atol=2e-4)
        np.testing.assert_allclose(store.blend(view, values), table @ values, atol=2e-3)
        chosen = np.array([len(table) - 1, 0, len(table) // 2])
        ids, weights = store.rows(view, chosen)
        rebuilt = np.zeros((3, NUM))
        for row, column in zip(*np.nonzero(ids >= 0), strict=True):
            rebuilt[row, ids[row, column]] += weights[row, column]
        np.testing.assert_allclose(rebuilt, table[chosen], atol=2e-4)
        np.testing.assert_allclose(store.visible(view), table.sum(0) * stride**2, rtol=2e-3)


@pytest.mark.parametrize("stride", [1, 2])
def test_mask_sums_of_overlapping_masks(stride: int) -> None:
    store, tables = make_store(stride)
    rng = np.random.default_rng(3)
    masks = rng.random((5, HEIGHT, WIDTH)) < 0.4
    sums, is_strong = store.mask_sums(0, MaskSet.from_dense(masks), strong=0.2)
    flags = masks.reshape(5, -1)[:, store.pixels(0)]
    expected = flags.astype(float) @ tables[0] * stride**2
    np.testing.assert_allclose(sums.toarray(), expected, rtol=2e-3, atol=1e-4)
    assert (np.diff(sums.indices)[np.setdiff1d(np.arange(sums.nnz - 1), sums.indptr[1:-1] - 1)]
            > 0).all()  # fmt: skip
    row = np.repeat(np.arange(5), np.diff(sums.indptr))
    largest = (flags[:, :, None] * tables[0][None]).max(axis=1)
    clear = np.abs(largest - 0.2) > 1e-3
    there = clear[row, sums.indices]
    np.testing.assert_array_equal(is_strong[there], (largest > 0.2)[row, sums.indices][there])


def test_label_sums_are_mask_sums_of_an_id_map() -> None:
    store, _ = make_store(2)
    id_map = np.random.default_rng(1).integers(0, 4, (HEIGHT, WIDTH)).astype(np.int32)
    by_label, _ = store.label_sums(1, store.sample(1, id_map), 4)
    by_mask, _ = store.mask_sums(1, MaskSet.from_id_map(id_map))
    np.testing.assert_array_equal(by_label.toarray()[1:], by_mask.toarray())
    np.testing.assert_allclose(by_label.toarray().sum(0), store.visible(1), rtol=1e-3)


def test_labels_are_drawn_by_the_sum_of_their_weights() -> None:
    ids = np.array([[[0, 1, 2], [3, -1, -1], [-1, -1, -1]]], np.int32)
    weights = np.array([[[0.4, 0.3, 0.2], [0.5, 0, 0], [0, 0, 0]]], np.float32)
    store = store_of_pictures([(ids, weights)], num_surfels=4)
    labels = np.array([7, 5, 5, 2], np.int32)
    np.testing.assert_array_equal(store.draw_labels(0, labels), [[5, 2, 0]])


def test_pictures_of_another_size_are_refused() -> None:
    store, _ = make_store()
    with pytest.raises(ShapeError, match=r"^masks of view 1: expected 9 x 7, got 7 x 9$"):
        store.mask_sums(1, MaskSet.from_dense(np.ones((1, WIDTH, HEIGHT), bool)))


def test_stride_is_set_by_memory() -> None:
    size = np.tile([480, 360], (100, 1))
    assert choose_stride(size, top=8, memory_budget=1_000_000_000) == 1
    assert choose_stride(size, top=8, memory_budget=300_000_000) == 2
    with pytest.raises(ConventionError) as caught:
        choose_stride(size, top=8, memory_budget=1_000_000)
    assert str(caught.value) == (
        "Weight store of 100 views: expected at most 1 MB, got 14 MB with every 8th row and "
        "column. Use fewer or smaller views, or allow more memory."
    )


def test_store_of_the_rasterizer_holds_its_weights() -> None:
    rng = np.random.default_rng(0)
    n = 300
    arrays = SurfelArrays(
        rng.uniform((-1, -1, 2), (1, 1, 4), (n, 3)).astype(np.float32),
        rng.normal(size=(n, 4)).astype(np.float32),
        rng.uniform(0.05, 0.2, (n, 2)).astype(np.float32),
        rng.uniform(0.2, 0.99, n).astype(np.float32),
        np.zeros((n, 1, 3), np.float32),
    )
    K = np.array([[40.0, 0, 16], [0, 40, 12], [0, 0, 1]])
    views = Views(("a",), K[None], np.array([[32, 24]], np.int32), np.eye(4)[None])
    calls: list[tuple[object, ...]] = []
    store = build_weight_store(
        arrays, views, near=0.1, top=8, progress=lambda *facts: calls.append(facts)
    )
    assert calls == [("trace", 1, 1, "views")]
    found = blend_weights(arrays, Camera(K, 32, 24), world_from_cam=np.eye(4), near=0.1, top=8)
    ids, weights = store.rows(0, np.arange(32 * 24))
    kept = np.where(found.weights >= 1 / 255, found.weights, 0).reshape(-1, 8)
    np.testing.assert_allclose(weights, kept[:, : weights.shape[1]], atol=5e-4)
    shown = ids[weights > 0]
    np.testing.assert_array_equal(shown, found.ids.reshape(-1, 8)[kept > 0])
    half = build_weight_store(arrays, views, near=0.1, memory_budget=store.num_bytes)
    assert half.stride > 1 and half.num_bytes < store.num_bytes
