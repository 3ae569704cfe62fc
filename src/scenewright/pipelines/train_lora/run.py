"""``scenewright train lora``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_lora.settings import TrainLoraSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb

LOG = "log.jsonl"
RESUMABLE = ("steps", "validate_every", "num_threads", "device", "max_minutes")
"""Settings that may change when training is resumed."""


@dataclass(frozen=True)
class TrainLoraRun:
    """A run of ``train lora``.

    Attributes:
        folder: Holds checkpoints, log, curves and weights.
        report: The report in the folder.
        weights: Folder of what was trained.
        num_steps: Steps taken in all.
    """

    folder: RunFolder
    report: RunReport
    weights: Path
    num_steps: int


def train_lora_run(
    base: str,
    output: str | Path,
    settings: TrainLoraSettings | None = None,
    *,
    worlds: str | Path | None = None,
    progress: Progress = no_progress,
) -> TrainLoraRun:
    """Trains a language model to read scenes, or resumes an interrupted training run.

    Args:
        base: Reference of the checkpoint of any ``AutoModelForCausalLM``.
        output: Folder for worlds, checkpoint, log and what ``lm/hf`` reads.
        settings: The training recipe; None takes the defaults.
        worlds: Folder of an earlier run whose worlds are used; None makes them.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: A package of the extra ``lora`` is not installed.
        WeightsError: The checkpoint is missing, damaged, or no language model with a tokenizer.
        OutputError: The folder holds something else, or a training run with another recipe.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A file of worlds or the checkpoint is damaged.
    """
    require("torch", extra="lora")
    from scenewright.training.tasks.language.causal import train_causal_language

    settings = settings or TrainLoraSettings()
    start = perf_counter()
    folder = RunFolder(output)
    begun = RunReport(
        verb="train lora",
        inputs={
            "base": base,
            "worlds": None if worlds is None else str(Path(worlds).resolve()),
        },
        settings=settings_to_dict(settings),
        finished=False,
    )
    folder.claim(begun, settings=settings, ignore=RESUMABLE)
    try:
        weights, steps = train_causal_language(
            base, folder.path, worlds=worlds, config=settings, max_minutes=settings.max_minutes,
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
    return TrainLoraRun(folder, report, weights, steps)
