"""The inputs and settings of ``scenewright train names``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.names.config import NamesTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainNamesInputs:
    """Trains names/tiny on objects of synthetic worlds; run again to resume.

    Needs no data: objects are made from seeds, whole and seen in part, and kept in the folder.

    Example: `scenewright train names -o names/`
    """


@dataclass(frozen=True)
class TrainNamesSettings(NamesTrainingConfig, Settings):
    """The training recipe."""

    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop after this many minutes with a checkpoint and weights; run again to resume. What is made
    before the first step counts, but is not cut short."""
