"""``scenewright segment``: a capture becomes a scene."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from scenewright.cli.options import CaptureFolder, CommonOptions, Count, Metres, Name

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal
    from scenewright.pipelines.segment.run import RunReport


@dataclass(frozen=True, kw_only=True)
class SegmentOptions(CommonOptions):
    """How captures are segmented, one or many."""

    masks: Annotated[str, tyro.conf.arg(metavar="NAME|FOLDER")] = "masks/depth-edges"
    """Backend that finds the masks (see 'scenewright models list'), or a folder with masks."""
    mask_suffix: Annotated[str, tyro.conf.arg(metavar="TEXT")] = ""
    """What stands between a frame's name and the file type in a folder of masks: '.segm'."""
    weights: Annotated[str | None, tyro.conf.arg(metavar="REFERENCE")] = None
    """Weights of the backend: builtin:NAME, file:PATH or hub:ORG/REPO; its own if left out."""
    device: Name = None
    """Where the backend's network runs, such as cuda; the processor if left out."""
    preset: Annotated[str, tyro.conf.arg(metavar="NAME")] = "default"
    """Named settings: default, or onlineanyseg (the published rules)."""
    voxel_size: Metres = None
    """Edge of a voxel, metres; that of the preset if left out."""
    max_depth: Metres = None
    """Depth beyond which readings are not used, metres; that of the preset if left out."""
    stride: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Use every n-th frame."""
    layout: Name = None
    """Layout of the capture; recognized if left out."""
    threads: Count = None
    """Processor cores to use; all if left out."""
    skip_check: bool = False
    """Segment the capture even if its check finds errors."""
    id_maps: bool = False
    """Write which object each pixel of each frame shows (id_maps/NAME.png, 16 bits)."""
    overwrite: bool = False
    """Replace an older run of the same name."""

    def keywords(self) -> dict[str, Any]:
        """These options as the keywords of `segment_run` and `segment_batch`."""
        common = {field.name for field in fields(CommonOptions)}
        names = [field.name for field in fields(SegmentOptions) if field.name not in common]
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class Options(SegmentOptions):
    """Turns a capture into a scene of separate objects, and writes a run folder.

    A capture is a folder with color, depth and camera poses. The run folder gets the scene, its
    points (points.ply), one mesh per object (objects.glb), boxes (instances.json), a picture
    (preview.png) and what it cost (report.json).

    Example: `scenewright segment my-capture/ -o my-run/`
    """

    capture: CaptureFolder
    """Folder of the capture."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="RUN")] = None
    """Run folder to make; runs/NAME-OF-CAPTURE if left out."""


def run(options: Options, terminal: Terminal) -> int:
    """Segments, and shows what was found."""
    from scenewright.pipelines.segment.run import segment_run

    output = options.output or Path("runs") / (options.capture.resolve().name or "capture")
    with terminal.progress() as progress:
        report = segment_run(
            options.capture,
            output,
            **options.keywords(),
            progress=progress,
        )
    show_run(report, terminal)
    return 0


def show_run(report: RunReport, terminal: Terminal) -> None:
    """Shows the objects of a run, the times of its stages, and where it lies."""
    result = report.segmentation
    for warning in report.warnings:
        terminal.warn(warning)
    for group in result.dropped:
        terminal.warn(f"{len(group.frames)} of {result.num_frames} frames dropped: {group.reason}")
    terminal.table(
        ("id", "score", "size (m)", "points", "frames"),
        [
            (
                str(row.id),
                f"{row.score:.2f}",
                " x ".join(f"{edge:.2f}" for edge in row.box.size),
                str(row.num_points),
                str(row.num_frames),
            )
            for row in report.instances
        ],
    )
    if not terminal.quiet:
        terminal.write()
        terminal.table(
            ("stage", "frames", "median", "mean", "total"),
            [
                (
                    name,
                    str(stage.num_frames),
                    f"{stage.median_ms:.1f} ms",
                    f"{stage.mean_ms:.1f} ms",
                    f"{stage.total_ms / 1e3:.2f} s",
                )
                for name, stage in result.stages.items()
            ],
        )
    memory = "" if report.peak_memory_mb is None else f", {report.peak_memory_mb:.0f} MB at most"
    rate = result.num_frames / max(result.seconds, 1e-9)
    terminal.write()
    terminal.write(
        f"{len(report.instances)} objects from {result.num_frames} frames in "
        f"{result.seconds:.1f} s ({rate:.1f} frames/s{memory})"
    )
    terminal.write(f"run folder: {report.run}")
