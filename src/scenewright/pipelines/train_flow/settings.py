"""The inputs and settings of ``scenewright train flow``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.generation.config import FlowTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainFlowInputs:
    """Trains the flow of generate/tiny on views of synthetic worlds; run again to resume.

    Example: `scenewright train flow codec/generate-tiny-vae.safetensors
    encoder/generate-tiny-encoder.safetensors -o flow/`
    """

    codec: Annotated[Path, Option(metavar="CODEC", positional=True)]
    """Weights made by 'scenewright train vae'."""
    encoder: Annotated[Path, Option(metavar="ENCODER", positional=True)]
    """Weights made by 'scenewright train encoder'."""
    shards: Annotated[Path | None, Option(metavar="FOLDER")] = None
    """Folder of shards of an earlier run (its shards/); default: made from seeds."""


@dataclass(frozen=True)
class TrainFlowSettings(FlowTrainingConfig, Settings):
    """The training recipe; the defaults are those of the weights in the wheel."""

    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop after this many minutes with a checkpoint and weights; run again to resume. What is made
    before the first step counts, but is not cut short."""
