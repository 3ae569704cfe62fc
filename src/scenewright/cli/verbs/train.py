"""``scenewright train``: teaches the networks that ship with the package."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from scenewright.cli.options import CommonOptions
from scenewright.training.tasks.masks.config import MaskTrainingConfig

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Trains a network on shards of synthetic worlds, or goes on where a training stopped.

    Example: `scenewright train masks/tiny-rgbd shards/ -o training/`
    """

    network: tyro.conf.Positional[Literal["masks/tiny-rgbd"]]
    """Which network."""
    shards: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SHARDS")]
    """Folder that 'scenewright data make shards' made."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="FOLDER")]
    """Where checkpoints, log and weights go."""
    config: Annotated[MaskTrainingConfig, tyro.conf.OmitArgPrefixes] = field(
        default_factory=MaskTrainingConfig
    )
    """Recipe."""


def run(options: Options, terminal: Terminal) -> int:
    """Trains, and says where the weights are."""
    from scenewright.core.optional import require

    require("torch", extra="torch")
    from scenewright.training.tasks.masks.task import train_masks

    with terminal.progress() as progress:
        weights = train_masks(
            options.shards, options.output, config=options.config, progress=progress
        )
    terminal.write(f"weights: {weights}")
    terminal.write(f"log:     {options.output / 'log.jsonl'}")
    return 0
