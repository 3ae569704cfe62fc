"""Segment Anything with concepts (SAM 3, Carion et al., 2025), on single images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from scenewright.core import ConventionError, Frame, MaskSet
from scenewright.models.adapters._checkpoints import (
    image_of,
    load_model,
    load_tokenizer,
    open_checkpoint,
)
from scenewright.models.adapters._image_input import ImageInput
from scenewright.models.adapters.sam3_config import ConceptMaskConfig
from scenewright.models.mask_tools import join_masks, suppress_masks

_NAME = "masks/sam3"
_BILINEAR = 2
_FULL_AT_ONCE = 16
"""Masks resized to full size together."""


class Sam3Masks:
    """Backend ``masks/sam3``: fills `MaskProposer`. Masks are labeled with the concept they show.

    The published checkpoints also contain the video network; that part is not loaded. An image is
    encoded once, whatever the number of concepts; each concept then costs one pass of the detector.

    Args:
        config: Concepts and filters; None takes the defaults and needs `concepts`.
        weights: Reference of the weights; None takes those of the card.
        sha256: Hash that the weights must have; None accepts any.
        device: Torch device.
        dtype: float32, bfloat16 or float16.
        changes: Fields of the configuration to change.

    Raises:
        ConventionError: There is no concept, one is too long, a field is out of range, or there is
            no such device or dtype.
        WeightsError: The weights or the vocabulary are missing or refused.
    """

    CONFIG: ClassVar[type[ConceptMaskConfig]] = ConceptMaskConfig

    def __init__(
        self,
        config: ConceptMaskConfig | None = None,
        *,
        weights: str | None = None,
        sha256: str | None = None,
        device: str = "cpu",
        dtype: str = "float32",
        **changes: Any,
    ) -> None:
        self._config = (
            ConceptMaskConfig(**changes) if config is None else replace(config, **changes)
        )
        checkpoint = open_checkpoint(
            _NAME, weights=weights, sha256=sha256, model_types=("sam3", "sam3_video")
        )
        self._image_input = ImageInput.from_settings(checkpoint.image_settings, resample=_BILINEAR)
        tokenizer = load_tokenizer(checkpoint)
        self._model = load_model("Sam3Model", checkpoint, device=device, dtype=dtype)
        self._prompts = [self._encode_text(tokenizer, word) for word in self._config.concepts]

    @torch.inference_mode()
    def propose(self, frame: Frame) -> MaskSet:
        """Finds all objects of every concept; see `MaskProposer`, and `concept_masks` for scores.

        Raises:
            CaptureError: The frame has no image.
        """
        image = image_of(frame, _NAME)
        features = self._encode(image)
        parts = [MaskSet.empty(*image.shape[:2])]
        for concept, prompt in zip(self._config.concepts, self._prompts, strict=True):
            output = self._model(vision_embeds=features, **prompt)
            parts.append(
                concept_masks(
                    output.pred_masks[0].float(),
                    detection_scores(output.pred_logits[0], output.presence_logits[0]),
                    size=(image.shape[0], image.shape[1]),
                    label=concept,
                    min_score=self._config.min_score,
                    min_area=self._config.min_area,
                )
            )
        return suppress_masks(join_masks(parts), iou=self._config.suppress_iou)

    def _encode(self, image: NDArray[np.uint8]) -> Any:
        """Features of an (H, W, 3) uint8 RGB image, which all concepts share."""
        model = self._model
        side = model.config.vision_config.image_size
        height, width = (side, side) if isinstance(side, int) else side
        # The image is stretched to a square without padding.
        pixels = self._image_input(image, (int(height), int(width)))
        return model.get_vision_features(pixels[None].to(model.device, dtype=model.dtype))

    @torch.inference_mode()
    def _encode_text(self, tokenizer: Any, concept: str) -> dict[str, Any]:
        """Inputs of the network for a concept: its features, and which of its tokens are text."""
        model = self._model
        longest = int(model.config.text_config.max_position_embeddings)
        tokens = tokenizer(concept, padding="max_length", max_length=longest, return_tensors="pt")
        count = tokens["input_ids"].shape[1]
        if count > longest:
            raise ConventionError(
                f"Concept {concept!r:.60}",
                expected=f"a word or short phrase of at most {longest} tokens",
                got=str(count),
            )
        mask = tokens["attention_mask"].to(model.device)
        features = model.get_text_features(
            input_ids=tokens["input_ids"].to(model.device), attention_mask=mask
        )
        return {"text_embeds": features, "attention_mask": mask}


def detection_scores(logits: torch.Tensor, presence: torch.Tensor) -> torch.Tensor:
    """(Q,) float32 scores in [0, 1]: whether a query shows the concept, times whether any does.

    Args:
        logits: (Q,) logits of the queries.
        presence: (1,) logit of the concept's presence in the image.
    """
    return logits.float().sigmoid() * presence.float().sigmoid()


def concept_masks(
    mask_logits: torch.Tensor,
    scores: torch.Tensor,
    *,
    size: tuple[int, int],
    label: str,
    min_score: float,
    min_area: int,
) -> MaskSet:
    """Masks of the objects of one concept that the network's queries found.

    Args:
        mask_logits: (Q, h, w) float32 over the whole image; a pixel is in the mask above 0.
        scores: (Q,) float32 in [0, 1], see `detection_scores`.
        size: (height, width) of the image.
        label: The concept.
        min_score: Masks with a lower score are dropped.
        min_area: Masks with fewer pixels are dropped.

    Returns:
        Masks of the image, which may overlap, in order of descending score.
    """
    found = torch.nonzero(scores >= min_score)[:, 0]
    found = found[scores[found].argsort(descending=True, stable=True)]
    parts = [MaskSet.empty(*size)]
    for first in range(0, len(found), _FULL_AT_ONCE):
        which = found[first : first + _FULL_AT_ONCE]
        # As published, probabilities are resized, not logits.
        chances = mask_logits[which].sigmoid()[None]
        full = functional.interpolate(chances, size, mode="bilinear", align_corners=False)[0] > 0.5
        keep = full.sum(dim=(1, 2)) >= min_area
        if keep.any():
            values = scores[which][keep].cpu().numpy().astype(np.float32)
            labels = [label] * len(values)
            stack = full[keep].cpu().numpy()
            parts.append(MaskSet.from_dense(stack, scores=values, labels=labels))
    return join_masks(parts)
