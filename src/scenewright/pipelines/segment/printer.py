"""How ``scenewright segment`` and ``scenewright info`` show a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.runs.printer import Printer, with_labels
from scenewright.runs.report import label_facts

if TYPE_CHECKING:
    from scenewright.pipelines.segment.run import SegmentRun
    from scenewright.pipelines.segment.settings import SegmentSettings
    from scenewright.runs.report import RunReport


def show(run: SegmentRun, settings: SegmentSettings, out: Printer) -> int:
    """Shows the objects of a run, time and memory of its stages, and its folder."""
    result, report = run.result, run.report
    for warning in report.warnings:
        out.warn(warning)
    for group in result.dropped:
        out.warn(f"{len(group.frames)} of {result.num_frames} frames dropped: {group.reason}")
    unit = "m" if result.scene.is_metric else "no unit"
    columns, rows = with_labels(
        ("id", "role", "score", f"size ({unit})", "points", "frames"),
        [
            (
                str(row.id),
                row.role,
                f"{row.score:.2f}",
                " x ".join(f"{edge:.2f}" for edge in row.box.size),
                str(row.num_points),
                str(row.num_frames),
            )
            for row in run.instances
        ],
        run.instances.label,
    )
    out.table(columns, rows)
    if not out.quiet:
        out.write()
        out.table(
            ("stage", "times", "median", "mean", "total"),
            [
                (
                    name,
                    str(cost.count),
                    f"{cost.median_ms or 0:.1f} ms",
                    f"{cost.mean_ms:.1f} ms",
                    f"{cost.seconds:.2f} s",
                )
                for name, cost in report.stages.items()
            ],
        )
    peak = report.peak_memory_mb
    memory = "" if peak is None else f", peak memory {peak:.0f} MB"
    compiling = ""
    if result.compile_seconds >= 0.1:
        compiling = f" and {result.compile_seconds:.1f} s of compilation (first run only)"
    out.write()
    table, fragments = run.instances, result.scene.fragments
    num_stuff = int(table.is_stuff.sum())
    room = f" and {counted(num_stuff, 'part')} of the room" if num_stuff else ""
    if len(fragments):
        are = "is" if len(fragments) == 1 else "are"
        number = counted(len(fragments), "fragment")
        out.write(f"{number} {are} not listed (--keep-fragments lists them)")
    if result.num_frames - result.num_dropped == 1:
        out.write("1 frame: scores are less certain")
    out.write(
        f"{counted(len(table) - num_stuff, 'object')}{room} from "
        f"{counted(result.num_frames, 'frame')} in "
        f"{report.seconds - result.compile_seconds:.1f} s{compiling}, "
        f"segmentation at {result.frames_per_second:.1f} frames/s{memory}"
    )
    out.write(f"run folder: {run.folder.path}")
    out.write(f"to look at it, open {run.folder.path / 'view.html'}")
    return 0


def facts(report: RunReport) -> dict[str, str]:
    """Facts that ``info`` shows about a run, by name."""
    results = report.results
    return {
        "masks": str(results["masks"]),
        "frames": f"{results['num_frames']}, of which {results['num_dropped']} dropped",
        "objects": str(results["num_objects"]),
        "parts of the room": str(results["num_stuff"]),
        "fragments": str(results["num_fragments"]),
        **label_facts(results["objects"]),
        "points": str(results["num_points"]),
    }
