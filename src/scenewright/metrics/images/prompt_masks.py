"""The protocol of LERF-Mask: a mask per image and prompt, averaged per prompt.

Scores are averaged over the images of a prompt first, then over the prompts. The prompt of a file
is its name up to the first period. Two errors of the published script (Gaussian Grouping, Ye et
al., 2024) are fixed: a missing prediction scores 0 instead of being skipped, and two empty masks
score 1 instead of NaN, which would make every mean NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from scenewright.core.checks import as_array
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.metrics.images.id_maps import boundary_iou, mask_iou

GRAY_LEVEL: Final = 128
"""Pixels of a grayscale mask above this value belong to it."""


@dataclass(frozen=True, eq=False)
class PromptMask:
    """One true mask and what was predicted for it.

    Attributes:
        frame: Name of the image.
        prompt: Text, or the file name without its suffix.
        truth: (H, W) uint8 grayscale, or bool.
        predicted: (H', W') uint8 grayscale or bool, resized to the true size by nearest pixel
            centers; None if there is none.
    """

    frame: str
    prompt: str
    truth: NDArray[np.uint8] | NDArray[np.bool_]
    predicted: NDArray[np.uint8] | NDArray[np.bool_] | None


@dataclass(frozen=True)
class PromptScore:
    """IoU and boundary IoU of one mask; `predicted` is whether there was a prediction."""

    frame: str
    prompt: str
    iou: float
    boundary_iou: float
    predicted: bool


@dataclass(frozen=True)
class PromptScores:
    """Result over all masks.

    Attributes:
        scores: One per mask, in the order of the masks.
        ious: Mean over images by prompt, in the order in which prompts first appear.
        boundary_ious: The same for boundaries.
    """

    scores: tuple[PromptScore, ...]
    ious: Mapping[str, float]
    boundary_ious: Mapping[str, float]

    @property
    def mean_iou(self) -> float:
        """Mean over prompts; NaN without any."""
        return float(np.mean([*self.ious.values()])) if self.ious else float("nan")

    @property
    def mean_boundary_iou(self) -> float:
        """Like `mean_iou`, for boundaries."""
        return float(np.mean([*self.boundary_ious.values()])) if self.ious else float("nan")


def measure_prompt_masks(
    masks: Iterable[PromptMask], *, skip_missing: bool = False
) -> PromptScores:
    """Measures masks that were predicted for prompts.

    Args:
        masks: One per image and prompt.
        skip_missing: Whether to skip masks without a prediction, as the published script does;
            this favors methods that find little.
    """
    scores = [_measure_one(mask) for mask in masks if not (skip_missing and mask.predicted is None)]
    groups: dict[str, list[PromptScore]] = {}
    for score in scores:
        groups.setdefault(prompt_of(score.prompt), []).append(score)
    return PromptScores(
        tuple(scores),
        {name: float(np.mean([s.iou for s in group])) for name, group in groups.items()},
        {name: float(np.mean([s.boundary_iou for s in group])) for name, group in groups.items()},
    )


def match_prompts(
    truth: Mapping[str, Mapping[str, NDArray[np.uint8] | NDArray[np.bool_]]],
    id_maps: Mapping[str, NDArray[np.integer]],
) -> tuple[PromptScores, dict[str, int]]:
    """Measures id maps, which have no prompts, against masks by prompt.

    Each prompt is paired with at most one id for all images, and each id with at most one prompt,
    so that the sum of pooled IoUs is largest (Hungarian method). The published numbers select ids
    by text instead; state beside a number which was done.

    Args:
        truth: Grayscale or boolean (H, W) masks by frame and prompt. They may overlap.
        id_maps: (H', W') integers by frame, 0 = nothing. All frames of `truth` are needed.

    Returns:
        The scores, and the id of each prompt; a prompt without an id is omitted and scores 0.

    Raises:
        ShapeError: A frame has no id map.
        ConventionError: An id is negative.
    """
    missing = [frame for frame in truth if frame not in id_maps]
    if missing:
        raise ShapeError(
            "predicted id maps",
            expected=f"one for each of {len(truth)} frames",
            got=f"none for {', '.join(missing[:5])}",
        )
    prompts = list(dict.fromkeys(prompt_of(name) for masks in truth.values() for name in masks))
    shared: dict[tuple[str, int], int] = {}
    sizes: dict[int, int] = {}
    areas = dict.fromkeys(prompts, 0)
    resized: dict[str, NDArray[np.int64]] = {}
    for frame, masks in truth.items():
        whole = _whole(frame, id_maps[frame])
        for name, mask in masks.items():
            inside = is_inside(mask)
            resized[frame] = resize_nearest(whole, inside.shape)
            areas[prompt_of(name)] += int(inside.sum())
            for found, count in _counts(resized[frame][inside]):
                key = prompt_of(name), found
                shared[key] = shared.get(key, 0) + count
        for found, count in _counts(resized[frame]) if masks else ():
            sizes[found] = sizes.get(found, 0) + count
    known = sorted(sizes)
    table = np.zeros((len(prompts), len(known)))
    for i, prompt in enumerate(prompts):
        for j, found in enumerate(known):
            both = shared.get((prompt, found), 0)
            table[i, j] = both / (areas[prompt] + sizes[found] - both)
    rows, columns = linear_sum_assignment(table, maximize=True)
    chosen = {prompts[i]: known[j] for i, j in zip(rows, columns, strict=True) if table[i, j] > 0}
    masks_of = (
        PromptMask(frame, name, mask, _chosen(resized[frame], chosen.get(prompt_of(name))))
        for frame, masks in truth.items()
        for name, mask in masks.items()
    )
    return measure_prompt_masks(masks_of), chosen


def prompt_of(name: str) -> str:
    """The prompt of a file name: the part before the first period."""
    return name.partition(".")[0]


def is_inside(mask: ArrayLike) -> NDArray[np.bool_]:
    """(H, W) bool from a grayscale mask (above `GRAY_LEVEL`) or from a boolean one."""
    array = np.asarray(mask)
    if array.ndim != 2 or array.dtype not in (np.uint8, np.bool_):
        got = f"{array.shape} {array.dtype}"
        raise ShapeError("mask", expected="(H, W) uint8 or bool", got=got)
    return array if array.dtype == np.bool_ else array > GRAY_LEVEL


def resize_nearest(values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Resizes an array so that each new pixel takes the old pixel that contains its center.

    Args:
        values: (H', W').
        shape: (H, W).

    Returns:
        (H, W) array of the same dtype.
    """
    rows, columns = (
        np.floor((np.arange(new) + 0.5) * (old / new)).astype(np.intp)
        for old, new in zip(values.shape, shape, strict=True)
    )
    rows = np.minimum(rows, values.shape[0] - 1)
    resized: NDArray[Any] = values[rows][:, np.minimum(columns, values.shape[1] - 1)]
    return resized


