"""COCO run lengths against a slow reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import FormatError, ShapeError
from scenewright.models.classical.coco import (
    decode_counts,
    decode_runs,
    masks_from_annotations,
    runs_of,
)
from tests.models.models_builders import make_frame


def encode_counts_slowly(counts: list[int]) -> str:
    """Writes counts one bit group at a time."""
    text = ""
    for position, count in enumerate(counts):
        value = count - counts[position - 2] if position > 2 else count
        while True:
            group = value & 0x1F
            value >>= 5
            more = value != (-1 if group & 0x10 else 0)
            text += chr(48 + (group | (0x20 if more else 0)))
            if not more:
                break
    return text


def counts_of(mask: NDArray[np.bool_]) -> list[int]:
    """Column-major run lengths, pixel by pixel."""
    counts, current = [0], False
    for value in mask.T.ravel():
        if value != current:
            counts.append(0)
            current = bool(value)
        counts[-1] += 1
    return counts


def paint(starts: NDArray[np.int32], lengths: NDArray[np.int32], size: tuple[int, int]) -> Any:
    flat = np.zeros(size[0] * size[1], np.bool_)
    for start, length in zip(starts, lengths, strict=True):
        flat[start : start + length] = True
    return flat.reshape(size)


@given(st.lists(st.integers(0, 2**40), max_size=40))
def test_counts_round_trip(counts: list[int]) -> None:
    assert decode_counts(encode_counts_slowly(counts)).tolist() == counts


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 20), st.floats(0, 1))
def test_masks_round_trip(seed: int, height: int, width: int, density: float) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < density
    counts = counts_of(mask)
    for stored in (counts, encode_counts_slowly(counts)):
        starts, lengths, size = decode_runs({"size": [height, width], "counts": stored})
        assert size == (height, width)
        np.testing.assert_array_equal(paint(starts, lengths, size), mask)


def test_same_as_pycocotools() -> None:
    reference = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(3)
    for _ in range(50):
        mask = rng.random(rng.integers(1, 50, 2)) < rng.random()
        encoded = reference.encode(np.asfortranarray(mask.astype(np.uint8)))
        segmentation = {"size": list(mask.shape), "counts": encoded["counts"].decode()}
        starts, lengths, size = decode_runs(segmentation)
        np.testing.assert_array_equal(paint(starts, lengths, size), mask)


def test_runs_of_an_empty_mask() -> None:
    starts, lengths = runs_of(np.zeros((3, 4), np.bool_))
    assert len(starts) == len(lengths) == 0


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ({"size": [2, 3], "counts": [1, 2]}, "expected counts that sum to 6 (3 x 2), got 3"),
        ({"size": [2], "counts": [6]}, "expected size [height, width], got [2]"),
        ({"size": [2, 3], "counts": [-1, 7]}, "expected counts of 0 or more, got -1"),
        ({"size": [2, 3], "counts": [1.5]}, "expected counts as integers or a string, got [1.5]"),
        ({"size": [2, 3], "counts": "\x10"}, "expected a compressed COCO count string"),
        ({"size": [2, 3], "counts": "ä"}, "got other characters"),
        ({"size": [2, 3], "counts": "P"}, "got a truncated string"),
        ({"size": [2, 3], "counts": "o" * 20 + "0"}, "got a count of more than 60 bits"),
        ([[0, 0, 1, 0, 1, 1]], "got polygons. Convert them with pycocotools: annToRLE."),
        ({"size": [2, 3]}, "expected an object with size and counts"),
    ],
)
def test_bad_segmentations(segmentation: Any, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        decode_runs(segmentation)
    assert message in str(caught.value)


def rectangle(columns: int, **fields: object) -> dict[str, object]:
    """An annotation of the 8 x 6 test frame that covers the first columns."""
    counts = [0, 6 * columns, 6 * (8 - columns)]
    return {"segmentation": {"size": [6, 8], "counts": counts}, **fields}


def test_annotations_may_overlap_and_keep_ids_and_scores() -> None:
    annotations = [rectangle(2, id=7, score=0.25), rectangle(4, id=3, predicted_iou=1.02)]
    masks = masks_from_annotations(annotations, make_frame(), where="x.json")
    assert masks.ids.tolist() == [7, 3]
    assert masks.scores.tolist() == [0.25, 1.0]
    assert masks.areas().tolist() == [12, 24]


def test_annotations_without_pixels_are_left_out_and_bad_ids_are_replaced() -> None:
    empty = {"segmentation": {"size": [6, 8], "counts": [48]}, "id": 1}
    annotations = [empty, rectangle(1, id=0), rectangle(2, id=5)]
    masks = masks_from_annotations(annotations, make_frame(), where="x.json")
    assert masks.ids.tolist() == [1, 2]


def test_annotation_errors() -> None:
    with pytest.raises(FormatError, match=r"x\.json, annotation 0: expected a score in \[0, 1\]"):
        masks_from_annotations([rectangle(1, score=1.5)], make_frame(), where="x.json")
    with pytest.raises(FormatError, match=r"expected an object with a segmentation, got 3"):
        masks_from_annotations([3], make_frame(), where="x.json")
    with pytest.raises(ShapeError) as caught:
        masks_from_annotations([rectangle(1)], make_frame(width=12), where="x.json")
    assert str(caught.value) == (
        "x.json, annotation 0: expected 12 x 6 pixels, as frame '000000', or the same shape, "
        "got 8 x 6. Make the masks on the images of the capture, neither cropped nor turned."
    )


CATEGORIES = {3: "chair", 8: "cup"}


def test_labels_are_texts_or_names_of_categories() -> None:
    annotations = [
        rectangle(1, category_id=8),
        rectangle(1, label=" stool ", category_id=3),
        rectangle(1, class_name="lamp"),
        rectangle(1, category={"id": 3, "name": "sofa"}),
        rectangle(1, label=None, category_id=3),
        rectangle(1),
    ]
    masks = masks_from_annotations(annotations, make_frame(), where="x.json", categories=CATEGORIES)
    assert masks.labels == ("cup", "stool", "lamp", "sofa", "chair", "")


def test_category_ids_without_names_give_no_labels() -> None:
    masks = masks_from_annotations([rectangle(1, category_id=8)], make_frame(), where="x.json")
    assert masks.labels == ("",)


def test_labels_stay_with_masks_when_one_is_left_out() -> None:
    empty = {"segmentation": {"size": [6, 8], "counts": [48]}, "label": "nothing"}
    annotations = [rectangle(1, label="a"), empty, rectangle(2, label="b")]
    masks = masks_from_annotations(annotations, make_frame(), where="x.json")
    assert masks.labels == ("a", "b") and masks.areas().tolist() == [6, 12]


@pytest.mark.parametrize("number", [4, "3", [3]])
def test_a_category_id_without_a_category(number: object) -> None:
    annotations = [rectangle(1), rectangle(1, category_id=number)]
    with pytest.raises(FormatError) as caught:
        masks_from_annotations(annotations, make_frame(), where="x.json", categories=CATEGORIES)
    assert str(caught.value) == (
        f"x.json, annotation 1: expected a category_id of the 2 categories, got {number!r}. "
        "Add the category, with its name, to 'categories'."
    )


def test_a_label_that_is_no_text() -> None:
    with pytest.raises(FormatError) as caught:
        masks_from_annotations([rectangle(1, label=3)], make_frame(), where="x.json")
    assert str(caught.value) == "x.json, annotation 0: expected a label as text, got 3"
