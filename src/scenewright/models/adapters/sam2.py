"""Segment Anything 2 (Ravi et al., ICLR 2025), on single images."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from scenewright.models.adapters._sam_family import SamFamily


class Sam2Masks(SamFamily):
    """Backend ``masks/sam2``: fills `MaskProposer` and `PromptSegmenter`; see `SamFamily`.

    The published checkpoints also contain the video network; that part is not loaded.
    """

    NAME = "masks/sam2"
    MODEL_CLASS = "Sam2Model"
    MODEL_TYPES = ("sam2", "sam2_video")
    MIN_IOU = 0.8

    def _input_size(self, size: tuple[int, int]) -> tuple[int, int]:
        # The image is stretched to a square without padding.
        side = int(self._model.config.prompt_encoder_config.image_size)
        return side, side

    def _encode(self, image: NDArray[np.uint8]) -> Any:
        model = self._model
        pixels = self._image_input(image, self._input_size((image.shape[0], image.shape[1])))
        return model.get_image_embeddings(pixels[None].to(model.device, dtype=model.dtype))

    def _full_size(self, logits: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        return functional.interpolate(logits[None], size, mode="bilinear", align_corners=False)[0]
