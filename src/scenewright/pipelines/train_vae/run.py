"""``scenewright train vae``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_vae.settings import TrainVaeSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb

LOG = "log.jsonl"
RESUMABLE = ("steps", "validate_every", "num_threads", "device")
"""Settings that may change when training is resumed."""


@dataclass(frozen=True)
class TrainVaeRun:
    """A run of ``train vae``.

    Attributes:
        folder: Holds checkpoints, log, curves and weights.
        report: The report in the folder.
        weights: File of the trained weights.
    """

    folder: RunFolder
    report: RunReport
    weights: Path


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
    start = perf_counter()
    folder = RunFolder(output)
    begun = RunReport(
        verb="train vae",
        inputs={},
        settings=settings_to_dict(settings),
        finished=False,
    )
    folder.claim(begun, settings=settings, ignore=RESUMABLE)
    try:
        weights = train_vae(folder.path, config=settings, progress=progress)
    except BaseException:
        folder.release()
        raise
    report = replace(
        begun,
        results={"weights": weights.name},
        seconds=perf_counter() - start,
        peak_memory_mb=peak_memory_mb(),
        finished=True,
    )
    folder.update(report)
    return TrainVaeRun(folder, report, weights)
