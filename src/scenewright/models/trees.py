"""Boosted decision trees as arrays: evaluated by a small loop, stored as safetensors."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
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
_FEATURES = "features."
"""Prefix of the metadata that name the features, a JSON list for each of the trees."""


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

    def on_columns(self, column_of: NDArray[np.integer]) -> BoostedTrees:
        """The same trees on rows that hold feature i in column ``column_of[i]``."""
        feature = self.feature.copy()
        inner = feature != LEAF
        feature[inner] = column_of[feature[inner]]
        return replace(self, feature=feature)

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


def read_trees(path: Path, *, features: Mapping[str, Sequence[str]]) -> dict[str, BoostedTrees]:
    """Reads all trees of a file.

    The file names the features that the trees were fitted on; they may be any of the given ones,
    in any order.

    Args:
        path: A safetensors file of `save_trees`.
        features: Names of the features that each of the trees is evaluated on, by name.

    Raises:
        WeightsError: The file is missing or damaged, or holds other trees, or trees that need other
            features.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {key: file.get_tensor(key) for key in file.keys()}
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}", expected="a safetensors file of trees", got=str(error)) from (
            None
        )
    parts = [field.name for field in fields(BoostedTrees)]
    expected = {
        f"{name}.{part}": (np.dtype(kind), 1)
        for name in features
        for part, kind in zip(parts, _TYPES, strict=True)
    }
    if {key: (array.dtype, array.ndim) for key, array in arrays.items()} != expected:
        raise WeightsError(
            f"{path}", expected=f"the trees {', '.join(features)}", got="other arrays"
        )
    found = {}
    for name, known in features.items():
        fitted_on = _feature_names(path, name, metadata, known)
        one = BoostedTrees(*(arrays[f"{name}.{part}"] for part in parts))
        column_of = np.array([known.index(feature) for feature in fitted_on], np.int16)
        found[name] = one.checked(name, num_features=len(fitted_on)).on_columns(column_of)
    return found


def _feature_names(
    path: Path, name: str, metadata: dict[str, str], known: Sequence[str]
) -> list[str]:
    """The features that trees of a file were fitted on, all of them known."""
    try:
        found = json.loads(metadata[_FEATURES + name])
    except (KeyError, ValueError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise WeightsError(
            f"{path}",
            expected=f"the names of the features of the trees '{name}'",
            got="none",
            do="Train the trees again.",
        )
    unknown = [one for one in found if one not in known]
    if unknown:
        raise WeightsError(
            f"{path}",
            expected=f"trees '{name}' on features of this version",
            got=f"trees that need {', '.join(unknown[:5])}",
            do="Train the trees again, or use the version that they were trained with.",
        )
    return found


def save_trees(
    trees: dict[str, BoostedTrees],
    metadata: dict[str, str],
    *,
    features: Mapping[str, Sequence[str]],
) -> bytes:
    """The content of a safetensors file of trees by name.

    Args:
        trees: Trees by name.
        metadata: Facts to store with them.
        features: Names of the features that each of the trees was fitted on, by name.
    """
    arrays = {
        f"{name}.{field.name}": getattr(one, field.name)
        for name, one in trees.items()
        for field in fields(one)
    }
    named = {_FEATURES + name: json.dumps(list(features[name])) for name in trees}
    return save(arrays, metadata={**metadata, **named})


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
