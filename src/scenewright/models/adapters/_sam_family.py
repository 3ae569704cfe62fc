"""What Segment Anything and its successor share: point grids, filters, prompts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from scenewright.core import ConventionError, Frame, MaskSet, ShapeError
from scenewright.models.adapters._checkpoints import image_of, load_model, open_checkpoint
from scenewright.models.adapters._image_input import ImageInput, check_image
from scenewright.models.adapters._point_grid import crop_windows, is_cut, point_grid
from scenewright.models.adapters.sam_config import SamMaskConfig
from scenewright.models.mask_tools import join_masks, suppress_masks

_BILINEAR = 2
_STABILITY_OFFSET = 1.0
_FULL_AT_ONCE = 16
"""Masks resized to full size together; each takes 1024 x 1024 floats in between."""


class SamFamily(ABC):
    """Masks of everything from a grid of points, or of one object from a prompt.

    Args:
        config: Configuration of `propose`; None takes the defaults.
        weights: Reference of the weights; None takes those of the card.
        sha256: Hash that the weights must have; None accepts any.
        device: Torch device.
        dtype: float32, bfloat16 or float16.
        changes: Fields of the configuration to change.

    Raises:
        ConventionError: A field of the configuration is out of range, or there is no such device
            or dtype.
        WeightsError: The weights are missing or refused.
    """

    CONFIG: ClassVar[type[SamMaskConfig]] = SamMaskConfig

    NAME: ClassVar[str]
    MODEL_CLASS: ClassVar[str]
    MODEL_TYPES: ClassVar[tuple[str, ...]]
    MIN_IOU: ClassVar[float]

    def __init__(
        self,
        config: SamMaskConfig | None = None,
        *,
        weights: str | None = None,
        sha256: str | None = None,
        device: str = "cpu",
        dtype: str = "float32",
        **changes: Any,
    ) -> None:
        self._config = replace(config or SamMaskConfig(), **changes)
        published = self.MIN_IOU
        self._min_iou = published if self._config.min_iou is None else self._config.min_iou
        checkpoint = open_checkpoint(
            self.NAME, weights=weights, sha256=sha256, model_types=self.MODEL_TYPES
        )
        self._image_input = ImageInput.from_settings(checkpoint.image_settings, resample=_BILINEAR)
        self._model = load_model(self.MODEL_CLASS, checkpoint, device=device, dtype=dtype)

    @torch.inference_mode()
    def propose(self, frame: Frame) -> MaskSet:
        """Finds masks of everything; see `MaskProposer`. Scores are the predicted IoU.

        Raises:
            CaptureError: The frame has no image.
        """
        image = image_of(frame, self.NAME)
        height, width = image.shape[:2]
        layers, iou = self._config.crop_layers, self._config.suppress_iou
        parts = [MaskSet.empty(height, width)]
        for window in crop_windows(height, width, layers=layers):
            parts.append(suppress_masks(self._propose_in(image, window), iou=iou))
        joined = join_masks(parts)
        return suppress_masks(joined, iou=iou) if layers else joined

    @torch.inference_mode()
    def segment(
        self,
        image: NDArray[np.uint8],
        *,
        points: NDArray[np.floating] | None = None,
        labels: NDArray[np.integer] | None = None,
        box: NDArray[np.floating] | None = None,
    ) -> MaskSet:
        """Segments one object; see `PromptSegmenter`. A single point gives up to three candidates.

        Raises:
            ShapeError: The image, the points, the labels or the box have the wrong shape.
            ConventionError: There is no prompt, or a label is neither 0 nor 1.
        """
        image = check_image(image)
        coordinates, marks, bounds = _check_prompt(points, labels, box)
        height, width = size = image.shape[0], image.shape[1]
        is_ambiguous = bounds is None and coordinates is not None and len(coordinates) == 1
        logits, ious = self._decode(
            self._encode(image),
            points=None if coordinates is None else self._to_input(coordinates[None], size),
            labels=None if marks is None else marks[None],
            boxes=None if bounds is None else self._to_input(bounds.reshape(1, 2, 2), size),
            is_ambiguous=is_ambiguous,
        )
        stack = (self._full_size(logits.flatten(0, 1), size) > 0).cpu().numpy()
        scores = _as_scores(ious.flatten())
        order = np.argsort(-scores, kind="stable")
        order = order[stack[order].any(axis=(1, 2))]
        if not len(order):
            return MaskSet.empty(height, width)
        return MaskSet.from_dense(stack[order], scores=scores[order])

    @abstractmethod
    def _encode(self, image: NDArray[np.uint8]) -> Any:
        """Features of an (H, W, 3) uint8 RGB image that the decoder needs."""

    @abstractmethod
    def _input_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """(height, width) that an image of `size` has inside the network's input."""

    @abstractmethod
    def _full_size(self, logits: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        """(M, h, w) logits of the decoder resized to (M, H, W), the size of the image."""

    def _to_input(self, points: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
        """Image coordinates as coordinates of the network, which has integer pixel centers."""
        (height, width), (new_height, new_width) = size, self._input_size(size)
        scale = np.array([new_width / width, new_height / height], np.float32)
        return (points * scale - 0.5).astype(np.float32)

    def _decode(
        self,
        features: Any,
        *,
        points: NDArray[np.float32] | None,
        labels: NDArray[np.int64] | None,
        boxes: NDArray[np.float32] | None,
        is_ambiguous: bool,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Runs the decoder on B prompts of P points or a box each.

        Returns:
            (B, K, h, w) float32 logits and (B, K) predicted IoU, K = 3 if ambiguous, else 1.
        """
        model = self._model
        output = model(
            image_embeddings=features,
            input_points=self._on_device(points, model.dtype),
            input_labels=self._on_device(labels, torch.int32),
            input_boxes=self._on_device(
                None if boxes is None else boxes.reshape(-1, 4), model.dtype
            ),
            multimask_output=is_ambiguous,
        )
        return output.pred_masks[0].float(), output.iou_scores[0].float()

    def _on_device(self, values: NDArray[Any] | None, dtype: torch.dtype) -> torch.Tensor | None:
        """An array with a leading batch axis of 1, where the network is."""
        if values is None:
            return None
        return torch.from_numpy(values)[None].to(self._model.device, dtype=dtype)

    def _propose_in(self, image: NDArray[np.uint8], window: tuple[int, int, int, int]) -> MaskSet:
        """Masks of one crop, placed in the full image."""
        x, y, x_end, y_end = window
        crop = np.ascontiguousarray(image[y:y_end, x:x_end])
        size = crop.shape[0], crop.shape[1]
        features = self._encode(crop)
        grid = point_grid(self._config.points_per_side, height=size[0], width=size[1])
        prompts = self._to_input(grid, size)[:, None]
        parts = [MaskSet.empty(*image.shape[:2])]
        batch_size = self._config.points_per_batch
        for first in range(0, len(prompts), batch_size):
            batch = prompts[first : first + batch_size]
            logits, ious = self._decode(
                features,
                points=batch,
                labels=np.ones(batch.shape[:2], np.int64),
                boxes=None,
                is_ambiguous=True,
            )
            logits, scores = logits.flatten(0, 1), ious.flatten()
            good = scores >= self._min_iou
            logits, scores = logits[good], scores[good]
            for start in range(0, len(scores), _FULL_AT_ONCE):
                part = slice(start, start + _FULL_AT_ONCE)
                full = self._full_size(logits[part], size)
                parts += self._accept(full, scores[part], window, image.shape[:2])
        return join_masks(parts)

    def _accept(
        self,
        logits: torch.Tensor,
        ious: torch.Tensor,
        window: tuple[int, int, int, int],
        size: tuple[int, int],
    ) -> list[MaskSet]:
        """The stable, large and uncut masks of a crop, placed in the full image."""
        large = (logits > 0).sum(dim=(1, 2)) >= self._config.min_area
        keep = large & (stability(logits) >= self._config.min_stability)
        stack = (logits[keep] > 0).cpu().numpy()
        whole = np.array([not is_cut(mask, window, size) for mask in stack], np.bool_)
        if not whole.any():
            return []
        x, y, x_end, y_end = window
        placed = np.zeros((int(whole.sum()), *size), np.bool_)
        placed[:, y:y_end, x:x_end] = stack[whole]
        return [MaskSet.from_dense(placed, scores=_as_scores(ious[keep])[whole])]


def stability(logits: torch.Tensor, *, offset: float = _STABILITY_OFFSET) -> torch.Tensor:
    """How little the area of masks depends on the threshold.

    Args:
        logits: (M, H, W) with threshold 0.
        offset: Amount by which the threshold is raised and lowered.

    Returns:
        (M,) float32 in [0, 1], area with the raised threshold over that with the lowered one; 0
        where both are empty.
    """
    strict = (logits > offset).sum(dim=(1, 2))
    lax = (logits > -offset).sum(dim=(1, 2))
    return strict.float() / lax.clamp(min=1).float()


def _as_scores(ious: torch.Tensor) -> NDArray[np.float32]:
    """Predicted IoUs as scores; a network may predict values slightly outside of [0, 1]."""
    scores: NDArray[np.float32] = ious.clamp(0, 1).cpu().numpy().astype(np.float32)
    return scores


def _check_prompt(
    points: NDArray[np.floating] | None,
    labels: NDArray[np.integer] | None,
    box: NDArray[np.floating] | None,
) -> tuple[NDArray[np.float32] | None, NDArray[np.int64] | None, NDArray[np.float32] | None]:
    if points is None and box is None:
        raise ConventionError("prompt", expected="points or a box", got="neither")
    coordinates = None if points is None else np.asarray(points, np.float32)
    if coordinates is not None and (coordinates.shape[1:] != (2,) or not len(coordinates)):
        got = str(coordinates.shape)
        raise ShapeError("points", expected="(N, 2) with at least one", got=got)
    bounds = None if box is None else np.asarray(box, np.float32)
    if bounds is not None and bounds.shape != (4,):
        raise ShapeError("box", expected="(4,) x, y, x, y", got=str(bounds.shape))
    if bounds is not None and not (bounds[:2] < bounds[2:]).all():
        raise ConventionError("box", expected="x, y, x, y with increasing bounds", got=str(bounds))
    for name, values in (("points", coordinates), ("box", bounds)):
        if values is not None and not np.isfinite(values).all():
            raise ConventionError(name, expected="finite pixels", got=str(values))
    if coordinates is None:
        if labels is not None:
            raise ConventionError("labels", expected="points that they belong to", got="no points")
        return None, None, bounds
    marks = np.ones(len(coordinates), np.int64) if labels is None else np.asarray(labels)
    if marks.shape != (len(coordinates),):
        raise ShapeError("labels", expected=f"({len(coordinates)},)", got=str(marks.shape))
    if not np.isin(marks, (0, 1)).all():
        raise ConventionError("labels", expected="0 or 1", got=str(marks))
    return coordinates, marks.astype(np.int64), bounds
