"""How ``scenewright data convert`` and ``scenewright info`` show converted data."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.convert_data.run import ConvertedData
    from scenewright.pipelines.convert_data.settings import ConvertDataSettings
    from scenewright.runs.report import RunReport

_MOST_LINES = 20


def show(result: ConvertedData, settings: ConvertDataSettings, out: Printer) -> int:
    """Shows counts and what failed; returns 1 if any scene failed."""
    total = result.num_made + result.num_kept + len(result.failed)
    out.write(
        f"{result.num_made} made, {result.num_kept} kept, {len(result.failed)} failed of "
        f"{counted(total, 'scene')}; {counted(result.num_objects, 'object')} in those made"
    )
    if result.num_without_file:
        out.write(f"annotated images without a file: {result.num_without_file}")
    if result.left_out:
        out.write(f"annotations were left out in {counted(len(result.left_out), 'scene')}:")
        _list(result.left_out, out)
    for remark in result.remarks:
        out.write(remark)
    out.write(f"folder: {result.out}")
    if result.failed:
        _list(result.failed, out)
        out.complain(f"{len(result.failed)} of {total} failed")
        return 1
    return 0


def _list(reasons: dict[str, str], out: Printer) -> None:
    for name, reason in islice(reasons.items(), _MOST_LINES):
        out.write(f"  {name}: {reason}")
    if len(reasons) > _MOST_LINES:
        out.write(f"  ... and {len(reasons) - _MOST_LINES} more, see report.json")


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about converted data, by name."""
    results = report.results
    counts = f"{results['num_made']} made, {results['num_kept']} kept"
    return {
        "converted from": str(report.inputs["folder"]),
        "last call": f"{counts}, {results['num_failed']} failed",
    }
