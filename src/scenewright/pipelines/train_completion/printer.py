"""How ``scenewright train completion`` and ``scenewright info`` show a training run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.train_completion.run import TrainCompletionRun
    from scenewright.pipelines.train_completion.settings import TrainCompletionSettings
    from scenewright.runs.report import RunReport


def show(run: TrainCompletionRun, settings: TrainCompletionSettings, out: Printer) -> int:
    """Shows the paths of weights and log."""
    from scenewright.pipelines.train_completion.run import LOG

    out.write(f"weights: {run.weights}")
    out.write(f"log:     {run.folder.path / LOG}")
    if run.num_steps < settings.steps:
        out.warn(
            f"stopped after {run.num_steps} of {settings.steps} steps (--max-minutes); "
            "run again to resume"
        )
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a training run, by name."""
    return {"weights": str(report.results["weights"]), "steps": str(report.results["num_steps"])}
