"""Tables and JSON values of image and mask measures."""

from __future__ import annotations

import json

import numpy as np

from scenewright.metrics import (
    ImageQuality,
    PromptMask,
    format_images,
    format_masks,
    images_to_dict,
    masks_to_dict,
    match_id_maps,
    measure_prompt_masks,
)

IDS = np.zeros((12, 16), np.int32)
IDS[2:8, 2:8] = 4
IDS[5:11, 9:15] = 300


def test_image_table_and_values() -> None:
    images = {"fox": ImageQuality(24.126, 0.81234, None, 6), "room": ImageQuality(31, 0.9, 0.1)}
    assert format_images(images) == (
        "      PSNR dB    SSIM   LPIPS  images\n"
        "----  -------  ------  ------  ------\n"
        "fox     24.13  0.8123       -       6\n"
        "room    31.00  0.9000  0.1000       1"
    )
    assert images_to_dict(ImageQuality(float("nan"), 1, None)) == {
        "psnr": None,
        "ssim": 1,
        "lpips": None,
        "num_images": 1,
    }


def test_mask_table_and_values() -> None:
    match = match_id_maps([IDS], [IDS])
    scores = measure_prompt_masks([PromptMask("a", "cup", IDS == 4, None)])
    assert format_masks({"by prompt": scores, "by id": match}) == (
        "            mIoU  boundary mIoU  true  predicted\n"
        "---------  -----  -------------  ----  ---------\n"
        "by prompt    0.0            0.0     1          -\n"
        "by id      100.0          100.0     2          2"
    )
    for value in (masks_to_dict(match), masks_to_dict(scores)):
        assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert masks_to_dict(scores)["iou_per_prompt"] == {"cup": 0.0}
    assert masks_to_dict(match)["predicted_ids"] == [4, 300]
