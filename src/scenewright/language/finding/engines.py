"""Finds near vectors without comparing all: a graph by usearch."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scenewright.core import require

EngineName = Literal["exact", "approximate"]


class ApproximateEngine:
    """Finds rows whose product with a vector is large in a graph of near ones (Malkov and Yashunin,
    TPAMI 2020).

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
        """Rows of large products, the largest first.

        Args:
            vector: (D,) vector.
            count: How many rows are wanted at most.
        """
        return np.asarray(self._graph.search(vector, count).keys, np.int64)
