"""``scenewright train masks``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_masks.settings import TrainMasksSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import train_in_folder

LOG = "log.jsonl"


@dataclass(frozen=True)
class TrainMasksRun:
    """A run of ``train masks``.

    Attributes:
        folder: Holds checkpoints, log and weights.
        report: The report in the folder.
        weights: File of the trained weights.
        num_steps: Steps taken, including those of earlier runs.
    """

    folder: RunFolder
    report: RunReport
    weights: Path
    num_steps: int


def train_masks_run(
    shards: str | Path,
    output: str | Path,
    settings: TrainMasksSettings | None = None,
    *,
    progress: Progress = no_progress,
) -> TrainMasksRun:
    """Trains the network of masks/tiny-rgbd, or resumes an interrupted training run.

    Args:
        shards: Folder that `make_data_run` made.
        output: Folder for checkpoints, log and weights.
        settings: The training recipe; None takes the recipe of the weights in the wheel.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: torch is not installed.
        OutputError: The folder holds something else, or a training run with another recipe.
        CaptureError: There are too few shards.
        FormatError: A shard is damaged.
    """
    require("torch", extra="train")
    from scenewright.training.tasks.masks.task import train_masks

    settings = settings or TrainMasksSettings()

    def train(path: Path) -> dict[str, Any]:
        weights, steps = train_masks(
            shards, path, config=settings, max_minutes=settings.max_minutes, progress=progress
        )
        return {"weights": weights.name, "num_steps": steps}

    folder, report = train_in_folder(
        output, train, verb="train masks", settings=settings, inputs={"shards": shards}
    )
    results = report.results
    return TrainMasksRun(folder, report, folder.path / results["weights"], results["num_steps"])
