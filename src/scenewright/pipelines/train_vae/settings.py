"""The inputs and settings of ``scenewright train vae``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from scenewright.runs.options import Option, Settings
from scenewright.training.tasks.generation.config import VaeTrainingConfig


@dataclass(frozen=True, kw_only=True)
class TrainVaeInputs:
    """Trains the codec of occupancy grids of generate/tiny; run again to resume.

    Needs no data: grids are made from seeds.

    Example: `scenewright train vae -o codec/`
    """


@dataclass(frozen=True)
class TrainVaeSettings(VaeTrainingConfig, Settings):
    """The training recipe; the defaults are those of the weights in the wheel."""

    max_minutes: Annotated[float | None, Option(metavar="MINUTES", incidental=True)] = None
    """Stop the network after this many minutes with a checkpoint and weights; run again to resume.
    Blocks need no steps and have no limit."""
