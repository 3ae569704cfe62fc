"""CLIP (Radford et al., ICML 2021)."""

from __future__ import annotations

import torch

from scenewright.models.adapters._crop_encoder import CropEncoder

_BICUBIC = 3


class ClipEncoder(CropEncoder):
    """Backend ``embed/clip``: fills `ImageEncoder`; see `CropEncoder`."""

    NAME = "embed/clip"
    MODEL_CLASS = "CLIPModel"
    MODEL_TYPES = ("clip",)
    RESAMPLE = _BICUBIC

    @property
    def dim(self) -> int:
        """Length D of the vectors."""
        return int(self._model.config.projection_dim)

    def _tokenize(self, texts: list[str]) -> dict[str, torch.Tensor]:
        longest = int(self._model.config.text_config.max_position_embeddings)
        tokens = self._load_tokenizer()(
            texts, padding=True, truncation=True, max_length=longest, return_tensors="pt"
        )
        return {name: tokens[name] for name in ("input_ids", "attention_mask")}
