"""How ``scenewright batch`` and ``scenewright info`` show a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.batch.report import BatchReport
    from scenewright.runs.options import Settings
    from scenewright.runs.report import RunReport


def show(report: BatchReport, settings: Settings, out: Printer) -> int:
    """Shows the outcome for each input; returns 1 if any failed."""
    out.table(report.COLUMNS, report.cells())
    out.write()
    out.write(report.summary())
    out.write(f"run folders: {report.out}")
    if report.num_failed:
        out.complain(f"{report.num_failed} of {len(report.rows)} inputs failed")
        return 1
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about the folder of a batch, by name."""
    results = report.results
    counts = f"{results['num_done']} done, {results['num_skipped']} skipped"
    return {
        "runs": str(len(results["inputs"])),
        "last call": f"{counts}, {results['num_failed']} failed",
    }
