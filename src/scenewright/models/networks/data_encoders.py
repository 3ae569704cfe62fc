"""Published encoders that prepare training data: latents of grids, and tokens of images."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from scenewright.core import WeightsError
from scenewright.models.networks.published import load_published
from scenewright.models.weights import resolve_weights

_VGGT_ARGS = {"embed_dim": 1024, "depth": 24, "num_heads": 16}
"""Arguments of the published network that its config.json leaves out."""
_VGGT_LICENSE = "VGGT License (non-commercial), another for VGGT-1B-Commercial"


class GridEncoder:
    """The encoder of TRELLIS for occupancy grids.

    Args:
        reference: A safetensors file with its JSON file of arguments beside it, such as
            ``hub:microsoft/TRELLIS-image-large:ckpts/ss_enc_conv3d_16l8_fp16.safetensors``.
        device: Torch device.

    Attributes:
        name: Name of the file, which names the folder of latents.

    Raises:
        WeightsError: The weights are missing, damaged, or those of another network.
    """

    def __init__(self, reference: str, *, device: str = "cpu") -> None:
        file = _grid_file(reference)
        self.name = file.path.stem
        self._network = file.load().to(device)
        self._device = device

    def __call__(self, grid: NDArray[np.bool_]) -> NDArray[np.float32]:
        """(r, r, r) occupancy, z up, to the mean of its latent, (C, r', r', r') float32."""
        values = torch.from_numpy(grid.astype(np.float32))[None, None].to(self._device)
        with torch.inference_mode():
            mean = self._network(values).mean[0]
        result: NDArray[np.float32] = mean.float().cpu().numpy()
        return result


class ImageTokens:
    """The tokens of VGGT's last layer for single images.

    Args:
        reference: A folder with ``model.safetensors`` and ``config.json``, such as
            ``hub:facebook/VGGT-1B``.
        device: Torch device.

    Raises:
        WeightsError: The weights are missing, damaged, or those of another network.
    """

    def __init__(self, reference: str, *, device: str = "cpu") -> None:
        network = _image_file(reference).load()
        self._patches = network.config.patch_embed
        self._network = network.to(device)
        self._device = device

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W, 3) RGB to (1, tokens, 2 C) float32, (1, 1374, 2048) for the published network.

        The longer side becomes 518 pixels, and the rest of the square is white.
        """
        square = fit_square(image, self._patches.img_size, step=self._patches.patch_size)
        values = torch.from_numpy(square).permute(2, 0, 1).float() / 255
        with torch.inference_mode():
            tokens = self._network(values[None, None].to(self._device))[0]
        result: NDArray[np.float32] = tokens.float().cpu().numpy()
        return result


def fit_square(image: NDArray[np.uint8], size: int, *, step: int) -> NDArray[np.uint8]:
    """An image in the center of a white square, as VGGT prepares images.

    Args:
        image: (H, W, 3) uint8 RGB.
        size: Side of the square, which is the longer side of the image afterwards.
        step: The shorter side becomes a multiple of this.

    Returns:
        (size, size, 3) uint8 RGB.
    """
    height, width = image.shape[:2]
    longer = max(height, width)
    rows, columns = (
        min(max(round(side * size / longer / step), 1) * step, size) for side in (height, width)
    )
    if height == longer:
        rows = size
    if width == longer:
        columns = size
    resized = Image.fromarray(image).resize((columns, rows), Image.Resampling.BICUBIC)
    canvas = np.full((size, size, 3), 255, np.uint8)
    top, left = (size - rows) // 2, (size - columns) // 2
    canvas[top : top + rows, left : left + columns] = np.asarray(resized)
    return canvas


def check_grid_encoder(reference: str) -> None:
    """Checks the weights of `GridEncoder` without loading them: names and shapes.

    Raises:
        WeightsError: They are missing, damaged, or those of another network.
    """
    _grid_file(reference).check()


def check_image_tokens(reference: str) -> None:
    """Checks the weights of `ImageTokens` without loading them: names and shapes.

    Raises:
        WeightsError: They are missing, damaged, or those of another network.
    """
    _image_file(reference).check()


@dataclass(frozen=True)
class _EncoderFile:
    """A weight file and the network that it belongs to."""

    network: str
    args: Mapping[str, Any]
    path: Path

    def load(self) -> Any:
        """The network with its weights."""
        with _reading(self.path):
            arrays = load_file(self.path)
        return load_published(self.network, self.args, arrays, source=str(self.path))

    def check(self) -> None:
        """Compares names and shapes without reading the values."""
        with _reading(self.path), safe_open(self.path, "pt") as stored:
            shapes = {name: stored.get_slice(name).get_shape() for name in stored.keys()}
        arrays = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
        load_published(self.network, self.args, arrays, source=str(self.path))


def _grid_file(reference: str) -> _EncoderFile:
    local = resolve_weights(reference, license_name="MIT", option="--structure-weights")
    path = local.files[0].path
    settings = _settings(path.with_suffix(".json"))
    if settings.get("name") != "SparseStructureEncoder":
        raise WeightsError(
            f"{path.with_suffix('.json')}",
            expected='the arguments of a network named "SparseStructureEncoder"',
            got=f'"name": {json.dumps(settings.get("name"))}',
        )
    return _EncoderFile("SparseStructureEncoder", settings.get("args") or {}, path)


def _image_file(reference: str) -> _EncoderFile:
    local = resolve_weights(reference, license_name=_VGGT_LICENSE, option="--vggt-weights")
    file = local.files[0].path
    config = file.with_name("config.json")
    settings = _settings(config) if config.is_file() else {}
    return _EncoderFile("VGGT", {**_VGGT_ARGS, **settings}, file)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"Cannot read {path}", expected="a complete safetensors file", got=str(error)
        ) from error


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(
            f"{path} is missing",
            expected="the arguments of the network beside its weights",
            do="Download it as well.",
        ) from error
    except (OSError, ValueError) as error:
        raise WeightsError(f"Cannot read {path}", expected="JSON", got=str(error)) from error
    if not isinstance(settings, dict):
        raise WeightsError(f"{path}", expected="a JSON object", got=type(settings).__name__)
    return settings
