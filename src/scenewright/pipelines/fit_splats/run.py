"""The run folder of ``scenewright fit-splats``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FrameSource, Progress, Scene, no_progress
from scenewright.core.wording import counted
from scenewright.data import open_capture
from scenewright.io import save
from scenewright.pipelines.fit_splats.settings import RESUMABLE, FitSettings
from scenewright.pipelines.fit_splats.steps import STEP, SurfelFit, fit_frames, make_engine
from scenewright.pipelines.pictures.preview import draw_preview
from scenewright.pipelines.pictures.view_pictures import fitted_views_sheet, preview_scene, spread
from scenewright.pipelines.sources.captures import capture_and_scene, describe_source
from scenewright.pipelines.sources.checks import check_first
from scenewright.pipelines.sources.views import frames_of_views, on_background, view_frame
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import StageClock, peak_memory_mb
from scenewright.runs.threads import use_threads
from scenewright.runs.unfinished import UnfinishedRun


@dataclass(frozen=True, eq=False)
class FitRun:
    """A run of ``fit-splats``.

    Attributes:
        folder: The run folder.
        report: The report in the folder.
        fit: The surfels, and how they were made.
    """

    folder: RunFolder
    report: RunReport
    fit: SurfelFit


def fit_splats_run(
    capture: str | Path,
    output: str | Path,
    settings: FitSettings | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> FitRun:
    """Fits surfels to a capture and writes a run folder atomically.

    The folder holds ``scene/`` (surfels and views), ``splats.ply`` for Gaussian viewers,
    ``mesh.ply``, ``mesh.glb``, ``views.jpg``, ``preview.png``, ``config.json`` and ``report.json``.
    Until it is written, a folder with the same name plus ``.unfinished`` holds a checkpoint.

    Args:
        capture: Folder of a capture, or of a run of `segment_run`, whose capture is fitted and
            whose instances are kept.
        output: The run folder.
        settings: How it is fitted; None takes the defaults.
        resume: Whether to resume from the checkpoint of a fit of the same capture with the same
            settings that was interrupted.
        overwrite: Whether an older run of that name may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        CaptureError: See `fit_splats`.
        OutputError: The folder exists or cannot be written, or holds a checkpoint already.
        FormatError: There is no checkpoint to resume from, or it belongs to another fit.
    """
    start, clock = perf_counter(), StageClock()
    settings = settings or FitSettings()
    folder = RunFolder.create(output, verb=STEP, overwrite=overwrite)
    use_threads(settings.threads)
    make_engine(settings)  # refused before anything is written
    given = Path(capture)
    capture_folder, scene = capture_and_scene(given)
    warnings: tuple[str, ...] = ()
    if not settings.skip_check:
        warnings = check_first(
            capture_folder, layout=settings.layout, verb="fits", ignored=("no-depth",)
        )
    source = open_capture(capture_folder, layout=settings.layout, stride=settings.stride)
    begun = RunReport(
        verb=STEP,
        inputs={**describe_source(source), "run": None if scene is None else str(given.resolve())},
        settings=settings_to_dict(settings),
        finished=False,
    )
    unfinished = UnfinishedRun(folder.path, begun, settings)
    if resume:
        unfinished.resume(ignore=RESUMABLE)
    else:
        unfinished.start(overwrite=overwrite)
    with _removed_without_checkpoint(unfinished):
        fit = fit_frames(
            source,
            settings,
            scene=scene,
            checkpoint=unfinished.checkpoint,
            resume=resume,
            progress=progress,
        )
    with folder.writing() as draft:
        with clock.measure("files"):
            _write_scene(fit, draft.path, source, name=source.name)
        report = replace(
            begun,
            results=_results(fit),
            held_out=fit.held_out,
            warnings=(*warnings, *fit.notes),
            stages={**fit.stages, **clock.summary()},
            seconds=perf_counter() - start,
            peak_memory_mb=peak_memory_mb(),
            finished=True,
        )
        draft.finish(report)
    unfinished.remove()
    return FitRun(folder, report, fit)


@contextmanager
def _removed_without_checkpoint(unfinished: UnfinishedRun) -> Iterator[None]:
    """Cleans up if the block fails before its first checkpoint."""
    try:
        yield
    except BaseException:
        if not unfinished.checkpoint.is_file():
            unfinished.remove()
        raise


def _results(fit: SurfelFit) -> dict[str, Any]:
    """The results in the report."""
    quality, views, mesh = fit.quality, fit.scene.views, fit.mesh
    assert views is not None
    return {
        "start": fit.start,
        "num_views": len(views),
        "num_steps": fit.num_steps,
        "num_start_surfels": fit.num_start,
        "num_surfels": len(fit.surfels),
        "num_mesh_faces": None if mesh is None else len(mesh.faces),
        "psnr": round(quality.psnr, 4),
        "ssim": round(quality.ssim, 5),
        "psnr_by_view": {name: round(v, 4) for name, v in quality.psnr_by_view.items()},
        "measured_on": _measured_on(fit),
    }


def _measured_on(fit: SurfelFit) -> str:
    return "held-out views" if fit.held_out else "all views"


def _write_scene(fit: SurfelFit, folder: Path, source: FrameSource, *, name: str) -> None:
    save(fit.scene, folder / "scene")
    save(fit.surfels, folder / "splats.ply")
    if fit.mesh is not None and len(fit.mesh.faces):
        save(fit.mesh, folder / "mesh.ply")
        save(fit.mesh, folder / "mesh.glb")
    views = fit.scene.views
    assert views is not None
    positions = [views.index(name) for name in fit.held_out] or list(range(len(views)))
    photos = _photos(source, fit.scene, spread(positions))
    fitted_views_sheet(fit.surfels, views, photos).save(folder / "views.jpg", quality=90)
    draw_preview(preview_scene(fit.scene), title=name, caption=_caption(fit)).save(
        folder / "preview.png"
    )


def _photos(
    source: FrameSource, scene: Scene, positions: list[int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    views = scene.views
    assert views is not None
    frame_numbers = frames_of_views(source, views)
    for number in positions:
        frame = view_frame(source[frame_numbers[number]], views, number)
        assert frame.image is not None
        yield number, on_background(frame)


def _caption(fit: SurfelFit) -> str:
    assert fit.scene.views is not None
    return (
        f"{counted(len(fit.surfels), 'surfel')} from {counted(len(fit.scene.views), 'view')}, "
        f"{fit.num_steps} steps, "
        f"PSNR {fit.quality.psnr:.1f} dB on {_measured_on(fit)}"
    )
