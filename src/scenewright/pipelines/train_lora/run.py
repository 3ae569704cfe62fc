"""``scenewright train lora``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_lora.settings import TrainLoraSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import train_in_folder

LOG = "log.jsonl"


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
    data: str | Path | None = None,
    progress: Progress = no_progress,
) -> TrainLoraRun:
    """Trains a language model to read scenes, or resumes an interrupted training run.

    Args:
        base: Reference of the checkpoint of any ``AutoModelForCausalLM``.
        output: Folder for worlds, checkpoint, log and what ``lm/hf`` reads.
        settings: The training recipe; None takes the defaults.
        data: Folder of an earlier run whose worlds are used; None makes them.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: A package of the extra ``lora`` is not installed.
        WeightsError: The checkpoint is missing, damaged, or no language model with a tokenizer.
        OutputError: The folder holds something else, or a training run with another recipe.
        CaptureError: The folder of an earlier run has no worlds.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A file of worlds or the checkpoint is damaged.
    """
    require("torch", extra="lora")
    from scenewright.training.tasks.language.causal import train_causal_language

    settings = settings or TrainLoraSettings()

    def train(path: Path) -> dict[str, Any]:
        weights, steps = train_causal_language(
            base, path, worlds=data, config=settings, max_minutes=settings.max_minutes,
            progress=progress,
        )  # fmt: skip
        return {"weights": weights.name, "num_steps": steps, "base": base}

    folder, report = train_in_folder(
        output, train, verb="train lora", settings=settings, inputs={"data": data}
    )
    results = report.results
    return TrainLoraRun(folder, report, folder.path / results["weights"], results["num_steps"])
