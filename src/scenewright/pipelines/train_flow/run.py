"""``scenewright train flow``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_flow.settings import TrainFlowSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import RESUMABLE_WITH_WORKERS, train_in_folder

LOG = "log.jsonl"


@dataclass(frozen=True)
class TrainFlowRun:
    """A run of ``train flow``.

    Attributes:
        folder: Holds checkpoints, log, curves and weights.
        report: The report in the folder.
        weights: File of the trained weights.
        num_steps: Steps taken in all.
        is_main: Whether this is the process that writes, of several that trained together.
    """

    folder: RunFolder
    report: RunReport
    weights: Path
    num_steps: int
    is_main: bool = True


def train_flow_run(
    codec: str | Path,
    encoder: str | Path,
    output: str | Path,
    settings: TrainFlowSettings | None = None,
    *,
    shards: str | Path | None = None,
    progress: Progress = no_progress,
) -> TrainFlowRun:
    """Trains the flow of generate/tiny, or resumes an interrupted training run.

    Args:
        codec: Weights that `train_vae_run` made.
        encoder: Weights that `train_encoder_run` made.
        output: Folder for shards, checkpoints, log and weights.
        settings: The training recipe; None takes the recipe of the weights in the wheel.
        shards: Folder of shards of an earlier run; None makes them from seeds.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: torch is not installed.
        OutputError: The folder holds something else, or a training run with another recipe.
        ConventionError: Ten batches had a loss that is not finite.
        CaptureError: There are too few shards.
        FormatError: A shard is damaged.
        WeightsError: The codec or the encoder is missing or damaged.
    """
    require("torch", extra="train")
    from scenewright.training.processes import joined_processes
    from scenewright.training.tasks.generation.flow import train_flow

    settings = settings or TrainFlowSettings()
    processes = joined_processes(settings.device)

    def train(path: Path) -> dict[str, Any]:
        weights, steps = train_flow(
            codec, encoder, path, shards=shards, config=settings,
            max_minutes=settings.max_minutes,
            progress=progress if processes.is_main else no_progress,
        )  # fmt: skip
        return {"weights": weights.name, "num_steps": steps}

    folder, report = train_in_folder(
        output,
        train,
        verb="train flow",
        settings=settings,
        inputs={"codec": codec, "encoder": encoder, "shards": shards},
        processes=processes,
        resumable=RESUMABLE_WITH_WORKERS,
    )
    results = report.results
    return TrainFlowRun(
        folder, report, folder.path / results["weights"], results["num_steps"],
        is_main=processes.is_main,
    )  # fmt: skip
