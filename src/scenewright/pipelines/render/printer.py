"""How ``scenewright render`` and ``scenewright info`` show a folder of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.render.run import RenderRun
    from scenewright.pipelines.render.settings import RenderSettings
    from scenewright.runs.report import RunReport


def show(run: RenderRun, settings: RenderSettings, out: Printer) -> int:
    """Shows the number of pictures and their folder."""
    out.write(f"{len(run.files)} files in {run.folder.path}")
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a folder of pictures, by name."""
    return {"pictures": str(len(report.results["files"]))}
