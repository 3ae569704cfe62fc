"""How ``scenewright train sceneflow`` and ``scenewright info`` show a training run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.train_sceneflow.run import TrainSceneflowRun
    from scenewright.pipelines.train_sceneflow.settings import TrainSceneflowSettings
    from scenewright.runs.report import RunReport


def show(run: TrainSceneflowRun, settings: TrainSceneflowSettings, out: Printer) -> int:
    """Shows the paths of package and log, and how to use the package."""
    from scenewright.pipelines.train_sceneflow.run import LOG

    if not run.is_main:
        return 0
    out.write(f"package: {run.package}")
    out.write(f"log:     {run.folder.path / LOG}")
    out.write(
        f"use it:  scenewright generate PICTURE --masks MASKS -o OUT --model sceneflow/"
        f"{settings.recipe} --weights file:{run.package}"
    )
    if run.num_steps < settings.steps:
        out.warn(
            f"stopped after {run.num_steps} of {settings.steps} steps (--max-minutes); "
            "run again to resume"
        )
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a training run, by name."""
    return {"package": str(report.results["package"]), "steps": str(report.results["num_steps"])}
