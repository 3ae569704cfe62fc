"""How ``scenewright evaluate-language`` shows scores."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.evaluate_language.run import LanguageReport
    from scenewright.pipelines.evaluate_language.settings import EvaluateLanguageSettings


def show(report: LanguageReport, settings: EvaluateLanguageSettings, out: Printer) -> int:
    """Shows a row per run and type, in percent."""
    rows: list[tuple[str, ...]] = []
    columns: tuple[str, ...] = ()
    for name, groups in report.runs.items():
        for group, measures in groups.items():
            columns = ("run", "type", *measures)
            cells = ("-" if isnan(one) else f"{one:.2f}" for one in measures.values())
            rows.append((name, group or "none", *cells))
    if not rows:
        out.write(f"{report.kind}: nothing to compare; give --scenes, --predictions or --train")
        return 1
    out.table(columns, rows)
    out.write()
    out.write(f"{report.kind}: {report.num_items:,} questions or phrases, percent")
    if report.num_missing:
        out.warn(f"{report.num_missing:,} of them have no prediction, which counts as wrong")
    return 0
