"""The run folder of a fit: a capture becomes surfels, and all that is known about them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import CaptureError, FormatError, FrameSource, OutputError, Scene
from scenewright.core.progress import Progress, no_progress
from scenewright.data import Capture, open_capture
from scenewright.io import atomic_folder, load_scene, read_json, save, write_json
from scenewright.pipelines.fit_splats.steps import (
    STEP,
    FitSettings,
    SurfelFit,
    describe_source,
    fit_capture,
)
from scenewright.pipelines.pictures.preview import draw_preview
from scenewright.pipelines.pictures.view_pictures import fitted_views_sheet, preview_scene, spread
from scenewright.pipelines.segment.run import FORMAT, REPORT, VERSION
from scenewright.pipelines.view_frames import frames_of_views, view_frame
from scenewright.runs.outputs import check_output
from scenewright.runs.threads import use_threads
from scenewright.runs.timing import costs_to_dict, peak_memory_mb

CHECKPOINT = "checkpoint.safetensors"
SETTINGS = "settings.json"
UNFINISHED = ".unfinished"
"""Ending of the folder beside a run that holds the checkpoint until the run is written."""


@dataclass(frozen=True, eq=False)
class FitReport:
    """What a fit made and what it cost.

    Attributes:
        run: The run folder.
        capture: Folder of the capture, or what the frames were.
        preset: Name of the settings that were changed.
        fit: The surfels and how they came about.
        peak_memory_mb: Largest memory of the process, megabytes; None where unknown.
    """

    run: Path
    capture: str
    preset: str
    fit: SurfelFit
    peak_memory_mb: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values; what report.json holds."""
        fit, quality = self.fit, self.fit.quality
        assert fit.scene.views is not None
        mesh = fit.mesh
        return {
            "format": FORMAT,
            "version": VERSION,
            "scenewright": __version__,
            "verb": STEP,
            "capture": self.capture,
            "preset": self.preset,
            "start": fit.start,
            "num_views": len(fit.scene.views),
            "held_out": list(fit.held_out),
            "num_steps": fit.num_steps,
            "num_start_surfels": fit.num_start,
            "num_surfels": len(fit.surfels),
            "num_mesh_faces": None if mesh is None else len(mesh.faces),
            "psnr": round(quality.psnr, 4),
            "ssim": round(quality.ssim, 5),
            "psnr_by_view": {name: round(v, 4) for name, v in quality.psnr_by_view.items()},
            "measured_on": "views held out" if fit.held_out else "all views",
            "warnings": list(fit.notes),
            "seconds": round(sum(cost.seconds for cost in fit.stages.values()), 3),
            "stages": costs_to_dict(fit.stages),
            "peak_memory_mb": None
            if self.peak_memory_mb is None
            else round(self.peak_memory_mb, 1),
        }


