"""The inputs and settings of ``scenewright train merging``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.merging.config import MergingTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainMergingInputs:
    """Trains the trees that merge regions to objects, on rooms that it films; run again to resume.

    Needs no data.

    Example: `scenewright train merging -o merging/`
    """


@dataclass(frozen=True)
class TrainMergingSettings(MergingTrainingConfig, Settings):
    """The training recipe; the defaults are those of the trees in the wheel."""

    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop filming after this many minutes and fit the rooms so far; run again to resume."""
