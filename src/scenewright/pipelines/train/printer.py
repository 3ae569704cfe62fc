"""What ``scenewright train`` and ``scenewright info`` show of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.train.run import TrainRun
    from scenewright.pipelines.train.settings import TrainSettings
    from scenewright.runs.report import RunReport


def show(run: TrainRun, settings: TrainSettings, out: Printer) -> int:
    """Shows where weights and log are."""
    from scenewright.pipelines.train.run import LOG

    out.write(f"weights: {run.weights}")
    out.write(f"log:     {run.folder.path / LOG}")
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """What ``info`` says of a training, by name."""
    return {"weights": str(report.results["weights"]), "steps": str(report.settings["steps"])}
