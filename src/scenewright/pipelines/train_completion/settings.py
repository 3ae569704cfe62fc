"""The inputs and settings of ``scenewright train completion``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.completion.config import CompletionTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainCompletionInputs:
    """Trains the network of complete/tiny on views of synthetic worlds; run again to resume.

    Needs no data: worlds are made from seeds.

    Example: `scenewright train completion -o completion/`
    """

    scans: Annotated[Path | None, Option(metavar="FOLDER")] = None
    """Folder of partly seen objects of an earlier run (its scans/); default: made from seeds."""
    start: Annotated[Path | None, Option(metavar="FILE")] = None
    """Weights of generate/tiny whose convolutions are taken over; default: random ones."""


@dataclass(frozen=True)
class TrainCompletionSettings(CompletionTrainingConfig, Settings):
    """The training recipe; the defaults are those of the weights in the wheel."""

    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop after this many minutes with a checkpoint and weights; run again to resume. What is made
    before the first step counts, but is not cut short."""
