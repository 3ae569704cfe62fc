"""Crops as published."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, MaskSet
from scenewright.models.generators.crops import (
    CropBox,
    cutout_crop,
    mask_picture,
    object_crop,
    padded_picture,
    scene_picture,
    scene_space_crops,
)

SIDE = 28


def mask_of(rows: slice, columns: slice, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    mask = np.zeros(size, np.bool_)
    mask[rows, columns] = True
    return mask


def test_box_has_the_published_margin() -> None:
    """Rows 10 to 20, columns 5 to 35: the longer side is 30, 1.2 of it is 36."""
    box = CropBox.around(mask_of(slice(10, 21), slice(5, 36)), name="Mask 1")
    assert (box.left, box.top, box.right, box.bottom) == (2, -3, 38, 33)


def test_crop_reaches_over_the_border() -> None:
    mask = mask_of(slice(0, 21), slice(0, 21))
    box = CropBox.around(mask, name="Mask 1")
    cut = box.cut(np.full((40, 60), 7, np.uint8))
    assert cut.shape == (24, 24)
    assert not cut[:2].any() and not cut[:, :2].any()
    assert (cut[2:, 2:] == 7).all()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (mask_of(slice(0), slice(0)), "Mask 4: expected at least one pixel, got none"),
        (
            mask_of(slice(3, 4), slice(5, 6)),
            "Mask 4: expected an object of at least 3 pixels in width or height, got 1 x 1 pixels. "
            "Remove the mask, or draw it on a larger picture.",
        ),
    ],
)
def test_masks_that_show_nothing(mask: np.ndarray, message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        CropBox.around(mask, name="Mask 4")
    assert str(caught.value) == message


def test_object_is_on_black_and_truncated_to_bytes() -> None:
    """The same as with an image library, step by step."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    mask = mask_of(slice(10, 21), slice(5, 36))
    rgba = Image.fromarray(np.dstack([image, np.where(mask, 255, 0).astype(np.uint8)]))
    small = rgba.crop((2, -3, 38, 33)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    pixels = np.asarray(small).astype(np.float32) / 255
    wanted = np.floor(pixels[..., :3] * pixels[..., 3:] * 255) / 255
    found = object_crop(image, mask, side=SIDE, name="Mask 1")
    assert np.abs(found - wanted).max() <= 1 / 255 + 1e-6
    assert np.abs(found - wanted).mean() < 1e-3
    assert not found[0].any()
    cutout = np.asarray(rgba)
    np.testing.assert_array_equal(cutout_crop(cutout, side=SIDE, name="Cut-out 1"), found)


def test_mask_and_scene_pictures_cover_the_whole_frame() -> None:
    found = mask_picture(mask_of(slice(0, 20), slice(0, 60)), side=SIDE)
    assert found[3:11].min() > 0.99 and found[17:].max() < 0.01
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, 30:] = 200
    assert scene_picture(image, side=SIDE)[:, 20:].min() > 0.7


def test_padding_of_vggt_is_white_and_centered() -> None:
    found = padded_picture(np.zeros((40, 80, 3), np.uint8), side=56, patch=14)
    assert found.shape == (56, 56, 3)
    assert (found[:14] == 1).all() and (found[42:] == 1).all()
    assert not found[14:42].any()


def test_slots_of_a_scene() -> None:
    """Per instance: the instance in the square of all, all, the instance in its own square."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :, 0], image[:, 30:, 1] = 255, 255
    ids = np.zeros((40, 60), np.int32)
    ids[10:30, 4:24], ids[10:30, 36:56] = 1, 2
    crops = scene_space_crops(image, MaskSet.from_id_map(ids), side=32)
    assert len(crops) == 6
    np.testing.assert_array_equal(crops[1], crops[4])
    # The two instances share the picture of the scene without a rest.
    np.testing.assert_allclose(crops[0] + crops[3], crops[1], atol=0.05)
    assert crops[0][:, 16:].max() < 0.05 and crops[3][:, :16].max() < 0.05
    assert crops[2][..., 0].mean() > 2 * crops[0][..., 0].mean()
    assert all(each.min() >= 0 and each.max() <= 1 for each in crops)


def test_resampling_keeps_pixels_where_the_size_stays() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (30, 30, 3), dtype=np.uint8)
    mask = mask_of(slice(2, 28), slice(2, 28), (30, 30))
    crops = scene_space_crops(image, MaskSet.from_id_map(mask.astype(np.int32)), side=30)
    wanted = image / 255 * mask[..., None]
    np.testing.assert_allclose(crops[1], wanted, atol=1e-5)
