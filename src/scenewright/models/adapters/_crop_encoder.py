"""What the encoders of images and texts share: crops, batches, unit vectors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from itertools import islice
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from scenewright.core import ConventionError, MaskSet
from scenewright.models.adapters._checkpoints import load_model, load_tokenizer, open_checkpoint
from scenewright.models.adapters._image_input import ImageInput, check_image
from scenewright.models.crops import GROWTHS, mask_crops, pad_to_square


class CropEncoder(ABC):
    """Encodes masks, images and texts as vectors.

    A mask gives three crops (its box, and the box grown by 10 % and by 20 % on each side), each
    padded to a square with white. The unit vectors of the crops are averaged, and the average is
    scaled to length 1.

    Args:
        weights: Reference of the weights; None takes those of the card.
        sha256: Hash that the weights must have; None accepts any.
        device: Torch device.
        dtype: float32, bfloat16 or float16.
        keep_background: False paints the pixels of a box that are outside of the mask white.
        batch_size: Crops or texts that the network processes together.
    """

    NAME: ClassVar[str]
    MODEL_CLASS: ClassVar[str]
    MODEL_TYPES: ClassVar[tuple[str, ...]]
    RESAMPLE: ClassVar[int]

    def __init__(
        self,
        *,
        weights: str | None = None,
        sha256: str | None = None,
        device: str = "cpu",
        dtype: str = "float32",
        keep_background: bool = True,
        batch_size: int = 32,
    ) -> None:
        if batch_size < 1:
            raise ConventionError("batch_size", expected="1 or more", got=str(batch_size))
        self._keep_background = keep_background
        self._batch_size = batch_size
        self._checkpoint = open_checkpoint(
            self.NAME, weights=weights, sha256=sha256, model_types=self.MODEL_TYPES
        )
        self._image_input = ImageInput.from_settings(
            self._checkpoint.image_settings, resample=self.RESAMPLE
        )
        self._model = load_model(self.MODEL_CLASS, self._checkpoint, device=device, dtype=dtype)
        self._tokenizer: Any = None

    @property
    @abstractmethod
    def dim(self) -> int:
        """Length D of the vectors."""

    def encode(self, image: NDArray[np.uint8], masks: MaskSet | None = None) -> NDArray[np.float32]:
        """Encodes the whole image, or each of its masks; see `ImageEncoder`.

        Raises:
            ShapeError: The image is not (H, W, 3) uint8, or the masks have another size.
        """
        image = check_image(image)
        if masks is None:
            return self._encode_squares([pad_to_square(image)])
        squares = mask_crops(image, masks, keep_background=self._keep_background)
        vectors = self._encode_squares(squares)
        return _as_unit(vectors.reshape(len(masks), len(GROWTHS), self.dim).mean(axis=1))

    def encode_text(self, texts: list[str]) -> NDArray[np.float32]:
        """Encodes texts; see `ImageEncoder`.

        Raises:
            WeightsError: The checkpoint has no tokenizer.
        """
        parts = [np.zeros((0, self.dim), np.float32)]
        for first in range(0, len(texts), self._batch_size):
            with torch.inference_mode():
                tokens = self._tokenize(texts[first : first + self._batch_size])
                inputs = {name: values.to(self._model.device) for name, values in tokens.items()}
                parts.append(_as_vectors(self._model.get_text_features(**inputs)))
        return np.concatenate(parts)

    @abstractmethod
    def _tokenize(self, texts: list[str]) -> dict[str, torch.Tensor]:
        """Inputs of the text network."""

    def _load_tokenizer(self) -> Any:
        """The tokenizer of the checkpoint, loaded for the first text."""
        if self._tokenizer is None:
            self._tokenizer = load_tokenizer(self._checkpoint)
        return self._tokenizer

    def _encode_squares(self, squares: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        model = self._model
        side = int(model.config.vision_config.image_size)
        parts = [np.zeros((0, self.dim), np.float32)]
        stream = iter(squares)
        while batch := list(islice(stream, self._batch_size)):
            pixels = torch.stack([self._image_input(square, (side, side)) for square in batch])
            with torch.inference_mode():
                output = model.get_image_features(
                    pixel_values=pixels.to(model.device, dtype=model.dtype)
                )
            parts.append(_as_vectors(output))
        return np.concatenate(parts)


def _as_vectors(output: Any) -> NDArray[np.float32]:
    """(B, D) unit vectors; the first releases of transformers 5 return a plain tensor."""
    vectors = output if isinstance(output, torch.Tensor) else output.pooler_output
    return _as_unit(vectors.float().cpu().numpy())


def _as_unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
    return unit
