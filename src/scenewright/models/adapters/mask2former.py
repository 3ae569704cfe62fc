"""Mask2Former (Cheng et al., CVPR 2022): one mask per object found, labeled with its best class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from scenewright.core import ConventionError, Frame, MaskSet, WeightsError
from scenewright.models.adapters._checkpoints import image_of, load_model, open_checkpoint
from scenewright.models.adapters._image_input import ImageInput
from scenewright.models.mask_tools import join_masks, suppress_masks

_NAME = "masks/mask2former"
_BILINEAR = 2
_STRIDE = 32
"""Input sizes are multiples of this; the network halves its input five times."""
_FULL_AT_ONCE = 16
_PLACEHOLDER = "LABEL_"
"""Start of the names that transformers gives to classes without names."""


class InputSizes(NamedTuple):
    """Sizes on the way from an image to the network's input, each (height, width).

    Attributes:
        original: Size of the image.
        scaled: Size to which it is resized; it fills the upper left corner of the input.
        padded: Size of the input.
    """

    original: tuple[int, int]
    scaled: tuple[int, int]
    padded: tuple[int, int]


class Mask2FormerMasks:
    """Backend ``masks/mask2former``: fills `MaskProposer`.

    Masks have the names of the checkpoint's classes (``id2label``) as labels, if it has names.

    Args:
        weights: Reference of the weights; None takes those of the card.
        sha256: Hash that the weights must have; None accepts any.
        device: Torch device.
        dtype: float32, bfloat16 or float16.
        min_score: Masks with a lower score are dropped.
        suppress_iou: Of two masks with a higher IoU than this, only the better one is kept.
        min_area: Masks with fewer pixels are dropped.

    Raises:
        ConventionError: `min_area` is below 1, or there is no such device or dtype.
        WeightsError: The weights are missing or refused.
    """

    def __init__(
        self,
        *,
        weights: str | None = None,
        sha256: str | None = None,
        device: str = "cpu",
        dtype: str = "float32",
        min_score: float = 0.6,
        suppress_iou: float = 0.8,
        min_area: int = 100,
    ) -> None:
        if min_area < 1:
            raise ConventionError("min_area", expected="1 or more", got=str(min_area))
        self._min_score = min_score
        self._suppress_iou = suppress_iou
        self._min_area = min_area
        checkpoint = open_checkpoint(
            _NAME, weights=weights, sha256=sha256, model_types=("mask2former",)
        )
        self._settings = checkpoint.image_settings
        scaled_size((480, 640), self._settings)  # raises now rather than at the first frame
        self._image_input = ImageInput.from_settings(self._settings, resample=_BILINEAR)
        self._model = load_model(
            "Mask2FormerForUniversalSegmentation", checkpoint, device=device, dtype=dtype
        )
        self._names = class_names(self._model.config.id2label)

    @torch.inference_mode()
    def propose(self, frame: Frame) -> MaskSet:
        """Finds masks; see `MaskProposer`, and `entity_masks` for the scores.

        Raises:
            CaptureError: The frame has no image.
        """
        image = image_of(frame, _NAME)
        size = image.shape[0], image.shape[1]
        height, width = scaled = scaled_size(size, self._settings)
        padded = -(-height // _STRIDE) * _STRIDE, -(-width // _STRIDE) * _STRIDE
        pixels = torch.zeros(1, 3, *padded)
        pixels[0, :, :height, :width] = self._image_input(image, scaled)
        pixel_mask = torch.zeros(1, *padded, dtype=torch.int64)
        pixel_mask[0, :height, :width] = 1
        model = self._model
        output = model(
            pixel_values=pixels.to(model.device, dtype=model.dtype),
            pixel_mask=pixel_mask.to(model.device),
        )
        masks = entity_masks(
            output.class_queries_logits[0].float(),
            output.masks_queries_logits[0].float(),
            sizes=InputSizes(size, scaled, padded),
            names=self._names,
            min_score=self._min_score,
            min_area=self._min_area,
        )
        return suppress_masks(masks, iou=self._suppress_iou)


def entity_masks(
    class_logits: torch.Tensor,
    mask_logits: torch.Tensor,
    *,
    sizes: InputSizes,
    names: Sequence[str],
    min_score: float,
    min_area: int,
) -> MaskSet:
    """Masks of the objects that the network's queries found.

    The score of a query is the probability that it is not empty, times the mean probability of the
    pixels of its mask (the instance score of Mask2Former with its classes summed). Its label is the
    most probable class.

    Args:
        class_logits: (Q, C + 1) float32; the last is "nothing".
        mask_logits: (Q, h, w) float32 over the padded input; a pixel is in the mask above 0.
        sizes: Sizes of the image and of the network's input.
        names: C names of the classes, empty where unknown.
        min_score: Masks with a lower score are dropped.
        min_area: Masks with fewer pixels are dropped.

    Returns:
        Masks of the image, which may overlap, in order of descending score.
    """
    is_object = 1 - class_logits.softmax(dim=-1)[:, -1]
    # A mean probability is at most 1, so the other queries cannot reach the score.
    candidates = torch.nonzero(is_object >= min_score)[:, 0]
    best = class_logits[:, :-1].argmax(dim=-1)
    parts = [MaskSet.empty(*sizes.original)]
    for first in range(0, len(candidates), _FULL_AT_ONCE):
        which = candidates[first : first + _FULL_AT_ONCE]
        height, width = sizes.scaled
        full = _resize(mask_logits[which], sizes.padded)[:, :height, :width]
        full = _resize(full, sizes.original)
        inside = full > 0
        areas = inside.sum(dim=(1, 2))
        means = (full.sigmoid() * inside).sum(dim=(1, 2)) / areas.clamp(min=1)
        scores = (is_object[which] * means).clamp(0, 1)
        keep = (areas >= min_area) & (scores >= min_score)
        if keep.any():
            values = scores[keep].cpu().numpy().astype(np.float32)
            labels = [names[i] for i in best[which][keep].tolist()]
            stack = inside[keep].cpu().numpy()
            parts.append(MaskSet.from_dense(stack, scores=values, labels=labels))
    masks = join_masks(parts)
    return masks[np.argsort(-masks.scores, kind="stable")]


def class_names(id2label: Mapping[int, str]) -> list[str]:
    """Name of each class of a checkpoint; all are empty if they are only numbered."""
    names = [id2label[number] for number in sorted(id2label)]
    return [""] * len(names) if all(x.startswith(_PLACEHOLDER) for x in names) else names


def scaled_size(size: tuple[int, int], settings: dict[str, Any]) -> tuple[int, int]:
    """(height, width) to which a checkpoint expects an image to be resized.

    Args:
        size: (height, width) of the image.
        settings: Contents of preprocessor_config.json. Its ``size`` is a fixed height and width, or
            the shortest edge with an optional longest edge, in the current or the older form.

    Raises:
        WeightsError: The settings contain no such size.
    """
    if not settings.get("do_resize", True):
        return size
    wanted = settings.get("size")
    if isinstance(wanted, int):
        longest = settings.get("max_size", settings.get("_max_size"))
        wanted = {"shortest_edge": wanted, "longest_edge": longest}
    if isinstance(wanted, dict) and wanted.get("height") and wanted.get("width"):
        return int(wanted["height"]), int(wanted["width"])
    if not isinstance(wanted, dict) or not wanted.get("shortest_edge"):
        raise WeightsError(
            "The checkpoint's preprocessor_config.json",
            expected="a size with height and width, or with shortest_edge",
            got=str(wanted),
        )
    scale = int(wanted["shortest_edge"]) / min(size)
    if wanted.get("longest_edge"):
        scale = min(scale, int(wanted["longest_edge"]) / max(size))
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _resize(logits: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return functional.interpolate(logits[None], size, mode="bilinear", align_corners=False)[0]
