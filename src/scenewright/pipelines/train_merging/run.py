"""``scenewright train merging``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.io import read_json
from scenewright.pipelines.train_merging.settings import TrainMergingSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb

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
    """

    folder: RunFolder
    report: RunReport
    weights: Path
    measured: Measured


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
    start = perf_counter()
    folder = RunFolder(output)
    begun = RunReport(
        verb="train merging", inputs={}, settings=settings_to_dict(settings), finished=False
    )
    folder.claim(begun, settings=settings, ignore=RESUMABLE)
    try:
        weights = train_merging(folder.path, config=settings, progress=progress)
    except BaseException:
        folder.release()
        raise
    measured = read_json(folder.path / LOG_NAME)["held_out"]
    report = replace(
        begun,
        results={"weights": weights.name, "held_out": measured},
        seconds=perf_counter() - start,
        peak_memory_mb=peak_memory_mb(),
        finished=True,
    )
    folder.update(report)
    return TrainMergingRun(folder, report, weights, measured)
