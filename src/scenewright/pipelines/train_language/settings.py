"""The inputs and settings of ``scenewright train language``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.language.config import LanguageTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainLanguageInputs:
    """Trains lm/nano on questions about synthetic worlds; run again to resume.

    Needs no data: worlds and questions are made from seeds, and kept in the folder.

    Example: `scenewright train language -o language/`
    """

    data: Annotated[Path | None, Option(metavar="FOLDER")] = None
    """Folder of an earlier run whose worlds and shards are used; default: made from seeds."""


@dataclass(frozen=True)
class TrainLanguageSettings(LanguageTrainingConfig, Settings):
    """The training recipe; the defaults are those of the weights in the wheel."""

    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop after this many minutes with a checkpoint and weights; run again to resume. What is made
    before the first step counts, but is not cut short."""
