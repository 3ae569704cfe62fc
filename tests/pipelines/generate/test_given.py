"""Pictures, masks, boxes and depth that are given in memory, and those that are something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError
from scenewright.pipelines.generate.given import (
    boxes_as_text,
    given_depth,
    given_labels,
    read_given_picture,
    split_masks,
)

MASKS = (
    "masks: expected the path of a label image or a folder, the name of a mask backend, an (H, W) "
    "array of labels, a PIL image, or a list of them, one per picture, got "
)
PICTURE = "picture 2: expected a path, an (H, W, 3) or (H, W, 4) uint8 array, or a PIL image, got "


def message(call: Callable[[], object]) -> str:
    with pytest.raises(ConventionError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "got"),
    [
        (np.zeros((4, 4, 3), np.float32), "shape (4, 4, 3), float32"),
        (np.zeros((4, 4), np.uint8), "shape (4, 4), uint8"),
        (3, "3"),
        (None, "None"),
    ],
)
def test_pictures_that_are_none(given: Any, got: str) -> None:
    assert message(lambda: read_given_picture(given, 2)) == f"{PICTURE}{got}"


def test_a_picture_with_alpha() -> None:
    pixels = np.full((4, 5, 4), 90, np.uint8)
    pixels[..., 3] = [[0], [0], [255], [255]]
    found = read_given_picture(pixels, 1)
    assert found.path == Path("picture 1") and found.size == (4, 5) and found.folder is None
    assert found.opaque is not None and found.opaque.sum() == 10
    assert (found.pixels[:2] == 255).all()


def test_masks_are_divided(tmp_path: Path) -> None:
    array = np.zeros((4, 4), np.uint8)
    assert split_masks("masks/sam2") == (("masks/sam2",), ())
    assert split_masks([tmp_path, "b.png"]) == ((str(tmp_path), "b.png"), ())
    assert split_masks(())[0] == () and split_masks(array)[1][0] is array
    assert len(split_masks([array, Image.fromarray(array)])[1]) == 2


@pytest.mark.parametrize(
    ("given", "got"),
    [(None, "None"), (3, "3"), (["a.png", 3], "3"), ({}, "{}"),
     (["a.png", np.zeros((2, 2), int)], "shape (2, 2), int64")],
)  # fmt: skip
def test_masks_that_are_none(given: Any, got: str) -> None:
    assert message(lambda: split_masks(given)) == f"{MASKS}{got}"


def test_labels() -> None:
    ids = np.array([[0, 3], [70000, 0]])
    labels, names = given_labels(ids, 1)
    assert labels.dtype == np.int32 and np.array_equal(labels, ids) and names == {}
    colors = Image.fromarray(np.array([[(0, 0, 0), (255, 0, 0)]], np.uint8))
    assert given_labels(colors, 1)[1] == {1: "#ff0000"}
    for wrong, text in (
        (ids - 1, "masks of picture 1: expected labels from 0 to 2147483647, got -1 to 69999"),
        (ids / 2, "masks of picture 1: expected (H, W) integers or booleans, 0 where there is no "
         "object, got shape (2, 2), float64"),
        (np.zeros((2, 3, 4), bool), "masks of picture 1: expected (H, W) integers or booleans, 0 "
         "where there is no object, got shape (2, 3, 4), bool"),
    ):  # fmt: skip
        assert message(lambda: given_labels(wrong, 1)) == text  # noqa: B023


def test_depth() -> None:
    found = given_depth(np.full((2, 3), 700), size=(2, 3), scale=1000)
    assert found.is_scaled and found.is_unusual and found.meters[0, 0] == np.float32(0.7)
    assert message(lambda: given_depth([[1.0]], size=(1, 1), scale=1)) == (  # type: ignore[arg-type]
        "depth: expected a path, or an (H, W) array in meters, got [[1.0]]"
    )


def test_boxes() -> None:
    assert boxes_as_text([(1, 2, 3.5, 4), [5, 6, 7, 1234567.5]]) == (
        "1,2,3.5,4", "5,6,7,1234567.5",
    )  # fmt: skip
    assert boxes_as_text(np.ones((1, 4))) == ("1,1,1,1",) and boxes_as_text(()) == ()
    for wrong, got in (
        ((1, 2, 3, 4), "(1, 2, 3, 4)"), (3, "3"), ([(1, 2, 3)], "[(1, 2, 3)]"), ("abc", "str"),
        (None, "None"),
    ):  # fmt: skip
        assert message(lambda: boxes_as_text(wrong)) == (  # noqa: B023
            f"boxes: expected a list of boxes, each of 4 numbers x0, y0, x1, y1, got {got}"
        )
