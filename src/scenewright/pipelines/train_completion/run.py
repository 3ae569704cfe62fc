"""``scenewright train completion``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_completion.settings import TrainCompletionSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import RESUMABLE_WITH_WORKERS, train_in_folder

LOG = "log.jsonl"


@dataclass(frozen=True)
class TrainCompletionRun:
    """A run of ``train completion``.

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


def train_completion_run(
    output: str | Path,
    settings: TrainCompletionSettings | None = None,
    *,
    scans: str | Path | None = None,
    start: str | Path | None = None,
    progress: Progress = no_progress,
) -> TrainCompletionRun:
    """Trains the network of complete/tiny, or resumes an interrupted training run.

    Args:
        output: Folder for shards, checkpoints, log and weights.
        settings: The training recipe; None takes the recipe of the weights in the wheel.
        scans: Folder of partly seen objects of an earlier run; None makes them from seeds.
        start: Weights of generate/tiny whose convolutions are taken over; None takes random ones.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: torch is not installed.
        OutputError: The folder holds something else, or a training run with another recipe.
        ConventionError: Ten batches had a loss that is not finite.
        CaptureError: There are too few shards.
        FormatError: A shard is damaged.
        WeightsError: The weights to start from are missing or damaged.
    """
    require("torch", extra="train")
    from scenewright.training.tasks.completion.task import train_completion

    settings = settings or TrainCompletionSettings()

    def train(path: Path) -> dict[str, Any]:
        weights, steps = train_completion(
            path, scans=scans, start=start, config=settings,
            max_minutes=settings.max_minutes, progress=progress,
        )  # fmt: skip
        return {"weights": weights.name, "num_steps": steps}

    folder, report = train_in_folder(
        output, train, verb="train completion", settings=settings,
        inputs={"scans": scans, "start": start},
        resumable=RESUMABLE_WITH_WORKERS,
    )  # fmt: skip
    results = report.results
    return TrainCompletionRun(
        folder, report, folder.path / results["weights"], results["num_steps"]
    )
