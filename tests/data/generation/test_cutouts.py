"""Pictures of single objects."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.data.generation.cutouts import cut_out, mask_image
from tests.data.generation.generation_builders import scene_image, scene_objects


def test_the_longer_side_fills_the_square() -> None:
    shelf = scene_objects()[0]  # 20 rows, 10 columns
    picture = cut_out(scene_image(), shelf.mask)
    assert picture.shape == (518, 518, 4)
    seen = picture[:, :, 3] > 0
    assert seen.all(axis=1).sum() == 0 and seen.any(axis=1).all()
    columns = np.flatnonzero(seen.any(axis=0))
    assert (columns[0], columns[-1]) == (129, 387)
    assert (picture[seen][:, :3] == (180, 20, 20)).all()


def test_colors_around_the_object_are_those_of_the_image() -> None:
    image = np.zeros((10, 10, 3), np.uint8)
    image[2:8, 2:8] = (10, 200, 30)
    mask = np.zeros((10, 10), bool)
    mask[2:8, 2:8] = np.tri(6, dtype=bool)
    picture = cut_out(image, mask, size=60)
    assert picture[2, 55].tolist() == [10, 200, 30, 0]
    assert picture[55, 2].tolist() == [10, 200, 30, 255]


def test_a_mask_of_one_pixel() -> None:
    mask = np.zeros((4, 5), bool)
    mask[1, 2] = True
    assert (cut_out(np.full((4, 5, 3), 7, np.uint8), mask, size=9) == (7, 7, 7, 255)).all()


def test_a_very_thin_mask_keeps_a_pixel() -> None:
    mask = np.zeros((4, 2000), bool)
    mask[1] = True
    assert (cut_out(np.zeros((4, 2000, 3), np.uint8), mask)[:, :, 3] > 0).sum() == 518


def test_masks_are_white_on_black() -> None:
    picture = mask_image(np.array([[True, False]]))
    assert picture.tolist() == [[[255, 255, 255], [0, 0, 0]]] and picture.dtype == np.uint8


def test_bad_input() -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    with pytest.raises(ShapeError, match=r"Mask: expected shape \(4, 5\), got \(5, 4\)"):
        cut_out(image, np.ones((5, 4), bool))
    with pytest.raises(ConventionError, match="Mask: expected at least one pixel, got an empty"):
        cut_out(image, np.zeros((4, 5), bool))
