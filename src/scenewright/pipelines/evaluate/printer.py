"""How ``scenewright evaluate`` shows its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer, show_stages

if TYPE_CHECKING:
    from scenewright.pipelines.evaluate.run import EvaluationReport
    from scenewright.pipelines.evaluate.settings import EvaluateSettings


def show(report: EvaluationReport, settings: EvaluateSettings, out: Printer) -> int:
    """Shows the tables."""
    if report.objects is not None:
        found = report.objects
        out.write(found.tables())
        out.write()
        out.write(
            f"{100 * found.covered_share:.1f} % of {found.num_truth_points} true points lie within "
            "5 cm of the scene"
        )
    if report.surfels is not None:
        if report.objects is not None:
            out.write()
        out.write(report.surfels.tables())
        if report.surfels.stages:
            out.write()
            out.write("what the run cost:")
            show_stages(report.surfels.stages, out)
    if report.shapes is not None:
        if report.objects is not None or report.surfels is not None:
            out.write()
        out.write(report.shapes.tables())
    if report.completion is not None:
        if report.objects is not None or report.surfels is not None or report.shapes is not None:
            out.write()
        out.write(report.completion.tables())
    return 0
