"""How ``scenewright decompose`` and ``scenewright info`` show a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.runs.printer import Printer, show_stages, with_labels
from scenewright.runs.report import label_facts

if TYPE_CHECKING:
    from scenewright.pipelines.decompose.run import DecomposeRun
    from scenewright.pipelines.decompose.settings import DecomposeSettings
    from scenewright.runs.report import RunReport


def show(run: DecomposeRun, settings: DecomposeSettings, out: Printer) -> int:
    """Shows the objects, the costs of the stages, and where the run is."""
    result = run.result
    for warning in run.report.warnings:
        out.warn(warning)
    rows = []
    for row, found in zip(run.instances, result.objects.objects, strict=True):
        seen = "-" if found.grid is None else f"{100 * found.grid.seen_share:.0f} %"
        size = " x ".join(f"{edge:.2f}" for edge in row.box.size)
        counts = (str(len(found.surfels)), str(row.num_frames))
        rows.append((str(row.id), f"{row.score:.2f}", size, *counts, seen))
    unit = "m" if result.scene.is_metric else "no unit"
    columns = ("id", "score", f"size ({unit})", "surfels", "views", "seen")
    out.table(*with_labels(columns, rows, run.instances.label))
    out.write()
    show_stages(run.report.stages, out)
    depth = ", with the depth of the surfels" if result.depth_drawn else ""
    out.write(
        f"{counted(len(run.instances), 'object')} from {counted(result.num_masks, 'mask')} in "
        f"{counted(len(result.objects.masks), 'view')}{depth}"
    )
    out.write(f"run folder: {run.folder.path}")
    out.write(f"to look at it, open {run.folder.path / 'view.html'}")
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a run, by name."""
    results = report.results
    return {
        "masks": f"{results['masks']}, {results['num_masks']} in {results['num_views']} views",
        "objects": str(results["num_objects"]),
        **label_facts(results["objects"]),
        "surfels": str(results["num_surfels"]),
    }
