"""MaskSet against plain boolean images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from scenewright.core import ConventionError, MaskSet, ShapeError
from tests.builders import make_masks

SHAPES = st.tuples(st.integers(1, 7), st.integers(1, 9))


@st.composite
def stacks(draw: st.DrawFn, shape: tuple[int, int] | None = None) -> np.ndarray:
    """(N, H, W) booleans, every mask with at least one pixel."""
    height, width = draw(SHAPES) if shape is None else shape
    n = draw(st.integers(0, 4))
    stack = draw(npst.arrays(np.bool_, (n, height, width)))
    for mask in stack:
        mask.flat[draw(st.integers(0, mask.size - 1))] = True
    return stack


@given(stacks())
def test_dense_round_trip(stack: np.ndarray) -> None:
    masks = MaskSet.from_dense(stack)
    assert np.array_equal(masks.dense(), stack)
    assert masks.ids.tolist() == list(range(1, len(stack) + 1))
    assert np.array_equal(masks.areas(), stack.sum(axis=(1, 2)))
    for i, mask in enumerate(stack):
        assert np.array_equal(masks.pixels(i), np.flatnonzero(mask))


@given(SHAPES.flatmap(lambda s: npst.arrays(np.int32, s, elements=st.integers(0, 5))))
def test_id_map_round_trip(id_map: np.ndarray) -> None:
    masks = MaskSet.from_id_map(id_map)
    assert np.array_equal(masks.to_id_map(), id_map)
    assert masks.ids.tolist() == sorted(set(id_map.ravel().tolist()) - {0})
    for i, mask_id in enumerate(masks.ids):
        assert np.array_equal(masks.dense()[i], id_map == mask_id)


@given(stacks())
def test_boxes_are_tight(stack: np.ndarray) -> None:
    for mask, (left, top, right, bottom) in zip(
        stack, MaskSet.from_dense(stack).boxes().astype(int), strict=True
    ):
        rows, columns = np.nonzero(mask)
        assert (left, right) == (columns.min(), columns.max() + 1)
        assert (top, bottom) == (rows.min(), rows.max() + 1)


@given(SHAPES.flatmap(lambda s: st.tuples(stacks(s), stacks(s))))
def test_iou_against_numpy(pair: tuple[np.ndarray, np.ndarray]) -> None:
    height, width = pair[0].shape[1:]
    left, right = (stack.reshape(-1, height * width).astype(float) for stack in pair)
    common = left @ right.T
    union = left.sum(1)[:, None] + right.sum(1)[None] - common
    expected = common / union
    found = MaskSet.from_dense(pair[0]).iou(MaskSet.from_dense(pair[1]))
    assert found.shape == (len(pair[0]), len(pair[1]))
    assert np.allclose(found, expected)


@given(stacks(), st.data())
def test_overlaps_are_painted_by_score_then_small_on_large(
    stack: np.ndarray, data: st.DataObject
) -> None:
    scores = np.array(data.draw(st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=len(stack),
                                         max_size=len(stack))), np.float32)  # fmt: skip
    masks = MaskSet.from_dense(stack, scores=scores)
    areas = stack.sum(axis=(1, 2))
    id_map = masks.to_id_map()
    for row, column in np.ndindex(id_map.shape):
        there = np.flatnonzero(stack[:, row, column])
        if not len(there):
            assert id_map[row, column] == 0
            continue
        winner = id_map[row, column] - 1
        best = max((scores[i], -areas[i]) for i in there)
        assert winner in there and (scores[winner], -areas[winner]) == best


@given(stacks(), st.data())
def test_picking(stack: np.ndarray, data: st.DataObject) -> None:
    masks = MaskSet.from_dense(stack)
    keep = data.draw(npst.arrays(np.bool_, len(stack)))
    assert np.array_equal(masks[keep].dense(), stack[keep])
    assert np.array_equal(masks[keep].ids, masks.ids[keep])
    order = np.array(data.draw(st.permutations(range(len(stack)))), np.int64)
    assert np.array_equal(masks[order].dense(), stack[order])


def test_picking_keeps_scores_and_embeddings() -> None:
    masks = make_masks(embeddings=True)
    picked = masks[[1]]
    assert picked.scores.tolist() == [np.float32(0.6)]
    assert picked.embeddings is not None and picked.embeddings.tolist() == [[0, 1, 0]]


def test_labels_stay_with_their_masks() -> None:
    id_map = np.array([[0, 9], [4, 2]])
    masks = MaskSet.from_id_map(id_map, labels={9: "cup", 2: "chair", 5: "none has it"})
    assert masks.labels == ("chair", "", "cup")
    assert masks[[2, 0]].labels == ("cup", "chair")
    assert masks[masks.ids > 3].labels == ("", "cup")
    assert masks[masks.ids > 9].labels == ()
    assert MaskSet.from_dense(masks.dense(), labels=["a", "b", "c"]).labels == ("a", "b", "c")


def test_masks_without_labels_have_empty_ones() -> None:
    assert make_masks().labels == ("", "")
    assert build(labels=[]).labels == ("", "")
    assert MaskSet.empty(3, 4).labels == ()


def test_empty() -> None:
    masks = MaskSet.empty(3, 4)
    assert len(masks) == 0 and masks.dense().shape == (0, 3, 4)
    assert masks.boxes().shape == (0, 4) and not masks.to_id_map().any()
    assert masks.iou(masks).shape == (0, 0) and len(masks.areas()) == 0
    assert len(MaskSet.from_id_map(np.zeros((3, 4), np.uint8))) == 0


def test_embeddings_by_id() -> None:
    id_map = np.array([[0, 9], [4, 9]])
    vectors = {4: np.array([0, 1], np.float32), 9: np.array([1, 0], np.float32)}
    masks = MaskSet.from_id_map(id_map, scores={9: 0.5}, embeddings=vectors)
    assert masks.ids.tolist() == [4, 9] and masks.scores.tolist() == [1.0, 0.5]
    assert masks.embeddings is not None and masks.embeddings.tolist() == [[0, 1], [1, 0]]
    with pytest.raises(ConventionError) as caught:
        MaskSet.from_id_map(id_map, embeddings={4: vectors[4]})
    assert str(caught.value) == "mask embeddings: expected one per mask, got none for ids [9]"


def test_affinity_goes_with_its_masks() -> None:
    table = np.array([[1, 0.25, np.nan], [0.25, 1, 0.75], [np.nan, 0.75, np.nan]], np.float32)
    masks = replace(MaskSet.from_id_map(np.array([[1, 2, 3]])), affinity=table)
    assert masks.affinity is not None and masks.affinity.dtype == np.float32
    for chosen in (masks[[2, 1]], masks[np.array([False, True, True])][[1, 0]]):
        np.testing.assert_array_equal(chosen.affinity, table[np.ix_([2, 1], [2, 1])])
        assert chosen.ids.tolist() == [3, 2]
    none = masks[np.zeros(3, bool)]
    assert none.affinity is not None and none.affinity.shape == (0, 0)
    assert MaskSet.empty(3, 4).affinity is None and masks.to_id_map().tolist() == [[1, 2, 3]]


def build(**changes: Any) -> MaskSet:
    values: dict[str, Any] = {
        "height": 2, "width": 3, "starts": np.array([0, 4]), "lengths": np.array([2, 2]),
        "offsets": np.array([0, 1, 2]), "ids": np.array([1, 2]), "scores": np.array([1.0, 0.5]),
    }  # fmt: skip
    return MaskSet(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"height": 0}, ShapeError, "MaskSet size: expected at least 1 x 1, got 3 x 0"),
        (
            {"offsets": np.array([0, 0, 2])},
            ConventionError,
            "MaskSet.offsets: expected increasing from 0 to the number of runs, got [0 0 2]",
        ),
        (
            {"scores": np.array([1.0, 1.5])},
            ConventionError,
            "MaskSet.scores: expected values in [0, 1], got 1 to 1.5",
        ),
        (
            {"scores": np.array([1.0])},
            ShapeError,
            "MaskSet.scores: expected shape (2,), got (1,)",
        ),
        (
            {"embeddings": np.array([[1.0, 0], [2, 0]])},
            ConventionError,
            "MaskSet.embeddings: expected unit vectors, got lengths from 1 to 2",
        ),
        (
            {"embeddings": np.array([[1.0, 0]])},
            ShapeError,
            "MaskSet.embeddings: expected shape (2, N), got (1, 2)",
        ),
        (
            {"labels": ["cup", "cup", "chair"]},
            ShapeError,
            "MaskSet.labels: expected 2 texts, got 3",
        ),
        (
            {"affinity": np.eye(3)},
            ShapeError,
            "MaskSet.affinity: expected shape (2, 2), got (3, 3)",
        ),
        (
            {"affinity": np.array([[1, 0.25], [0.5, 1]])},
            ConventionError,
            "MaskSet.affinity: expected a symmetric table, got another one",
        ),
        (
            {"affinity": np.array([[1, np.nan], [0.5, 1]])},
            ConventionError,
            "MaskSet.affinity: expected a symmetric table, got another one",
        ),
        (
            {"affinity": np.array([[1, -0.5], [-0.5, 1]])},
            ConventionError,
            "MaskSet.affinity: expected values in [0, 1], got -0.5 to 1",
        ),
        ({"labels": ["cup", 7]}, ConventionError, "MaskSet.labels: expected texts, got 7"),
        (
            {"labels": "ab"},
            ConventionError,
            "MaskSet.labels: expected one text per mask, got 'ab'",
        ),
    ],
)
def test_invalid_sets_cannot_be_built(
    changes: dict[str, Any], error: type[Exception], text: str
) -> None:
    build()
    with pytest.raises(error) as caught:
        build(**changes)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "changes",
    [
        {"starts": np.array([-1, 4])},
        {"starts": np.array([0, 5])},
        {"lengths": np.array([0, 2])},
        {"offsets": np.array([0, 2]), "starts": np.array([0, 1]), "ids": [1], "scores": [1]},
        {"offsets": np.array([0, 2]), "starts": np.array([3, 2]), "ids": [1], "scores": [1]},
        {"ids": np.array([0, 2])},
        {"ids": np.array([2, 2])},
    ],
)
def test_runs_and_ids_must_make_sense(changes: dict[str, Any]) -> None:
    with pytest.raises(ConventionError):
        build(**changes)


def test_bad_id_maps() -> None:
    cases: tuple[tuple[Any, str], ...] = (
        (np.zeros((2, 2)), r"id map: expected \(H, W\) integers, got \(2, 2\) float64"),
        (np.zeros(4, int), r"id map: expected \(H, W\) integers, got \(4,\) int64"),
        (np.array([[-1]]), "id map: expected 0 or more, got -1"),
        (np.array([[2**40]]), "id map: expected values that fit int32, got int64"),
    )
    for id_map, words in cases:
        with pytest.raises((ShapeError, ConventionError), match=words):
            MaskSet.from_id_map(id_map)
    with pytest.raises(ConventionError, match="mask 1: expected at least one pixel, got none"):
        MaskSet.from_dense(np.array([[[True]], [[False]]]))
    with pytest.raises(ShapeError, match="masks to compare: expected 8 x 6, got 6 x 8"):
        make_masks(6, 8).iou(make_masks(8, 6))
