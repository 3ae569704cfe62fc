"""Tables and JSON of pictures, masks and meshes against truth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scenewright.metrics.images.id_maps import IdMapMatch
from scenewright.metrics.images.prompt_masks import PromptScores
from scenewright.metrics.images.similarity import ImageQuality
from scenewright.metrics.instances.report import MISSING, format_percent, format_table, json_number
from scenewright.metrics.shapes.meshes import MeshComparison


def format_images(results: Mapping[str, ImageQuality]) -> str:
    """A table of PSNR (dB), SSIM and LPIPS by name."""
    rows = [
        (
            name,
            _fixed(one.psnr, 2),
            _fixed(one.ssim, 4),
            _fixed(one.lpips, 4),
            str(one.num_images),
        )
        for name, one in results.items()
    ]
    return format_table(("", "PSNR dB", "SSIM", "LPIPS", "pictures"), rows)


def format_masks(results: Mapping[str, IdMapMatch | PromptScores]) -> str:
    """A table of mIoU and boundary mIoU in percent by name, with what they are means over."""
    rows = []
    for name, one in results.items():
        if isinstance(one, PromptScores):
            count, found = len(one.ious), MISSING
        else:
            count, found = len(one.truth_ids), str(one.num_predicted)
        shares = (one.mean_iou, one.mean_boundary_iou)
        rows.append((name, *map(format_percent, shares), str(count), found))
    return format_table(("", "mIoU", "boundary mIoU", "true", "predicted"), rows)


def format_meshes(results: Mapping[str, MeshComparison]) -> str:
    """A table of Chamfer parts in millimetres, F-scores and normal consistency in percent."""
    distances = sorted({d for one in results.values() for d in one.precision})
    header = ("", "accuracy mm", "completeness mm", "Chamfer mm")
    names = tuple(f"F {100 * distance:g} cm" for distance in distances)
    rows = []
    for name, one in results.items():
        lengths = (one.accuracy, one.completeness, one.chamfer)
        scores = [one.f_score.get(distance, math.nan) for distance in distances]
        normals = math.nan if one.normal_consistency is None else one.normal_consistency
        cells = (*(_fixed(1000 * length, 2) for length in lengths),)
        rows.append((name, *cells, *map(format_percent, scores), format_percent(normals)))
    return format_table((*header, *names, "normals"), rows)


def images_to_dict(result: ImageQuality) -> dict[str, Any]:
    """`result` as JSON values; what is not finite becomes None."""
    return {
        "psnr": json_number(result.psnr),
        "ssim": json_number(result.ssim),
        "lpips": json_number(result.lpips),
        "num_images": result.num_images,
    }


def masks_to_dict(result: IdMapMatch | PromptScores) -> dict[str, Any]:
    """`result` as JSON values, each instance or prompt apart."""
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


def meshes_to_dict(result: MeshComparison) -> dict[str, Any]:
    """`result` as JSON values, lengths in metres."""
    return {
        "accuracy": result.accuracy,
        "completeness": result.completeness,
        "chamfer": result.chamfer,
        "precision": {f"{key:g}": value for key, value in result.precision.items()},
        "recall": {f"{key:g}": value for key, value in result.recall.items()},
        "f_score": {f"{key:g}": value for key, value in result.f_score.items()},
        "normal_consistency": result.normal_consistency,
    }


def _fixed(value: float | None, digits: int) -> str:
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:.{digits}f}"
