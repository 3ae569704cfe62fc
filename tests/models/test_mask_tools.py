"""Suppression, nesting and joining of masks, against slow versions on dense stacks."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import ConventionError, MaskSet, ShapeError
from scenewright.models.mask_tools import join_masks, mask_hierarchy, suppress_masks

HEIGHT, WIDTH = 5, 6


@st.composite
def stacks(draw: st.DrawFn) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Up to seven boxes with holes, and scores that are often equal."""
    count = draw(st.integers(0, 7))
    stack = np.zeros((count, HEIGHT, WIDTH), np.bool_)
    for mask in stack:
        y, x = draw(st.integers(0, HEIGHT - 1)), draw(st.integers(0, WIDTH - 1))
        mask[y : draw(st.integers(y + 1, HEIGHT)), x : draw(st.integers(x + 1, WIDTH))] = True
        hole = draw(st.integers(0, HEIGHT * WIDTH - 1))
        if mask.sum() > 1:
            mask.ravel()[hole] = False
    scores = draw(st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=count, max_size=count))
    return stack, np.array(scores, np.float32)


def as_set(stack: NDArray[np.bool_], scores: NDArray[np.float32]) -> MaskSet:
    return MaskSet.from_dense(stack, scores=scores)


def slow_suppression(
    stack: NDArray[np.bool_], scores: NDArray[np.float32], iou: float, containment: float | None
) -> list[int]:
    """Positions of the kept masks, pair by pair on dense masks."""
    kept: list[int] = []
    for i in sorted(range(len(stack)), key=lambda i: (-scores[i], i)):
        for j in kept:
            common = int((stack[i] & stack[j]).sum())
            if common > iou * int((stack[i] | stack[j]).sum()):
                break
            if containment is not None and common > containment * int(stack[i].sum()):
                break
        else:
            kept.append(i)
    return sorted(kept)


@given(stacks(), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from([None, 0.5, 0.9, 1.0]))
def test_suppression(
    case: tuple[NDArray[np.bool_], NDArray[np.float32]], iou: float, containment: float | None
) -> None:
    stack, scores = case
    kept = suppress_masks(as_set(stack, scores), iou=iou, containment=containment)
    assert [i - 1 for i in kept.ids] == slow_suppression(stack, scores, iou, containment)
    np.testing.assert_array_equal(kept.dense(), stack[kept.ids - 1])
    again = suppress_masks(kept, iou=iou, containment=containment)
    np.testing.assert_array_equal(again.ids, kept.ids)


@given(stacks(), st.sampled_from([0.5, 0.75, 0.9, 1.0]))
def test_hierarchy(case: tuple[NDArray[np.bool_], NDArray[np.float32]], containment: float) -> None:
    stack, scores = case
    areas = stack.sum(axis=(1, 2))
    expected = []
    for i, mask in enumerate(stack):
        whole = [
            (int(areas[j]), j)
            for j, other in enumerate(stack)
            if areas[j] > areas[i] and (mask & other).sum() >= containment * areas[i]
        ]
        expected.append(min(whole)[1] if whole else -1)
    parents = mask_hierarchy(as_set(stack, scores), containment=containment)
    assert parents.tolist() == expected
    assert parents.dtype == np.int64


def test_a_part_in_a_part_in_an_object() -> None:
    stack = np.zeros((4, 10, 10), np.bool_)
    stack[0, 3:5, 3:5] = True  # a knob
    stack[1] = True  # the wall
    stack[2, 2:8, 2:8] = True  # a door
    stack[3, 2:8, 2:8] = True  # the same door once more
    assert mask_hierarchy(MaskSet.from_dense(stack)).tolist() == [2, -1, 1, 1]


def test_the_better_mask_stays_visible_when_masks_are_painted() -> None:
    """If low scores were painted last, whole masks would be lost."""
    stack = np.zeros((3, 4, 4), np.bool_)
    stack[0, :2] = True
    stack[1, :, :] = True
    stack[2, :1] = True
    painted = MaskSet.from_dense(stack, scores=np.array([0.9, 0.5, 0.9], np.float32)).to_id_map()
    np.testing.assert_array_equal(painted[:, 0], [3, 1, 2, 2])


