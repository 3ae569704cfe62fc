"""Segment Anything (Kirillov et al., ICCV 2023)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from scenewright.models.adapters._sam_family import SamFamily


class SamMasks(SamFamily):
    """Backend ``masks/sam``: fills `MaskProposer` and `PromptSegmenter`; see `SamFamily`."""

    NAME = "masks/sam"
    MODEL_CLASS = "SamModel"
    MODEL_TYPES = ("sam",)
    MIN_IOU = 0.88

    def _side(self) -> int:
        return int(self._model.config.vision_config.image_size)

    def _input_size(self, size: tuple[int, int]) -> tuple[int, int]:
        # The longer side fills the input; the rest, below or to the right, is zeros.
        scale = self._side() / max(size)
        return int(size[0] * scale + 0.5), int(size[1] * scale + 0.5)

    def _encode(self, image: NDArray[np.uint8]) -> Any:
        model, side = self._model, self._side()
        height, width = self._input_size((image.shape[0], image.shape[1]))
        pixels = torch.zeros(1, 3, side, side)
        pixels[0, :, :height, :width] = self._image_input(image, (height, width))
        return model.get_image_embeddings(pixels.to(model.device, dtype=model.dtype))

    def _full_size(self, logits: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        side, (height, width) = self._side(), self._input_size(size)
        square = functional.interpolate(
            logits[None], (side, side), mode="bilinear", align_corners=False
        )
        return functional.interpolate(
            square[..., :height, :width], size, mode="bilinear", align_corners=False
        )[0]
