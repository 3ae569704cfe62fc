"""``scenewright train masks``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_masks.settings import TrainMasksSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb

LOG = "log.jsonl"
RESUMABLE = ("steps", "validate_every", "num_threads", "device", "max_minutes")
"""Settings that may change when training is resumed."""


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
    start = perf_counter()
    folder = RunFolder(output)
    begun = RunReport(
        verb="train masks",
        inputs={"shards": str(Path(shards).resolve())},
        settings=settings_to_dict(settings),
        finished=False,
    )
    folder.claim(begun, settings=settings, ignore=RESUMABLE)
    try:
        weights, steps = train_masks(
            shards,
            folder.path,
            config=settings,
            max_minutes=settings.max_minutes,
            progress=progress,
        )
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
    return TrainMasksRun(folder, report, weights, steps)
