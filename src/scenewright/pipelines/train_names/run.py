"""``scenewright train names``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_names.settings import TrainNamesSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import train_in_folder

LOG = "log.jsonl"


@dataclass(frozen=True)
class TrainNamesRun:
    """A run of ``train names``.

    Attributes:
        folder: Holds checkpoints, log, curves and weights.
        report: The report in the folder.
        weights: File of the trained weights.
        num_steps: Steps taken in all.
    """

    folder: RunFolder
    report: RunReport
    weights: Path
    num_steps: int


def train_names_run(
    output: str | Path,
    settings: TrainNamesSettings | None = None,
    *,
    progress: Progress = no_progress,
) -> TrainNamesRun:
    """Trains names/tiny, or resumes an interrupted training run.

    Args:
        output: Folder for examples, checkpoint, log and weights.
        settings: The training recipe; None takes the defaults.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: torch is not installed.
        OutputError: The folder holds something else, or a training run with another recipe.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: The examples or the checkpoint are damaged.
    """
    require("torch", extra="train")
    from scenewright.training.tasks.names.task import train_names

    settings = settings or TrainNamesSettings()

    def train(path: Path) -> dict[str, Any]:
        weights, steps = train_names(
            path, config=settings, max_minutes=settings.max_minutes, progress=progress
        )  # fmt: skip
        return {"weights": weights.name, "num_steps": steps}

    folder, report = train_in_folder(
        output, train, verb="train names", settings=settings, inputs={}
    )
    results = report.results
    return TrainNamesRun(folder, report, folder.path / results["weights"], results["num_steps"])
