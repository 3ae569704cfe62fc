"""Crops with outlines, and the sheet that they are laid out on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from scenewright.core import InstanceTable
from scenewright.pipelines.pictures.object_sheet import (
    MOST_OBJECTS,
    SIDE,
    draw_object_sheet,
    outlined_crop,
    sheet_order,
)
from tests.builders import make_instance

RED = (255, 0, 0)


def is_red(picture: Image.Image) -> np.ndarray:
    return np.asarray((np.asarray(picture) == RED).all(axis=2))


@pytest.mark.parametrize("edge", [400, 40, 3])
def test_an_object_is_cropped_outlined_and_bright(edge: int) -> None:
    image = np.full((600, 800, 3), 200, np.uint8)
    mask = np.zeros((600, 800), bool)
    mask[100 : 100 + edge, 300 : 300 + edge] = True
    picture = outlined_crop(image, mask, color=RED)
    assert max(picture.size) <= SIDE and min(picture.size) > 8
    red = is_red(picture)
    rows, columns = np.nonzero(red)
    values = np.asarray(picture)
    inside = values[(rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2]
    if edge > 3:
        assert tuple(inside) == (200, 200, 200)
    assert tuple(values[0, 0]) == (110, 110, 110), "dimmed around it"
    # The object fills most of the picture.
    wide = columns.max() - columns.min() + 1
    assert edge == 3 or wide > 0.65 * picture.width


def test_outlines_skip_the_holes_that_missing_depth_leaves() -> None:
    image = np.full((300, 300, 3), 200, np.uint8)
    whole = np.zeros((300, 300), bool)
    whole[50:250, 50:250] = True
    whole[120:180, 120:180] = False  # a hole of the object
    noisy = whole.copy()
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(60, 240, (2, 60))
    for k in range(3):
        noisy[rows + k, columns] = False
    noisy[70, 50:250] = False
    noisy[2:4, 2:4] = True  # a speck
    clean, found = (is_red(outlined_crop(image, mask, color=RED)) for mask in (whole, noisy))
    assert clean.sum() > 1000
    assert abs(int(found.sum()) - int(clean.sum())) < 0.25 * clean.sum()


def test_crops_stop_at_the_border_of_the_image() -> None:
    image = np.zeros((50, 70, 3), np.uint8)
    mask = np.ones((50, 70), bool)
    picture = outlined_crop(image, mask, color=RED)
    assert picture.size == (220, 157)
    assert is_red(picture)[0].all()


def make_table() -> InstanceTable:
    rows = [
        replace(make_instance(i, f"thing {i}"), features={}, role=role)
        for i, role in ((1, "object"), (2, "floor"), (3, "object"), (4, "wall"))
    ]
    table = InstanceTable.from_rows(rows)
    size = np.array([[1, 1, 1], [9, 9, 0.0], [2, 1, 1], [5, 3, 0.2]])
    return replace(table, size=size.astype(float))


def test_objects_come_before_the_room_and_large_before_small() -> None:
    assert sheet_order(make_table()) == [3, 1, 4, 2]
    many = InstanceTable.from_rows([make_instance(i) for i in range(1, 100)])
    assert len(sheet_order(many)) == MOST_OBJECTS


def test_the_sheet_has_one_cell_per_picture() -> None:
    colors = {1: "red", 3: "blue", 4: "lime"}
    pictures = {i: Image.new("RGB", (SIDE, SIDE), color) for i, color in colors.items()}
    sheet = np.asarray(draw_object_sheet(pictures, make_table(), title="room"))
    middle = [sheet[34 + SIDE // 2, 12 + k * (SIDE + 12) + SIDE // 2] for k in range(4)]
    assert [tuple(one) for one in middle] == [
        (0, 0, 255), (255, 0, 0), (0, 255, 0), (246, 246, 243),
    ]  # fmt: skip
    other = np.asarray(draw_object_sheet(pictures, make_table(), title="room", is_metric=False))
    assert other.shape == sheet.shape and (other != sheet).any()
    empty = draw_object_sheet({}, make_table())
    assert empty.width == sheet.shape[1] and empty.height > 100
