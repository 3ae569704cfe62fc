"""How ``scenewright train encoder`` and ``scenewright info`` show a training run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.train_encoder.run import TrainEncoderRun
    from scenewright.pipelines.train_encoder.settings import TrainEncoderSettings
    from scenewright.runs.report import RunReport


def show(run: TrainEncoderRun, settings: TrainEncoderSettings, out: Printer) -> int:
    """Shows the paths of weights and log."""
    from scenewright.pipelines.train_encoder.run import LOG

    if not run.is_main:
        return 0
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
