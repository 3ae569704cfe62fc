"""Published encoders that prepare training data: latents of grids, and tokens of images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from scenewright.core import WeightsError
from scenewright.models.networks.published import load_published
from scenewright.models.networks.ss_vae import SparseStructureEncoder
from scenewright.models.networks.vggt import Aggregator
from scenewright.models.weights import resolve_weights

_VGGT_ARGS = {"embed_dim": 1024, "depth": 24, "num_heads": 16}
"""Arguments of the published network that its config.json leaves out."""
_CLASSES = {SparseStructureEncoder: "SparseStructureEncoder", Aggregator: "VGGT"}
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
        path = resolve_weights(reference, license_name="MIT").path
        self.name = path.stem
        settings = _settings(path.with_suffix(".json"))
        if settings.get("name") != "SparseStructureEncoder":
            raise WeightsError(
                f"{path.with_suffix('.json')}",
                expected='the arguments of a network named "SparseStructureEncoder"',
                got=f'"name": {json.dumps(settings.get("name"))}',
            )
        network = _load(SparseStructureEncoder, settings.get("args") or {}, path)
        self._network = network.to(device)
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
        local = resolve_weights(reference, license_name=_VGGT_LICENSE)
        file = local.files[0].path
        config = file.with_name("config.json")
        settings = _settings(config) if config.is_file() else {}
        network = _load(Aggregator, {**_VGGT_ARGS, **settings}, file)
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


def _load(kind: type[nn.Module], args: Mapping[str, Any], path: Path) -> Any:
    try:
        arrays = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"Cannot read {path}", expected="a complete safetensors file", got=str(error)
        ) from error
    return load_published(_CLASSES[kind], args, arrays)


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
