"""Boosted trees: evaluation against recursion, files, and files that are not of trees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load, save

from scenewright.core import WeightsError
from scenewright.models.trees import LEAF, BoostedTrees, read_trees, save_trees, sum_leaves

NAMES = ("area", "touch", "odds", "trust")


def saved(trees: dict[str, BoostedTrees], names: Sequence[str] = NAMES) -> bytes:
    """A file of trees that were all fitted on the named features."""
    features = dict.fromkeys(trees, names)
    return save_trees(trees, {"license": "Apache-2.0"}, features=features)


def make_trees(seed: int, *, num_features: int = 4, num_trees: int = 5) -> BoostedTrees:
    """Random trees of uneven depth; limits and features are small whole numbers."""
    rng = np.random.default_rng(seed)
    nodes: list[list[float]] = []

    def add(depth: int) -> int:
        number = len(nodes)
        nodes.append([LEAF, 0, 0, 0, rng.normal()])
        if depth and rng.random() < 0.8:
            feature, limit = int(rng.integers(num_features)), int(rng.integers(-2, 3))
            nodes[number] = [feature, limit, add(depth - 1), add(depth - 1), 0]
        return number

    roots = [add(4) for _ in range(num_trees)]
    feature, limit, left, right, value = np.array(nodes).T
    return BoostedTrees(
        feature.astype(np.int16), limit.astype(np.float32), left.astype(np.int32),
        right.astype(np.int32), value.astype(np.float32), np.array(roots, np.int32),
    )  # fmt: skip


def by_recursion(trees: BoostedTrees, row: NDArray[np.float32]) -> float:
    def leaf(node: int) -> float:
        if trees.feature[node] == LEAF:
            return float(trees.value[node])
        is_left = row[trees.feature[node]] <= trees.limit[node]
        return leaf(int(trees.left[node] if is_left else trees.right[node]))

    return sum(leaf(int(root)) for root in trees.roots)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_evaluation_against_recursion(seed: int) -> None:
    trees = make_trees(seed)
    rows = np.random.default_rng(seed).integers(-3, 4, (20, 4)).astype(np.float32)
    expected = [by_recursion(trees, row) for row in rows]
    np.testing.assert_allclose(trees(rows), expected, rtol=1e-12)
    assert sum_leaves(rows[0], *trees.arrays) == trees(rows)[0]


def test_no_rows_and_no_trees() -> None:
    trees = make_trees(0)
    assert trees(np.zeros((0, 4), np.float32)).shape == (0,)
    none = replace(trees, roots=np.zeros(0, np.int32))
    assert none(np.zeros((3, 4), np.float32)).tolist() == [0, 0, 0]


def test_a_file_gives_the_trees_back(tmp_path: Path) -> None:
    trees = {"pair": make_trees(1), "whole": make_trees(2)}
    path = tmp_path / "trees.safetensors"
    path.write_bytes(saved(trees))
    found = read_trees(path, features={"pair": NAMES, "whole": NAMES})
    assert list(found) == ["pair", "whole"]
    for name, one in trees.items():
        for before, after in zip(one.arrays, found[name].arrays, strict=True):
            assert before.dtype == after.dtype
            np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("seed", range(5))
def test_trees_of_some_features_in_another_order_give_the_same(seed: int, tmp_path: Path) -> None:
    trees = make_trees(seed)
    path = tmp_path / "trees.safetensors"
    path.write_bytes(saved({"pair": trees}))
    known = ("new", "trust", "area", "newer", "touch", "odds", "newest")
    (found,) = read_trees(path, features={"pair": known}).values()
    rows = np.random.default_rng(seed).integers(-3, 4, (20, len(known))).astype(np.float32)
    some = np.ascontiguousarray(rows[:, [known.index(name) for name in NAMES]])
    np.testing.assert_array_equal(found(rows), trees(some))
    np.testing.assert_array_equal(found.feature == LEAF, trees.feature == LEAF)


def test_trees_on_unknown_features_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "trees.safetensors"
    path.write_bytes(saved({"pair": make_trees(3)}))
    with pytest.raises(WeightsError) as caught:
        read_trees(path, features={"pair": ("area", "trust")})
    assert str(caught.value) == (
        f"{path}: expected trees 'pair' on features of this version, got trees that need touch, "
        "odds. Train the trees again, or use the version that they were trained with."
    )


@pytest.mark.parametrize("named", [None, "area", '"area"', "[1, 2]"])
def test_files_that_do_not_name_their_features_are_refused(
    named: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "trees.safetensors"
    metadata = {} if named is None else {"features.pair": named}
    path.write_bytes(save(load(saved({"pair": make_trees(3)})), metadata=metadata))
    with pytest.raises(WeightsError) as caught:
        read_trees(path, features={"pair": NAMES})
    assert str(caught.value) == (
        f"{path}: expected the names of the features of the trees 'pair', got none. "
        "Train the trees again."
    )


INNER = 0
"""The root of the first tree of `make_trees(3)`, which has a decision."""


@pytest.mark.parametrize(
    ("column", "node", "value"),
    [
        ("left", INNER, 0),  # a cycle
        ("right", INNER, 0),
        ("left", INNER, -1),
        ("right", INNER, 9999),
        ("feature", INNER, 4),
        ("feature", INNER, -2),
        ("value", -1, np.nan),
        ("value", -1, np.inf),
        ("limit", INNER, np.nan),
        ("roots", 0, 9999),
        ("roots", 0, -1),
    ],
)
def test_damaged_trees_are_refused(column: str, node: int, value: float, tmp_path: Path) -> None:
    trees = make_trees(3)
    assert trees.feature[INNER] != LEAF
    getattr(trees, column)[node] = value
    path = tmp_path / "trees.safetensors"
    path.write_bytes(saved({"pair": trees}))
    with pytest.raises(WeightsError) as caught:
        read_trees(path, features={"pair": NAMES})
    assert str(caught.value).startswith(
        "Trees 'pair': expected nodes that lead to later ones, on 4 features, got other arrays"
    )


def test_columns_of_another_length_are_refused() -> None:
    trees = make_trees(3)
    for column in ("limit", "left", "right", "value"):
        changes: dict[str, Any] = {column: getattr(trees, column)[:-1]}
        with pytest.raises(WeightsError, match="got other arrays"):
            replace(trees, **changes).checked("pair", num_features=4)


@pytest.mark.parametrize("names", [("pair", "whole"), ("whole",), ()])
def test_other_trees_are_refused(names: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "trees.safetensors"
    path.write_bytes(saved({"pair": make_trees(1)}))
    with pytest.raises(WeightsError) as caught:
        read_trees(path, features=dict.fromkeys(names, NAMES))
    assert str(caught.value).startswith(
        f"{path}: expected the trees {', '.join(names)}, got other arrays"
    )


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("pair.left", lambda array: array.astype(np.float64)),
        ("pair.value", lambda array: array.astype(np.float64)),
        ("pair.roots", lambda array: array[None]),
    ],
)
def test_arrays_of_other_types_and_shapes_are_refused(
    part: str, change: Callable[[NDArray[Any]], NDArray[Any]], tmp_path: Path
) -> None:
    arrays = load(saved({"pair": make_trees(1)}))
    path = tmp_path / "trees.safetensors"
    path.write_bytes(save({**arrays, part: change(arrays[part])}))
    with pytest.raises(WeightsError, match="expected the trees pair, got other arrays"):
        read_trees(path, features={"pair": NAMES})


def test_no_file_and_no_safetensors(tmp_path: Path) -> None:
    for name in ("missing.safetensors", "text.safetensors"):
        (tmp_path / "text.safetensors").write_text("no trees")
        with pytest.raises(WeightsError) as caught:
            read_trees(tmp_path / name, features={"pair": NAMES})
        assert str(caught.value).startswith(
            f"{tmp_path / name}: expected a safetensors file of trees, got "
        )
