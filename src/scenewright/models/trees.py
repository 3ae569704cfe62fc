"""Boosted decision trees as arrays: evaluated by a small loop, stored as safetensors."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from scenewright.core import WeightsError

LEAF = -1
"""`BoostedTrees.feature` of a leaf."""
_TYPES = (np.int16, np.float32, np.int32, np.int32, np.float32, np.int32)
"""Types of the arrays of `BoostedTrees`."""


@dataclass(frozen=True, eq=False)
class BoostedTrees:
    """A sum of binary decision trees (Friedman, Annals of Statistics 2001).

    A node compares one feature with a limit: at most the limit goes left, above it goes right.

    Attributes:
        feature: (N,) int16 feature of each node, `LEAF` = leaf.
        limit: (N,) float32.
        left: (N,) int32 node on the left.
        right: (N,) int32 node on the right.
        value: (N,) float32 value of leaves.
        roots: (T,) int32 first node of each tree.
    """

    feature: NDArray[np.int16]
    limit: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]

    @functools.cached_property
    def arrays(self) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        """The nodes packed for `sum_leaves`: one row holds what a step needs, read at once.

        (N, 4) int32 feature, left, right and limit (of a leaf: value); the same memory as float32;
        (T,) roots.
        """
        nodes = np.empty((len(self.feature), 4), np.int32)
        nodes[:, 0], nodes[:, 1], nodes[:, 2] = self.feature, self.left, self.right
        as_float = nodes.view(np.float32)
        as_float[:, 3] = np.where(self.feature == LEAF, self.value, self.limit)
        return nodes, as_float, self.roots

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """(M,) sums of the trees for (M, F) features."""
        result: NDArray[np.float64] = _sum_rows(
            np.ascontiguousarray(features, np.float32), *self.arrays
        )
        return result

    def checked(self, name: str, *, num_features: int) -> BoostedTrees:
        """The same trees if every node leads on within the arrays.

        Raises:
            WeightsError: A node, feature or value is out of range.
        """
        count = len(self.feature)
        inner = self.feature != LEAF
        numbers = np.arange(count)[inner]
        sound = (
            all(len(getattr(self, one)) == count for one in ("limit", "left", "right", "value"))
            and bool((self.feature[inner] >= 0).all())
            and bool((self.feature < num_features).all())
            and all(
                bool((side[inner] > numbers).all() and (side[inner] < count).all())
                for side in (self.left, self.right)
            )
            and bool(((self.roots >= 0) & (self.roots < count)).all())
            and bool(np.isfinite(self.value).all())
            and not bool(np.isnan(self.limit).any())
        )
        if not sound:
            raise WeightsError(
                f"Trees '{name}'",
                expected=f"nodes that lead to later ones, on {num_features} features",
                got="other arrays",
            )
        return self


def read_trees(path: Path, *, num_features: dict[str, int]) -> dict[str, BoostedTrees]:
    """Reads all trees of a file.

    Args:
        path: A safetensors file of `save_trees`.
        num_features: Number of features of each, by name.

    Raises:
        WeightsError: The file is missing or damaged, or holds other trees.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {key: file.get_tensor(key) for key in file.keys()}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}", expected="a safetensors file of trees", got=str(error)) from (
            None
        )
    parts = [field.name for field in fields(BoostedTrees)]
    expected = {
        f"{name}.{part}": (np.dtype(kind), 1)
        for name in num_features
        for part, kind in zip(parts, _TYPES, strict=True)
    }
    if {key: (array.dtype, array.ndim) for key, array in arrays.items()} != expected:
        raise WeightsError(
            f"{path}", expected=f"the trees {', '.join(num_features)}", got="other arrays"
        )
    return {
        name: BoostedTrees(*(arrays[f"{name}.{part}"] for part in parts)).checked(
            name, num_features=count
        )
        for name, count in num_features.items()
    }


def save_trees(trees: dict[str, BoostedTrees], metadata: dict[str, str]) -> bytes:
    """The content of a safetensors file of trees by name."""
    arrays = {
        f"{name}.{field.name}": getattr(one, field.name)
        for name, one in trees.items()
        for field in fields(one)
    }
    return save(arrays, metadata=metadata)


@njit(cache=True, nogil=True)
def sum_leaves(row: Any, nodes: Any, as_float: Any, roots: Any) -> float:
    """The sum of the trees for one row of features; see `BoostedTrees.arrays`.

    Four trees are walked at the same time, because each step waits for memory.
    """
    total = 0.0
    count = roots.shape[0]
    four = count - count % 4
    for tree in range(0, four, 4):
        a, b, c, d = roots[tree], roots[tree + 1], roots[tree + 2], roots[tree + 3]
        is_inside = True
        while is_inside:
            is_inside = False
            feature = nodes[a, 0]
            if feature >= 0:
                a = nodes[a, 1 + int(row[feature] > as_float[a, 3])]
                is_inside = True
            feature = nodes[b, 0]
            if feature >= 0:
                b = nodes[b, 1 + int(row[feature] > as_float[b, 3])]
                is_inside = True
            feature = nodes[c, 0]
            if feature >= 0:
                c = nodes[c, 1 + int(row[feature] > as_float[c, 3])]
                is_inside = True
            feature = nodes[d, 0]
            if feature >= 0:
                d = nodes[d, 1 + int(row[feature] > as_float[d, 3])]
                is_inside = True
        total += as_float[a, 3]
        total += as_float[b, 3]
        total += as_float[c, 3]
        total += as_float[d, 3]
    for tree in range(four, count):
        node = roots[tree]
        while nodes[node, 0] >= 0:
            node = nodes[node, 1 + int(row[nodes[node, 0]] > as_float[node, 3])]
        total += as_float[node, 3]
    return total


@njit(cache=True, nogil=True)
def _sum_rows(rows: Any, nodes: Any, as_float: Any, roots: Any) -> Any:
    result = np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        result[i] = sum_leaves(rows[i], nodes, as_float, roots)
    return result
