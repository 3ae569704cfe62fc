"""``scenewright train language``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_language.settings import TrainLanguageSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import RESUMABLE_WITH_WORKERS, train_in_folder

LOG = "log.jsonl"


@dataclass(frozen=True)
class TrainLanguageRun:
    """A run of ``train language``.

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


def train_language_run(
    output: str | Path,
    settings: TrainLanguageSettings | None = None,
    *,
    data: str | Path | None = None,
    progress: Progress = no_progress,
) -> TrainLanguageRun:
    """Trains lm/nano, or resumes an interrupted training run.

    Args:
        output: Folder for worlds, shards, checkpoint, log and weights.
        settings: The training recipe; None takes the recipe of the weights in the wheel.
        data: Folder of an earlier run whose worlds and shards are used; None makes them.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: torch is not installed.
        CaptureError: The folder of an earlier run has no worlds.
        OutputError: The folder holds something else, or a training run with another recipe.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A file of worlds or a shard is damaged.
    """
    require("torch", extra="train")
    from scenewright.training.tasks.language.task import train_language

    settings = settings or TrainLanguageSettings()

    def train(path: Path) -> dict[str, Any]:
        weights, steps = train_language(
            path, worlds=data, config=settings, max_minutes=settings.max_minutes,
            progress=progress,
        )  # fmt: skip
        return {"weights": weights.name, "num_steps": steps}

    folder, report = train_in_folder(
        output, train, verb="train language", settings=settings, inputs={"data": data},
        resumable=RESUMABLE_WITH_WORKERS,
    )  # fmt: skip
    results = report.results
    return TrainLanguageRun(folder, report, folder.path / results["weights"], results["num_steps"])
