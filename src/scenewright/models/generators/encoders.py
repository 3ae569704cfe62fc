"""The networks that are no part of a package: the image encoder, and VGGT."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scenewright.core import WeightsError
from scenewright.models.generators.checkpoints import dino_arguments
from scenewright.models.generators.packages import PICKLES, NetworkFile
from scenewright.models.weights import parse_weights, resolve_weights

DINO_WEIGHTS = "hub:facebook/dinov2-with-registers-large"
VGGT_WEIGHTS = "hub:facebook/VGGT-1B"
_DINO, _VGGT = "DinoVisionTransformer", "VGGT"
_VGGT_SIZES = {"embed_dim": 1024, "depth": 24, "num_heads": 16}


def image_encoder_file(reference: str | None, *, backend: str) -> NetworkFile:
    """DINOv2 with registers.

    Args:
        reference: A checkpoint of transformers, or a file with the public names of the large
            network; None takes `DINO_WEIGHTS`.
        backend: Name of the backend that uses it.

    Raises:
        WeightsError: It is missing, or another network.
    """
    path, config = _located(reference or DINO_WEIGHTS, backend=backend, option="--encoder-weights")
    return NetworkFile(_DINO, {} if config is None else dino_arguments(config), path)


def geometry_file(reference: str | None, *, named: str | None, backend: str) -> NetworkFile:
    """The aggregator of VGGT.

    Args:
        reference: A folder with ``model.safetensors``, or a file; None takes the repository that
            the package names.
        named: That repository, or None for `VGGT_WEIGHTS`.
        backend: Name of the backend that uses it.

    Raises:
        WeightsError: It is missing.
    """
    wanted = reference or (f"hub:{named}" if named else VGGT_WEIGHTS)
    path, config = _located(wanted, backend=backend, option="--geometry-weights")
    return NetworkFile(_VGGT, {**_VGGT_SIZES, **(config or {})}, path)


def _located(reference: str, *, backend: str, option: str) -> tuple[Path, Mapping[str, Any] | None]:
    """The weight file of a reference, and what its ``config.json`` says if there is one."""
    wanted = parse_weights(reference)
    path = Path(wanted.target).expanduser()
    if wanted.kind == "file" and path.suffix in PICKLES and path.is_file():
        return path, None
    local = resolve_weights(wanted, backend=backend, option=option)
    if len(local.files) != 1:
        raise WeightsError(
            f"Weights {wanted} of backend '{backend}'",
            expected="one safetensors file",
            got=f"{len(local.files)} parts",
        )
    file = local.files[0].path
    config = file.parent / "config.json"
    if not config.is_file():
        return file, None
    try:
        return file, dict(json.loads(config.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise WeightsError(f"{config}", expected="a JSON object", got=f"{error}") from error
