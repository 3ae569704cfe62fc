"""Latents of objects and features of scene images, made by networks from finished data.

Both functions skip what exists, so an interrupted call can be repeated, and both update the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Progress, ShapeError, no_progress
from scenewright.data.file_readers import read_image
from scenewright.data.generation.folders import (
    LATENTS,
    RESOLUTION,
    SPLITS,
    check_split,
    encoder_names,
    features_file,
    latent_file,
    voxels_file,
)
from scenewright.data.generation.voxels import read_voxels
from scenewright.data.generation.writing import known_objects, known_scenes, write_tables
from scenewright.geometry.surface_voxels import occupancy_grid
from scenewright.io.npz import write_npz

OccupancyEncoder = Callable[[NDArray[np.bool_]], NDArray[np.float32]]
"""From a (64, 64, 64) occupancy grid, z up, to its latent mean (C, r, r, r); (8, 16, 16, 16) in
TRELLIS."""
ImageEncoder = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From an (H, W, 3) RGB image to the tokens of VGGT's last layer, (1, 1374, 2048)."""


def encode_latents(
    root: str | Path,
    encoder: OccupancyEncoder,
    *,
    latents: str = LATENTS,
    progress: Progress = no_progress,
) -> int:
    """Writes the latents of all objects that have none.

    Args:
        root: Folder of generation data.
        encoder: The network.
        latents: Name of the encoder, which becomes the name of the folder.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        The number of latents written.

    Raises:
        FormatError: The voxels of an object are missing or damaged.
        ShapeError: The encoder returned something other than a finite grid of channels.
    """
    root = Path(root)
    missing = [
        name for name in known_objects(root) if not (root / latent_file(name, latents)).is_file()
    ]
    for done, name in enumerate(missing, start=1):
        voxels = read_voxels(root / voxels_file(name))
        mean = encoder(occupancy_grid(voxels, resolution=RESOLUTION))
        _check(mean, f"Latent of {name}", dimensions=4)
        write_npz(root / latent_file(name, latents), {"mean": mean}, compress=True)
        progress("latents", done, len(missing), "objects")
    write_tables(root)
    return len(missing)


def encode_features(
    root: str | Path,
    encoder: ImageEncoder,
    *,
    split: str = "train",
    progress: Progress = no_progress,
) -> int:
    """Writes the features of all scene images that have none.

    Args:
        root: Folder of generation data.
        encoder: The network.
        split: One of `SPLITS`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        The number of files written.

    Raises:
        UnknownNameError: There is no such split.
        CaptureError: An image is missing or damaged.
        ShapeError: The encoder returned something other than finite tokens.
    """
    check_split(split)
    root = Path(root)
    missing = {
        name: path
        for name, path in known_scenes(root, split).items()
        if not (root / features_file(split, name)).is_file()
    }
    for done, (name, path) in enumerate(missing.items(), start=1):
        tokens = encoder(read_image(root / path))
        _check(tokens, f"Features of scene {name}", dimensions=3)
        write_npz(root / features_file(split, name), {"vggt_feature": tokens}, compress=True)
        progress("features", done, len(missing), "scenes")
    write_tables(root)
    return len(missing)


def missing_encodings(root: Path) -> tuple[str, ...]:
    """One line for each kind of file that needs a network and is not complete."""
    remarks = []
    objects = known_objects(root)
    num_latents = max(
        sum((root / latent_file(name, encoder)).is_file() for name in objects)
        for encoder in encoder_names(root)
    )
    if num_latents < len(objects):
        remarks.append(
            f"ss_latents: {num_latents} of {len(objects)} objects; "
            "the others need a network (--structure-weights)"
        )
    scenes = [(split, name) for split in SPLITS for name in known_scenes(root, split)]
    num_features = sum((root / features_file(split, name)).is_file() for split, name in scenes)
    if num_features < len(scenes):
        remarks.append(
            f"vggt_features: {num_features} of {len(scenes)} scenes; "
            "the others need a network (--vggt-weights)"
        )
    return tuple(remarks)


def _check(found: NDArray[Any], name: str, *, dimensions: int) -> None:
    if found.ndim != dimensions or found.dtype.kind != "f" or not np.isfinite(found).all():
        raise ShapeError(
            name,
            expected=f"finite numbers of {dimensions} dimensions",
            got=f"{found.dtype} of shape {found.shape}",
        )
