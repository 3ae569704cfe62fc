"""Compares one vector with many: exactly by numpy, or approximately by usearch."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from scenewright.core import require

EngineName = Literal["exact", "approximate"]


class VectorEngine(Protocol):
    """Finds the rows of a matrix whose product with a vector is largest."""

    def nearest(self, vector: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """Rows of the largest products, the largest first.

        Args:
            vector: (D,) vector.
            count: How many rows are wanted.
        """
        ...


class ExactEngine:
    """Compares all rows by one matrix product.

    Args:
        vectors: (N, D) float32.
    """

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._vectors = vectors

    def nearest(self, vector: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """See `VectorEngine`."""
        if count >= len(self._vectors):
            return np.argsort(-(self._vectors @ vector), kind="stable")
        products = self._vectors @ vector
        best = np.argpartition(-products, count)[:count]
        rows: NDArray[np.int64] = best[np.argsort(-products[best], kind="stable")]
        return rows


class ApproximateEngine:
    """Compares few rows, found in a graph of near ones (Malkov and Yashunin, TPAMI 2020).

    Worth its time from some 100,000 objects on; a good row can be missed. Needs the extra
    ``index``.

    Args:
        vectors: (N, D) float32.

    Raises:
        MissingExtraError: usearch is not installed.
    """

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        usearch: Any = require("usearch.index", extra="index")
        self._graph = usearch.Index(ndim=vectors.shape[1], metric="ip", dtype="f32")
        if len(vectors):
            self._graph.add(np.arange(len(vectors)), vectors)

    def nearest(self, vector: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """See `VectorEngine`."""
        found = self._graph.search(vector, count)
        return np.asarray(found.keys, np.int64)


def make_engine(name: EngineName, vectors: NDArray[np.float32]) -> VectorEngine:
    """The engine of a name; see `ExactEngine` and `ApproximateEngine`."""
    return ApproximateEngine(vectors) if name == "approximate" else ExactEngine(vectors)
