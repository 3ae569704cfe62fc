"""SigLIP 2 with a fixed image size (Tschannen et al., arXiv:2502.14786), and SigLIP."""

from __future__ import annotations

import torch

from scenewright.models.adapters._crop_encoder import CropEncoder

_BILINEAR = 2


class Siglip2Encoder(CropEncoder):
    """Backend ``embed/siglip2``: fills `ImageEncoder`; see `CropEncoder`.

    The fixed-size checkpoints of SigLIP 2 contain the network of SigLIP, as their configuration
    states; those for any aspect ratio ("naflex") contain another network and are refused.
    """

    NAME = "embed/siglip2"
    MODEL_CLASS = "SiglipModel"
    MODEL_TYPES = ("siglip",)
    RESAMPLE = _BILINEAR

    @property
    def dim(self) -> int:
        """Length D of the vectors."""
        return int(self._model.config.vision_config.hidden_size)

    def _tokenize(self, texts: list[str]) -> dict[str, torch.Tensor]:
        # Trained on lower-case texts that are padded to the full length, without a mask.
        tokens = self._load_tokenizer()(
            [text.lower() for text in texts],
            padding="max_length",
            truncation=True,
            max_length=int(self._model.config.text_config.max_position_embeddings),
            return_tensors="pt",
        )
        return {"input_ids": tokens["input_ids"]}
