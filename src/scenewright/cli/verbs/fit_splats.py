"""``scenewright fit-splats``: a capture becomes surfels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from scenewright.cli.options import CaptureFolder, CommonOptions, Count, Name

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal
    from scenewright.pipelines.fit_splats.run import FitReport

_SETTINGS = (
    "preset", "seed", "steps", "max_minutes", "held_out", "image_scale", "max_width",
    "max_surfels", "depth_weight", "start", "unbounded", "engine", "device",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Fits surfels (flat Gaussians) to the pictures of a capture, and writes a run folder.

    A capture is a folder with color pictures and camera poses: a COLMAP model, transforms.json, or
    any RGB-D layout. Depth, or points that came with the poses, are where the surfels begin. The
    run folder gets the scene, splats.ply for viewers of Gaussians, a mesh, pictures of the views
    held out (views.jpg) and what it cost (report.json). Interrupted, the same line with --resume
    goes on.

    Example: `scenewright fit-splats my-capture/ -o my-splats/ --preset preview`
    """

    capture: CaptureFolder
    """Folder of the capture, or a run of 'scenewright segment', whose instances stay."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="RUN")] = None
    """Run folder to make; runs/NAME-OF-CAPTURE-splats if left out."""
    preset: Annotated[str, tyro.conf.arg(metavar="NAME")] = "default"
    """Named settings: preview, default or best."""
    steps: Count = None
    """Pictures that are learned from; that of the preset if left out."""
    max_minutes: Annotated[float | None, tyro.conf.arg(metavar="MINUTES")] = None
    """Time that the steps may take; the schedule is shortened to it."""
    held_out: Annotated[int, tyro.conf.arg(metavar="N")] = 8
    """Every how many pictures one is kept to judge by; 0 keeps none."""
    image_scale: Annotated[float, tyro.conf.arg(metavar="SHARE")] = 1.0
    """Reduce the pictures by this, above 0 and up to 1."""
    max_width: Annotated[int, tyro.conf.arg(metavar="PIXELS")] = 1600
    """Reduce wider pictures to this."""
    max_surfels: Count = None
    """Never more surfels than this; that of the preset if left out."""
    depth_weight: Annotated[float | None, tyro.conf.arg(metavar="WEIGHT")] = None
    """Weight of measured depth in the loss; that of the preset if left out."""
    start: Annotated[str, tyro.conf.arg(metavar="NAME")] = "auto"
    """What surfels begin as: depth, points (that came with the poses), triangulation (needs
    pycolmap), sweep (pictures compared at many depths) or random; the best that the capture allows
    if left out."""
    unbounded: bool = False
    """The place goes on to the horizon: mesh it so."""
    no_mesh: bool = False
    """Make no mesh."""
    engine: Annotated[str, tyro.conf.arg(metavar="NAME")] = "numba"
    """What draws and learns: numba (the processor) or gsplat (CUDA; extra 'splats')."""
    device: Name = None
    """Where gsplat runs, such as cuda:1; the first GPU if left out."""
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Decides everything that is random."""
    stride: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Use every n-th frame."""
    layout: Name = None
    """Layout of the capture; recognized if left out."""
    threads: Count = None
    """Processor cores to use; all if left out."""
    resume: bool = False
    """Go on with a fit that was interrupted."""
    overwrite: bool = False
    """Replace an older run of the same name, or an unfinished one."""


def run(options: Options, terminal: Terminal) -> int:
    """Fits, and shows how well."""
    from scenewright.pipelines.fit_splats.run import fit_splats_run
    from scenewright.pipelines.fit_splats.steps import FitSettings

    name = options.capture.resolve().name or "capture"
    output = options.output or Path("runs") / f"{name}-splats"
    chosen: dict[str, Any] = {field: getattr(options, field) for field in _SETTINGS}
    with terminal.progress() as progress:
        report = fit_splats_run(
            options.capture,
            output,
            settings=FitSettings(mesh=not options.no_mesh, **chosen),
            layout=options.layout,
            stride=options.stride,
            resume=options.resume,
            threads=options.threads,
            overwrite=options.overwrite,
            progress=progress,
        )
    show_fit(report, terminal)
    return 0


def show_fit(report: FitReport, terminal: Terminal) -> None:
    """Shows quality and cost of a fit, and where it lies."""
    from scenewright.metrics import format_stages

    fit = report.fit
    for note in fit.notes:
        terminal.warn(note)
    if not terminal.quiet:
        terminal.write(format_stages(fit.stages))
        terminal.write()
    begun = "" if fit.num_start is None else f" ({fit.num_start:,} from {fit.start})"
    terminal.write(f"{len(fit.surfels):,} surfels{begun} after {fit.num_steps} steps")
    on = f"{len(fit.held_out)} views held out" if fit.held_out else "the views learned from"
    terminal.write(f"PSNR {fit.quality.psnr:.2f} dB, SSIM {fit.quality.ssim:.4f} on {on}")
    terminal.write(f"run folder: {report.run}")
