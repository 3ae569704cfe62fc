"""The inputs and settings of ``scenewright batch``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from scenewright.runs.options import Count, Name, Number, Option, Settings


@dataclass(frozen=True, kw_only=True)
class BatchInputs:
    """Runs a verb on many inputs and writes a run folder for each.

    Takes the options of the verb. Inputs that already have a run are skipped, so run the same
    command again to resume a batch. If --masks is a path, {capture} in it stands for the folder of
    an input and {name} for the name of its run. Needs the extra 'batch'.

    Examples: `scenewright batch segment captures/* -o my-runs/`,
    `scenewright batch fit-splats captures/* -o my-runs/ --preset preview`
    """

    verb: Annotated[str, Option(metavar="VERB", positional=True)]
    """What to do with each input: segment, fit-splats, decompose, complete or render."""
    inputs: Annotated[tuple[Path, ...], Option(metavar="INPUT", positional=True)]
    """Captures, or scenes for verbs that take scenes."""


@dataclass(frozen=True, kw_only=True)
class BatchSettings(Settings):
    """Settings of ``batch`` itself."""

    address: Name = None
    """Address of a Ray cluster that can access all paths; default: this machine."""
    num_workers: Count = None
    """Number of inputs processed in parallel; default: one per core."""
    retries: Number = 2
    """Number of retries of an input whose worker dies."""
