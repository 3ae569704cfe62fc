"""``scenewright train vae``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_vae.settings import TrainVaeSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import train_in_folder

LOG = "log.jsonl"


@dataclass(frozen=True)
class TrainVaeRun:
    """A run of ``train vae``.

    Attributes:
        folder: Holds checkpoints, log, curves and weights.
        report: The report in the folder.
        weights: File of the trained weights.
        num_steps: Steps taken in all; 0 with the method blocks, which needs none.
    """

    folder: RunFolder
    report: RunReport
    weights: Path
    num_steps: int


def train_vae_run(
    output: str | Path,
    settings: TrainVaeSettings | None = None,
    *,
    progress: Progress = no_progress,
) -> TrainVaeRun:
    """Trains the codec of grids, or resumes an interrupted training run.

    Args:
        output: Folder for grids, checkpoints, log and weights.
        settings: The training recipe; None takes the recipe of the weights in the wheel.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: torch is not installed.
        OutputError: The folder holds something else, or a training run with another recipe.
        ConventionError: Ten batches had a loss that is not finite.
    """
    require("torch", extra="train")
    from scenewright.training.tasks.generation.vae import train_vae

    settings = settings or TrainVaeSettings()

    def train(path: Path) -> dict[str, Any]:
        weights, steps = train_vae(
            path, config=settings, max_minutes=settings.max_minutes, progress=progress
        )
        return {"weights": weights.name, "num_steps": steps}

    folder, report = train_in_folder(output, train, verb="train vae", settings=settings)
    results = report.results
    return TrainVaeRun(folder, report, folder.path / results["weights"], results["num_steps"])
