"""The inputs and settings of ``scenewright data convert``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Number, Option, Settings


@dataclass(frozen=True, kw_only=True)
class ConvertDataInputs:
    """Converts a 3D-FUTURE folder to the layout that SceneGen trains on.

    The folder holds 3D-FUTURE-scene and 3D-FUTURE-model, or has them in raw/. Meshes are not
    copied. Completed scenes are kept, so run the same command again to resume.

    Examples: `scenewright data convert 3D-FUTURE/ -o rooms/`,
    `scenewright data convert 3D-FUTURE/ -o rooms-test/ --split test`
    """

    input: Annotated[Path, Option(metavar="FOLDER", positional=True)]
    """3D-FUTURE folder."""
    num_workers: Number = 1
    """Number of parallel processes."""


@dataclass(frozen=True, kw_only=True)
class ConvertDataSettings(Settings):
    """Settings of ``data convert``."""

    split: Annotated[str, Option(metavar="train|test")] = "train"
    """Split to convert; test adds the meshes of whole scenes and renders of their objects."""
    mesh_origin: bool = False
    """Store the positions of the origins of meshes, as SceneGen does, instead of box centers."""
    structure_weights: Annotated[str | None, Option(metavar="REF")] = None
    """Weights of the encoder of occupancy grids, such as file:ss_enc_conv3d_16l8_fp16.safetensors
    with its JSON file; adds ss_latents."""
    vggt_weights: Annotated[str | None, Option(metavar="REF")] = None
    """Weights of VGGT, such as hub:facebook/VGGT-1B; adds vggt_features."""