def fit_splats_run(
    capture: str | Path,
    output: str | Path,
    *,
    settings: FitSettings | None = None,
    layout: str | None = None,
    stride: int = 1,
    resume: bool = False,
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> FitReport:
    """Fits surfels to a capture and writes a run folder, whole or not at all.

    The folder gets ``scene/`` (surfels and views), ``splats.ply`` for viewers of Gaussians,
    ``mesh.ply``, ``mesh.glb``, ``views.jpg``, ``preview.png``, ``config.json`` and ``report.json``.
    Until then a folder of its name with ``.unfinished`` behind it holds a checkpoint.

    Args:
        capture: Folder of a capture, or of a run of `segment_run`, whose capture is fitted and
            whose instances stay.
        output: The run folder.
        settings: How it is fitted; None takes the defaults.
        layout: Name of the capture's layout, or None to recognise it.
        stride: Every how many frames one is used.
        resume: Whether to go on from the checkpoint of a fit of the same capture with the same
            settings that was interrupted.
        threads: Cores that the compiled loops use; None means all.
        overwrite: Whether an older run of that name may be replaced.
        progress: Told how far it is.

    Raises:
        CaptureError: See `fit_splats`.
        OutputError: The folder exists or cannot be written, or a checkpoint is in the way.
        FormatError: There is no checkpoint to resume from, or it is one of another fit.
    """
    output, settings = Path(output), settings or FitSettings()
    check_output(output, marker=REPORT, overwrite=overwrite)
    use_threads(threads)
    place, scene = resolve_capture(capture)
    source = open_capture(place, layout=layout, stride=stride)
    settings.config()  # both refuse wrong settings before anything is written
    settings.make_engine()
    shelf = _Shelf(output, {**describe_source(source), "stride": stride, **asdict(settings)})
    shelf.open(resume=resume, overwrite=overwrite)
    try:
        fit = fit_capture(
            source,
            settings,
            scene=scene,
            checkpoint=shelf.checkpoint,
            resume=resume,
            progress=progress,
        )
    except BaseException:
        shelf.close(keep=shelf.checkpoint.is_file())
        raise
    report = FitReport(output, str(source.root), settings.preset, fit, peak_memory_mb())
    config = {
        "scenewright": __version__,
        "verb": STEP,
        "description": source.description,
        "threads": threads,
        **shelf.facts,
        "fit": asdict(fit.config),
    }
    with atomic_folder(output, overwrite=overwrite, marker=REPORT) as folder:
        _write(report, folder, source, config)
    shelf.close(keep=False)
    return report


def resolve_capture(path: str | Path) -> tuple[Path, Scene | None]:
    """The capture that a path stands for, and the scene if it is that of a run.

    Args:
        path: Folder of a capture or of a run that knows its capture.

    Raises:
        CaptureError: It is a run whose capture is gone.
    """
    folder = Path(path)
    if not (folder / REPORT).is_file() or not (folder / "scene").is_dir():
        return folder, None
    scene = load_scene(folder)
    return capture_of_run(folder, scene), scene


def capture_of_run(run: Path, scene: Scene) -> Path:
    """The folder of the capture that a run or a scene was made from.

    Args:
        run: The run or scene folder.
        scene: What it holds.

    Raises:
        CaptureError: It is not known, or no longer there.
    """
    named: Any = None
    for step in scene.provenance:
        named = step.config.get("capture") or named
    for config in (run / "config.json", run.parent / "config.json"):
        if named is None and config.is_file():
            value = read_json(config)
            named = value.get("capture") if isinstance(value, dict) else None
    if not named:
        raise CaptureError(
            f"{run} does not know its capture",
            expected="the folder of the pictures that it was made from",
            got="none in its history",
            do="Give it with --capture (capture=...).",
        )
    if not Path(str(named)).is_dir():
        raise CaptureError(
            f"The capture of {run} is gone",
            expected=f"the folder {named}",
            got="nothing there",
            do="Give its new place with --capture (capture=...).",
        )
    return Path(str(named))


class _Shelf:
    """The folder beside a run where an unfinished fit is kept.

    Args:
        output: The run folder.
        facts: Capture and settings of the fit, JSON values.
    """

    def __init__(self, output: Path, facts: Mapping[str, Any]) -> None:
        self.folder = output.with_name(output.name + UNFINISHED)
        self.facts = dict(facts)

    @property
    def checkpoint(self) -> Path:
        """The file that a fit is resumed from."""
        return self.folder / CHECKPOINT

    def open(self, *, resume: bool, overwrite: bool) -> None:
        """Makes the folder, or sees that it is that of the same fit."""
        if resume:
            self._check()
            return
        if self.checkpoint.is_file() and not overwrite:
            raise OutputError(
                f"An unfinished fit is in the way: {self.folder}",
                expected="no checkpoint, or --resume (resume=True) to go on from it",
                got=f"the file {CHECKPOINT}",
                do="Add --resume to go on, or --overwrite to begin anew.",
            )
        self.close(keep=False)
        self.folder.mkdir(parents=True)
        write_json(self.folder / SETTINGS, self.facts)

    def _check(self) -> None:
        if not self.checkpoint.is_file():
            raise FormatError(
                f"There is no fit to resume: {self.checkpoint}",
                expected="the checkpoint of a fit that was interrupted",
                got="no such file",
                do="Leave --resume away to begin one.",
            )
        known = read_json(self.folder / SETTINGS)
        other = [name for name in self.facts if known.get(name) != self.facts[name]]
        # None of these changes what was learned so far.
        other = [
            name
            for name in other
            if name not in ("max_minutes", "mesh", "unbounded", "engine", "device")
        ]
        if other:
            name = other[0]
            raise FormatError(
                f"{self.folder} is a fit with other settings",
                expected=f"{name} {known.get(name)}",
                got=f"{name} {self.facts[name]}",
                do="Give the same capture and options as before.",
            )

    def close(self, *, keep: bool) -> None:
        """Removes the folder unless it is kept; only files of ours."""
        if keep or not self.folder.is_dir():
            return
        names = {path.name for path in self.folder.iterdir()}
        if names <= {CHECKPOINT, SETTINGS}:
            shutil.rmtree(self.folder)


def _write(report: FitReport, folder: Path, source: Capture, config: dict[str, Any]) -> None:
    fit = report.fit
    save(fit.scene, folder / "scene")
    save(fit.surfels, folder / "splats.ply")
    if fit.mesh is not None and len(fit.mesh.faces):
        save(fit.mesh, folder / "mesh.ply")
        save(fit.mesh, folder / "mesh.glb")
    write_json(folder / "config.json", config)
    views = fit.scene.views
    assert views is not None
    shown = [views.index(name) for name in fit.held_out] or list(range(len(views)))
    picture = fitted_views_sheet(fit.surfels, views, _photos(source, fit.scene, spread(shown)))
    picture.save(folder / "views.jpg", quality=90)
    draw_preview(preview_scene(fit.scene), title=source.name, caption=_caption(report)).save(
        folder / "preview.png"
    )
    write_json(folder / REPORT, report.as_dict())


def _photos(
    source: FrameSource, scene: Scene, positions: list[int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    views = scene.views
    assert views is not None
    places = frames_of_views(source, views)
    for number in positions:
        frame = view_frame(source[places[number]], views, number)
        assert frame.image is not None
        yield number, frame.image


def _caption(report: FitReport) -> str:
    fit = report.fit
    where = "views held out" if fit.held_out else "all views"
    assert fit.scene.views is not None
    return (
        f"{len(fit.surfels):,} surfels from {len(fit.scene.views)} views, {fit.num_steps} steps, "
        f"PSNR {fit.quality.psnr:.1f} dB on {where}"
    )
