"""Adds what networks make of finished generation data: latents and features."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import Progress, no_progress, require
from scenewright.data.generation.encoding import encode_features, encode_latents


def check_encoders(
    *, structure_weights: str | None = None, vggt_weights: str | None = None
) -> None:
    """Checks the weights that `add_encodings` will load, before the data are made.

    Args:
        structure_weights: Weights of the encoder of occupancy grids, or None.
        vggt_weights: Weights of VGGT, or None.

    Raises:
        WeightsError: Weights are missing, damaged, or those of another network.
        MissingExtraError: Torch is not installed.
    """
    if structure_weights is None and vggt_weights is None:
        return
    require("torch", extra="models")
    from scenewright.models.networks.data_encoders import check_grid_encoder, check_image_tokens

    if structure_weights is not None:
        check_grid_encoder(structure_weights)
    if vggt_weights is not None:
        check_image_tokens(vggt_weights)


def add_encodings(
    root: Path,
    *,
    split: str,
    structure_weights: str | None = None,
    vggt_weights: str | None = None,
    progress: Progress = no_progress,
) -> None:
    """Writes latents of objects and features of scene images, where there are weights for them.

    Args:
        root: Folder of generation data.
        split: Split whose images are encoded.
        structure_weights: Weights of the encoder of occupancy grids, or None.
        vggt_weights: Weights of VGGT, or None.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        WeightsError: Weights are missing, damaged, or those of another network.
        MissingExtraError: Torch is not installed.
    """
    if structure_weights is None and vggt_weights is None:
        return
    require("torch", extra="models")
    from scenewright.models.networks.data_encoders import GridEncoder, ImageTokens

    if structure_weights is not None:
        grids = GridEncoder(structure_weights)
        encode_latents(root, grids, latents=grids.name, progress=progress)
    if vggt_weights is not None:
        encode_features(root, ImageTokens(vggt_weights), split=split, progress=progress)
