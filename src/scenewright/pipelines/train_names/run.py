"""``scenewright train names``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_names.settings import TrainNamesSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb

LOG = "log.jsonl"
RESUMABLE = ("steps", "validate_every", "num_threads", "device", "max_minutes")
"""Settings that may change when training is resumed."""


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
    start = perf_counter()
    folder = RunFolder(output)
    begun = RunReport(
        verb="train names",
        inputs={},
        settings=settings_to_dict(settings),
        finished=False,
    )
    folder.claim(begun, settings=settings, ignore=RESUMABLE)
    try:
        weights, steps = train_names(
            folder.path, config=settings, max_minutes=settings.max_minutes, progress=progress
        )  # fmt: skip
    except BaseException:
        folder.release()
        raise
    report = replace(
        begun,
        results={"weights": weights.name, "num_steps": steps},
        seconds=perf_counter() - start,
        peak_memory_mb=peak_memory_mb(),
        finished=True,
    )
    folder.update(report)
    return TrainNamesRun(folder, report, weights, steps)
