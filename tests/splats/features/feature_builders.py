"""A store of weights in which every pixel shows one surfel, and unit vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.splats.rasterizer.weight_store import WeightStore, store_of_pictures


def unit_rows(rng: np.random.Generator, count: int, dims: int) -> NDArray[np.float64]:
    """(count, dims) random unit vectors."""
    rows = rng.normal(size=(count, dims))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float64)


def grid_store(num_labels: int, *, side: int = 6) -> tuple[WeightStore, NDArray[np.int32]]:
    """Two views of a row of squares of surfels, one surfel per pixel; and the id map of both.

    Square k has label k + 1 and the surfels of its ``side`` x ``side`` pixels.
    """
    ids = np.arange(side * side * num_labels, dtype=np.int32).reshape(side, -1, order="F")
    labels = np.repeat(np.arange(1, num_labels + 1), side)[None].repeat(side, axis=0)
    weights = np.full((*ids.shape, 1), 0.9, np.float32)
    store = store_of_pictures([(ids[..., None], weights)] * 2, num_surfels=ids.size)
    return store, labels.astype(np.int32)
