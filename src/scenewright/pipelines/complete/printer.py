"""How ``scenewright complete`` and ``scenewright info`` show a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer, show_stages, with_labels

if TYPE_CHECKING:
    from scenewright.pipelines.complete.run import CompleteRun
    from scenewright.pipelines.complete.settings import CompleteSettings
    from scenewright.runs.report import RunReport


def show(run: CompleteRun, settings: CompleteSettings, out: Printer) -> int:
    """Shows the objects, the costs of the stages, and where the run is."""
    for warning in run.report.warnings:
        out.warn(warning)
    rows, labels = [], []
    for one in run.report.results["objects"]:
        before, after = (_size(one[name]["size"]) for name in ("seen_box", "whole_box"))
        how = one["from"] if one["completed"] else f"left as it is: {one['skipped']}"
        unsure = one["hidden_uncertainty"]
        rows.append((
            str(one["id"]), f"{100 * one['observed_share']:.0f} %",
            "-" if unsure is None else f"{unsure:.2f}", before, after, how,
            f"{one['seconds']:.1f} s",
        ))  # fmt: skip
        labels.append(one["label"])
    columns = ("id", "seen", "uncertainty", "seen box (m)", "whole box (m)", "rest from", "time")
    out.table(*with_labels(columns, rows, labels))
    out.write()
    show_stages(run.report.stages, out)
    results = run.report.results
    out.write(
        f"{results['num_completed']} of {results['num_objects']} objects completed, "
        f"free space from {results['grids_from']}"
    )
    fitted = results["refinement"]
    if fitted is not None:
        out.write(
            f"{fitted['num_surfels']} new surfels fitted to the photographs: PSNR of the views "
            f"{fitted['psnr_refined']:.2f} dB, {fitted['psnr_added']:.2f} before the fit, "
            f"{fitted['psnr_seen']:.2f} without them"
        )
    out.write(f"run folder: {run.folder.path}")
    out.write(f"to look at it, open {run.folder.path / 'view.html'}")
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a run, by name."""
    results = report.results
    return {
        "objects": f"{results['num_completed']} of {results['num_objects']} completed",
        "model": str(results["model"]),
        "background": f"{results['num_closed_faces']} faces added",
    }


def _size(edges: list[float]) -> str:
    return " x ".join(f"{edge:.2f}" for edge in edges)