@given(stacks(), stacks())
def test_joining(
    first: tuple[NDArray[np.bool_], NDArray[np.float32]],
    second: tuple[NDArray[np.bool_], NDArray[np.float32]],
) -> None:
    joined = join_masks([as_set(*first), as_set(*second)])
    np.testing.assert_array_equal(joined.dense(), np.concatenate([first[0], second[0]]))
    np.testing.assert_array_equal(joined.scores, np.concatenate([first[1], second[1]]))
    np.testing.assert_array_equal(joined.ids, np.arange(1, len(joined) + 1))


def test_joining_keeps_embeddings_if_all_have_them() -> None:
    stack = np.ones((1, 2, 2), np.bool_)
    vectors = np.array([[0.6, 0.8]], np.float32)
    has, has_not = MaskSet.from_dense(stack, embeddings=vectors), MaskSet.from_dense(stack)
    both = join_masks([has, has]).embeddings
    np.testing.assert_array_equal(both, np.repeat(vectors, 2, axis=0))
    assert join_masks([has, has_not]).embeddings is None


def test_joining_keeps_labels() -> None:
    stack = np.ones((1, 2, 2), np.bool_)
    named, unnamed = MaskSet.from_dense(stack, labels=["cup"]), MaskSet.from_dense(stack)
    assert join_masks([unnamed, named, unnamed]).labels == ("", "cup", "")
    assert join_masks([unnamed, unnamed]).labels == ("", "")


def test_suppression_keeps_labels() -> None:
    stack = np.zeros((3, 4, 4), np.bool_)
    stack[0, :2], stack[1, :2], stack[2, 2:] = True, True, True
    scores = np.array([0.5, 0.9, 0.7], np.float32)
    masks = MaskSet.from_dense(stack, scores=scores, labels=["stool", "chair", "cup"])
    assert suppress_masks(masks, iou=0.5).labels == ("chair", "cup")


def test_joining_needs_one_size() -> None:
    parts = [MaskSet.empty(2, 3), MaskSet.empty(4, 5)]
    with pytest.raises(ShapeError) as caught:
        join_masks(parts)
    assert (
        str(caught.value)
        == "masks to join: expected one or more sets of one image size, got 3 x 2, 5 x 4"
    )
    with pytest.raises(ShapeError, match="got none"):
        join_masks([])


def test_shares_outside_of_zero_to_one() -> None:
    masks = MaskSet.empty(2, 3)
    with pytest.raises(ConventionError, match=r"^iou: expected 0 to 1, got 1\.5$"):
        suppress_masks(masks, iou=1.5)
    with pytest.raises(ConventionError, match=r"^containment: expected 0 to 1, got -1$"):
        suppress_masks(masks, iou=0.5, containment=-1)
    with pytest.raises(ConventionError, match=r"^containment: expected 0 to 1, got 2$"):
        mask_hierarchy(masks, containment=2)


def test_five_hundred_masks_take_less_than_two_seconds() -> None:
    rng = np.random.default_rng(0)
    runs = []
    for _ in range(500):
        (y, x), (tall, wide) = rng.uniform(0, (480, 640)), rng.uniform(15, 80, 2)
        rows = np.arange(max(int(y - tall), 0), min(int(y + tall) + 1, 480))
        half = wide * np.sqrt(np.maximum(1 - ((rows - y) / tall) ** 2, 0))
        first = np.clip(x - half, 0, 638).astype(np.int32)
        last = np.clip(x + half, first + 1, 639).astype(np.int32)
        runs.append(((rows * 640 + first).astype(np.int32), last - first))
    scores = rng.random(500).astype(np.float32)
    masks = MaskSet.from_runs(runs, height=480, width=640, scores=scores)
    began = time.process_time()
    kept = suppress_masks(masks, iou=0.5)
    parents = mask_hierarchy(masks)
    assert time.process_time() - began < 2.0  # 0.5 s on two cores
    assert 100 < len(kept) < 500 and (parents >= 0).any()
