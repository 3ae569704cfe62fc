"""``scenewright train merging``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.io import read_json
from scenewright.pipelines.train_merging.settings import TrainMergingSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import train_in_folder

RESUMABLE = ("num_workers", "num_threads")
"""Settings that may change when training is resumed."""

Measured = dict[str, dict[str, dict[str, float]]]
"""Kind of masks, way of merging, name of a figure -> figure."""


@dataclass(frozen=True)
class TrainMergingRun:
    """A run of ``train merging``.

    Attributes:
        folder: Holds examples, trees and what was measured.
        report: The report in the folder.
        weights: File of the trees.
        measured: AP on the held-out rooms.
        num_rooms: Rooms that are filmed, those held out included.
    """

    folder: RunFolder
    report: RunReport
    weights: Path
    measured: Measured
    num_rooms: int


def train_merging_run(
    output: str | Path,
    settings: TrainMergingSettings | None = None,
    *,
    progress: Progress = no_progress,
) -> TrainMergingRun:
    """Trains the trees of learned merging, or resumes an interrupted training run.

    Args:
        output: Folder for examples, trees and what is measured.
        settings: The training recipe; None takes the recipe of the trees in the wheel.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: LightGBM is not installed.
        OutputError: The folder holds something else, or a training run with another recipe.
        CaptureError: No room could be filmed.
        FormatError: An example in the folder is damaged.
    """
    require("lightgbm", extra="train")
    from scenewright.training.tasks.merging.task import LOG_NAME, train_merging

    settings = settings or TrainMergingSettings()

    def train(path: Path) -> dict[str, Any]:
        weights = train_merging(
            path, config=settings, max_minutes=settings.max_minutes, progress=progress
        )
        measured = read_json(path / LOG_NAME)
        return {
            "weights": weights.name,
            "num_rooms": measured["num_rooms"],
            "held_out": measured["held_out"],
        }

    folder, report = train_in_folder(
        output, train, verb="train merging", settings=settings, resumable=RESUMABLE
    )
    results = report.results
    weights = folder.path / results["weights"]
    return TrainMergingRun(folder, report, weights, results["held_out"], results["num_rooms"])
