"""The inputs and settings of ``scenewright train sceneflow``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.sceneflow.config import SceneFlowTrainingConfig

Reference = Annotated[str | None, Option(metavar="REF")]


@dataclass(frozen=True, kw_only=True)
class TrainSceneflowInputs:
    """Fine-tunes published weights of sceneflow/scenegen or sceneflow/iscene; run again to resume.

    The result is a package in the published format, for 'scenewright generate --weights'.

    Examples: `scenewright train sceneflow hub:haoningwu/SceneGen rooms-gen/ -o tuned/
    --allow-pickles --device cuda`,
    `scenewright train sceneflow file:TRELLIS-image-large/ rooms-gen/ --recipe iscene -o tuned/
    --structure-weights file:ss_enc_conv3d_16l8_fp16.safetensors --device cuda`
    """

    weights: Annotated[str, Option(metavar="WEIGHTS", positional=True)]
    """Package to begin from, of SceneGen or I-Scene, or of TRELLIS; file:FOLDER or hub:ORG/REPO."""
    data: Annotated[Path, Option(metavar="DATA", positional=True)]
    """Folder in the layout of SceneGen, as of 'scenewright data make generation'."""


@dataclass(frozen=True)
class TrainSceneflowSettings(SceneFlowTrainingConfig, Settings):
    """The training recipe; the defaults are those of SceneGen."""

    encoder_weights: Reference = None
    """Weights of the image encoder (DINOv2 with registers), where the package has none."""
    geometry_weights: Reference = None
    """Weights of VGGT, for scenegen, where the data have no features of it."""
    base_weights: Reference = None
    """Weights of TRELLIS below those of I-Scene."""
    structure_weights: Reference = None
    """Weights of TRELLIS's encoder of occupancy grids: for iscene, and for data without latents."""
    allow_pickles: Annotated[bool, Option(incidental=True)] = False
    """Read weights in files of PyTorch (.pt), with weights_only; only if you trust their source."""
    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop after this many minutes with a checkpoint and weights; run again to resume. What is made
    before the first step counts, but is not cut short."""
