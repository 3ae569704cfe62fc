"""``scenewright train flow``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_flow.settings import TrainFlowSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb

LOG = "log.jsonl"
RESUMABLE = ("steps", "validate_every", "num_threads", "device", "max_minutes")
"""Settings that may change when training is resumed."""


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
    start = perf_counter()
    folder = RunFolder(output)
    begun = RunReport(
        verb="train flow",
        inputs={
            "codec": str(Path(codec).resolve()),
            "encoder": str(Path(encoder).resolve()),
            "shards": None if shards is None else str(Path(shards).resolve()),
        },
        settings=settings_to_dict(settings),
        finished=False,
    )
    processes = joined_processes(settings.device)
    if processes.is_main:
        folder.claim(begun, settings=settings, ignore=RESUMABLE)
    processes.wait()
    try:
        weights, steps = train_flow(
            codec, encoder, folder.path, shards=shards, config=settings,
            max_minutes=settings.max_minutes,
            progress=progress if processes.is_main else no_progress,
        )  # fmt: skip
    except BaseException:
        if processes.is_main:
            folder.release()
        raise
    report = replace(
        begun,
        results={"weights": weights.name, "num_steps": steps},
        seconds=perf_counter() - start,
        peak_memory_mb=peak_memory_mb(),
        finished=True,
    )
    if processes.is_main:
        folder.update(report)
    return TrainFlowRun(folder, report, weights, steps, is_main=processes.is_main)
