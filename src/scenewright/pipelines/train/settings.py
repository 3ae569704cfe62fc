"""The inputs and settings of ``scenewright train``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.masks.config import MaskTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainInputs:
    """Trains a network on shards of synthetic worlds; run again to resume.

    Example: `scenewright train masks/tiny-rgbd shards/ -o training/`
    """

    network: Annotated[Literal["masks/tiny-rgbd"], Option(positional=True)]
    """The network to train."""
    shards: Annotated[Path, Option(metavar="SHARDS", positional=True)]
    """Folder made by 'scenewright data make shards'."""


@dataclass(frozen=True)
class TrainSettings(MaskTrainingConfig, Settings):
    """The training recipe; the defaults are those of the weights in the wheel."""
