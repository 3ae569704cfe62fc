"""``scenewright train language``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_language.settings import TrainLanguageSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb

LOG = "log.jsonl"
RESUMABLE = ("steps", "validate_every", "num_workers", "num_threads", "device", "max_minutes")
"""Settings that may change when training is resumed."""


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
        OutputError: The folder holds something else, or a training run with another recipe.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A file of worlds or a shard is damaged.
    """
    require("torch", extra="train")
    from scenewright.training.tasks.language.task import train_language

    settings = settings or TrainLanguageSettings()
    start = perf_counter()
    folder = RunFolder(output)
    begun = RunReport(
        verb="train language",
        inputs={"data": None if data is None else str(Path(data).resolve())},
        settings=settings_to_dict(settings),
        finished=False,
    )
    folder.claim(begun, settings=settings, ignore=RESUMABLE)
    try:
        weights, steps = train_language(
            folder.path, worlds=data, config=settings, max_minutes=settings.max_minutes,
            progress=progress,
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
    return TrainLanguageRun(folder, report, weights, steps)
