"""``scenewright train sceneflow``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import Progress, no_progress
from scenewright.core.optional import require
from scenewright.pipelines.train_sceneflow.settings import TrainSceneflowSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.training import RESUMABLE, train_in_folder

LOG = "log.jsonl"


@dataclass(frozen=True)
class TrainSceneflowRun:
    """A run of ``train sceneflow``.

    Attributes:
        folder: Holds checkpoints, log, curves and the package.
        report: The report in the folder.
        package: Folder of the weights, in the published format.
        num_steps: Steps taken in all.
        is_main: Whether this is the process that writes, of several that trained together.
    """

    folder: RunFolder
    report: RunReport
    package: Path
    num_steps: int
    is_main: bool = True


def train_sceneflow_run(
    weights: str,
    data: str | Path,
    output: str | Path,
    settings: TrainSceneflowSettings | None = None,
    *,
    progress: Progress = no_progress,
) -> TrainSceneflowRun:
    """Fine-tunes a published flow, or resumes an interrupted training run.

    Args:
        weights: Package to begin from: ``file:FOLDER`` or ``hub:ORG/REPO``.
        data: Folder in the layout of SceneGen.
        output: Folder for encoded scenes, checkpoints, log and package.
        settings: The training recipe; None takes that of SceneGen.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        MissingExtraError: torch is not installed.
        OutputError: The folder holds something else, or a training run with another recipe.
        ConventionError: Ten batches had a loss that is not finite.
        CaptureError: There are too few scenes.
        FormatError: The data are damaged.
        WeightsError: Weights are missing, refused, damaged, or those of another network.
    """
    require("torch", extra="train")
    from scenewright.training.processes import joined_processes
    from scenewright.training.tasks.sceneflow.starting import WeightPlaces
    from scenewright.training.tasks.sceneflow.task import train_sceneflow

    settings = settings or TrainSceneflowSettings()
    processes = joined_processes(settings.device)
    places = WeightPlaces(
        weights, settings.encoder_weights, settings.geometry_weights, settings.base_weights,
        settings.structure_weights, settings.allow_pickles,
    )  # fmt: skip

    def train(path: Path) -> dict[str, Any]:
        package, steps = train_sceneflow(
            places, data, path, config=settings, max_minutes=settings.max_minutes,
            progress=progress if processes.is_main else no_progress,
        )  # fmt: skip
        return {"package": package.name, "num_steps": steps}

    folder, report = train_in_folder(
        output,
        train,
        verb="train sceneflow",
        settings=settings,
        inputs={"weights": weights, "data": data},
        resumable=(*RESUMABLE, "recompute"),
        processes=processes,
    )
    results = report.results
    return TrainSceneflowRun(
        folder, report, folder.path / results["package"], results["num_steps"],
        is_main=processes.is_main,
    )  # fmt: skip
