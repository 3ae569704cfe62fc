"""The inputs and settings of ``scenewright train masks``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.masks.config import MaskTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainMasksInputs:
    """Trains the network of masks/tiny-rgbd on shards of synthetic worlds; run again to resume.

    Example: `scenewright train masks shards/ -o training/`
    """

    shards: Annotated[Path, Option(metavar="SHARDS", positional=True)]
    """Folder made by 'scenewright data make shards'."""


@dataclass(frozen=True)
class TrainMasksSettings(MaskTrainingConfig, Settings):
    """The training recipe; the defaults are those of the weights in the wheel."""

    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop after this many minutes with a checkpoint and weights; run again to resume. What is made
    before the first step counts, but is not cut short."""
