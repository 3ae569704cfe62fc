"""Pictures with masks: checked, and put into another order."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, MaskSet, ShapeError
from scenewright.models.generated import ScenePicture, check_pictures


def picture(num_objects: int = 2) -> ScenePicture:
    ids = np.zeros((6, 8), np.int32)
    for number in range(num_objects):
        ids[:, number] = number + 1
    return ScenePicture(np.zeros((6, 8, 3), np.uint8), MaskSet.from_id_map(ids))


def test_number_of_objects() -> None:
    assert check_pictures((picture(2), picture(2))) == 2


def test_no_picture_no_mask_and_different_numbers_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        check_pictures(())
    assert str(caught.value) == "Pictures of a scene: expected at least 1, got 0"
    with pytest.raises(ConventionError) as caught:
        check_pictures((picture(0),))
    assert str(caught.value) == "Masks of a scene: expected at least 1, got 0"
    with pytest.raises(ConventionError) as caught:
        check_pictures((picture(2), picture(3)))
    assert str(caught.value) == (
        "Masks of the pictures of a scene: expected the same 2 objects in each, in one order, "
        "got 2, 3"
    )


def test_objects_in_another_order() -> None:
    one = picture(3)
    cutouts = tuple(np.full((2, 2, 4), number, np.uint8) for number in range(3))
    turned = ScenePicture(one.image, one.masks, cutouts).chosen(np.array([2, 0]))
    assert turned.masks.ids.tolist() == [3, 1]
    assert [int(each[0, 0, 0]) for each in turned.cutouts] == [2, 0]


def test_sizes_must_agree() -> None:
    one = picture()
    with pytest.raises(ShapeError) as caught:
        ScenePicture(np.zeros((4, 8, 3), np.uint8), one.masks)
    assert str(caught.value) == (
        "Image of a scene: expected shape (6, 8, 3) uint8, as large as its masks, "
        "got (4, 8, 3) uint8"
    )
    with pytest.raises(ShapeError) as caught:
        ScenePicture(one.image, one.masks, (np.zeros((2, 2, 4), np.uint8),))
    assert str(caught.value) == "Cut-outs: expected 2, one per mask, got 1"
