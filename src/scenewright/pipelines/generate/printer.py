"""How ``scenewright generate`` and ``scenewright info`` show a run of ``generate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.runs.printer import Printer, show_stages
from scenewright.runs.report import RunReport

if TYPE_CHECKING:
    from scenewright.pipelines.generate.run import GenerateRun
    from scenewright.pipelines.generate.settings import GenerateSettings


def show(run: GenerateRun, settings: GenerateSettings, out: Printer) -> int:
    """Shows the objects of a run, time and memory of its stages, and its folder."""
    result, report = run.result, run.report
    for warning in report.warnings:
        out.warn(warning)
    assets = result.scene.assets
    out.table(
        ("id", "label", "size (m)" if result.scene.is_metric else "size (no unit)", "faces"),
        [
            (
                str(row.id),
                row.label,
                " x ".join(f"{edge:.2f}" for edge in row.box.size),
                str(assets[row.id].num_faces),
            )
            for row in run.instances
        ],
    )
    show_stages(report.stages, out)
    peak = report.peak_memory_mb
    memory = "" if peak is None else f", peak memory {peak / 1000:.1f} GB"
    out.write()
    objects = counted(len(run.instances), "object")
    pictures = counted(len(result.source.pictures), "picture")
    out.write(
        f"{objects} from {pictures} in {report.seconds:.1f} s{memory} "
        f"(estimated {result.memory_gb:.1f} GB)"
    )
    out.write(f"run folder: {run.folder.path}")
    out.write(f"to look at it, open {run.folder.path / 'view.html'}")
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a run, by name."""
    results = report.results
    return {
        "model": str(report.settings["model"]),
        "masks": str(results["masks"]),
        "objects": str(results["num_objects"]),
        "objects without a shape": str(len(results["missing"])),
        "faces": str(results["num_faces"]),
        "Gaussians": str(results["num_gaussians"]),
    }
