"""Tables and JSON values of image and mask measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenewright.metrics.images.id_maps import IdMapMatch
from scenewright.metrics.images.prompt_masks import PromptScores
from scenewright.metrics.images.similarity import ImageQuality
from scenewright.metrics.reports.tables import (
    MISSING,
    format_fixed,
    format_percent,
    format_table,
    json_number,
)


def format_images(results: Mapping[str, ImageQuality]) -> str:
    """A table of PSNR (dB), SSIM, LPIPS and the number of images, one row per name."""
    rows = [
        (
            name,
            format_fixed(one.psnr, 2),
            format_fixed(one.ssim, 4),
            format_fixed(one.lpips, 4),
            str(one.num_images),
        )
        for name, one in results.items()
    ]
    return format_table(("", "PSNR dB", "SSIM", "LPIPS", "images"), rows)


def format_masks(results: Mapping[str, IdMapMatch | PromptScores]) -> str:
    """A table of mIoU and boundary mIoU in percent, one row per name.

    The columns ``true`` and ``predicted`` count the instances, or the prompts.
    """
    rows = []
    for name, one in results.items():
        if isinstance(one, PromptScores):
            count, found = len(one.ious), MISSING
        else:
            count, found = len(one.truth_ids), str(one.num_predicted)
        shares = (one.mean_iou, one.mean_boundary_iou)
        rows.append((name, *map(format_percent, shares), str(count), found))
    return format_table(("", "mIoU", "boundary mIoU", "true", "predicted"), rows)


def images_to_dict(result: ImageQuality) -> dict[str, Any]:
    """`result` as JSON values; NaN becomes None."""
    return {
        "psnr": json_number(result.psnr),
        "ssim": json_number(result.ssim),
        "lpips": json_number(result.lpips),
        "num_images": result.num_images,
    }


def masks_to_dict(result: IdMapMatch | PromptScores) -> dict[str, Any]:
    """`result` as JSON values, with one entry per instance or prompt."""
    means: dict[str, Any] = {
        "mean_iou": json_number(result.mean_iou),
        "mean_boundary_iou": json_number(result.mean_boundary_iou),
    }
    if isinstance(result, PromptScores):
        return {
            **means,
            "iou_per_prompt": dict(result.ious),
            "boundary_iou_per_prompt": dict(result.boundary_ious),
        }
    return {
        **means,
        "mean_pooled_iou": result.mean_pooled_iou,
        "num_predicted": result.num_predicted,
        "truth_ids": result.truth_ids.tolist(),
        "predicted_ids": result.predicted_ids.tolist(),
        "ious": result.ious.tolist(),
        "boundary_ious": result.boundary_ious.tolist(),
        "pooled_ious": result.pooled_ious.tolist(),
        "num_views": result.num_views.tolist(),
    }
