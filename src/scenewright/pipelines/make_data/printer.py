"""How ``scenewright data make`` and ``scenewright info`` show a folder of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.make_data.report import DataReport
    from scenewright.pipelines.make_data.settings import DataSettings
    from scenewright.runs.report import RunReport


def show(report: DataReport, settings: DataSettings, out: Printer) -> int:
    """Shows the outcome for each piece; returns 1 if any failed."""
    cells = report.cells()
    out.table(report.COLUMNS, cells)
    if len(cells) < len(report.rows):
        out.write(f"... and {len(report.rows) - len(cells)} more")
    out.write()
    out.write(report.summary())
    for remark in report.remarks:
        out.write(remark)
    out.write(f"folder: {report.out}")
    if report.count("failed"):
        out.complain(f"{report.count('failed')} of {len(report.rows)} failed")
        return 1
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a folder of data, by name."""
    results = report.results
    first, end = results["seeds"]
    counts = f"{results['num_made']} made, {results['num_kept']} kept"
    return {
        "last seeds": f"{first}:{end}",
        "last call": f"{counts}, {results['num_failed']} failed",
    }