def _measure_one(mask: PromptMask) -> PromptScore:
    truth = is_inside(mask.truth)
    if mask.predicted is None:
        return PromptScore(mask.frame, mask.prompt, 0.0, 0.0, predicted=False)
    gray = np.asarray(mask.predicted)
    predicted = is_inside(gray if gray.shape == truth.shape else resize_nearest(gray, truth.shape))
    iou, boundary = mask_iou(predicted, truth), boundary_iou(predicted, truth)
    return PromptScore(mask.frame, mask.prompt, iou, boundary, predicted=True)


def _whole(frame: str, id_map: ArrayLike) -> NDArray[np.int64]:
    ids: NDArray[np.int64] = as_array(
        f"id map of {frame}", id_map, shape=(None, None), dtype=np.int64
    )
    if ids.min(initial=0) < 0:
        raise ConventionError(f"id map of {frame}", expected="0 or more", got=str(ids.min()))
    return ids


def _counts(ids: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Each id above 0 and its number of pixels."""
    counts = np.bincount(ids.ravel())
    return [(int(i), int(counts[i])) for i in np.flatnonzero(counts) if i > 0]


def _chosen(ids: NDArray[np.int64], wanted: int | None) -> NDArray[np.bool_] | None:
    return None if wanted is None else ids == wanted
