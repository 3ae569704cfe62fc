"""From a capture to a scene of surfels, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from scenewright._version import __version__
from scenewright.core import (
    CaptureError,
    ConventionError,
    FrameSource,
    InstanceTable,
    Mesh,
    Scene,
    Step,
    SurfelCloud,
    UnknownNameError,
)
from scenewright.core.progress import Progress, no_progress
from scenewright.core.wording import counted
from scenewright.data import Capture
from scenewright.geometry.gravity import estimate_up
from scenewright.pipelines.fit_splats.settings import ENGINES, FitSettings
from scenewright.pipelines.fit_splats.starts import make_start
from scenewright.pipelines.sources.captures import (
    Frames,
    describe_source,
    has_metric_lengths,
    open_frames,
)
from scenewright.pipelines.sources.views import PictureSource
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import StageClock, StageCost
from scenewright.splats.decomposition import seed_from_points
from scenewright.splats.fitting.config import FitConfig
from scenewright.splats.fitting.engine import MakeEngine, NumbaEngine
from scenewright.splats.fitting.fitter import Fitter, StepReport
from scenewright.splats.fitting.quality import Quality
from scenewright.splats.fitting.targets import choose_views
from scenewright.splats.meshing import MeshConfig, surfels_to_mesh
from scenewright.splats.rendering import Engine, not_floating

STEP = "fit-splats"
CHECKPOINT_INTERVAL = 200
"""Steps between two checkpoints."""


@dataclass(frozen=True, eq=False)
class SurfelFit:
    """A scene of surfels, and how it was made.

    Attributes:
        scene: Scene with surfels and views, and with the instances and points of the input scene,
            if there was one.
        mesh: The surface, or None if it was not requested.
        config: The resolved settings.
        start: Kind of the initial surfels.
        num_start: Number of initial surfels; None if a fit was resumed.
        num_steps: Number of steps taken.
        held_out: Names of the views that were held out.
        quality: PSNR and SSIM of the held-out views, or of all views if none were held out.
        stages: Time and memory of each stage.
        notes: Warnings about the quality.
    """

    scene: Scene
    mesh: Mesh | None
    config: FitConfig
    start: str
    num_start: int | None
    num_steps: int
    held_out: tuple[str, ...]
    quality: Quality
    stages: Mapping[str, StageCost]
    notes: tuple[str, ...] = ()

    @property
    def surfels(self) -> SurfelCloud:
        """The surfels of the scene."""
        assert self.scene.surfels is not None
        return self.scene.surfels


def fit_splats(
    capture: Frames,
    *,
    scene: Scene | None = None,
    preset: str | FitConfig = "default",
    seed: int = 0,
    max_minutes: float | None = None,
    engine: str = "numba",
    progress: Progress = no_progress,
) -> Scene:
    """Fits surfels to the images of a capture.

    Args:
        capture: Folder of a capture, a source of frames, or a list of frames, with images and
            poses. Depth, or points that came with the poses, are used if available.
        scene: A scene of the same capture, such as the result of `segment`: its instances and
            points are kept, and surfels near its points get their instances.
        preset: ``preview``, ``default``, ``best``, or settings.
        seed: Random seed.
        max_minutes: Time limit for the steps, minutes; None sets no limit.
        engine: ``numba`` (CPU) or ``gsplat`` (CUDA; never run on a GPU yet).
        progress: Progress callback (stage, done, total, unit).

    Returns:
        A scene with surfels and views, in the capture's world frame.

    Raises:
        CaptureError: The capture cannot be read, has fewer than two images with different poses, or
            the fit would need more memory than available.
        UnknownNameError: There is no such preset or engine.
        MissingExtraError: The packages of the engine are not installed.
    """
    settings = FitSettings(
        preset=preset, seed=seed, max_minutes=max_minutes, engine=engine, mesh=False
    )
    return fit_frames(open_frames(capture), settings, scene=scene, progress=progress).scene


def make_engine(settings: FitSettings) -> MakeEngine:
    """The engine that renders and optimizes.

    Raises:
        UnknownNameError: There is no such engine.
        ConventionError: The engine takes no device.
        MissingExtraError: The packages of the engine are not installed.
    """
    if settings.engine == "numba" and settings.device is not None:
        raise ConventionError(
            f"Device '{settings.device}' with the engine numba",
            expected="no device: it runs on the CPU",
            got=settings.device,
            do="Leave --device out, or add --engine gsplat.",
        )
    if settings.engine == "numba":
        return NumbaEngine
    if settings.engine == "gsplat":
        from scenewright.splats.torch_engines.engines import gsplat_engine_factory

        return gsplat_engine_factory(settings.device)
    raise UnknownNameError(
        f"There is no engine '{settings.engine}'", expected=f"one of {', '.join(ENGINES)}"
    )


def fit_frames(
    source: FrameSource,
    settings: FitSettings,
    *,
    scene: Scene | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Progress = no_progress,
) -> SurfelFit:
    """Like `fit_splats`, with all settings and a full result.

    Args:
        source: All of its frames are used; the stride in the settings is ignored.
        settings: How it is fitted.
        scene: See `fit_splats`.
        checkpoint: File that checkpoints are written to, and resumed from if `resume`.
        resume: Whether to resume from the checkpoint.
        progress: Progress callback (stage, done, total, unit).
    """
    config = _with_test_views(settings, source)
    make_engine(settings)  # fails before the work if a package is missing
    clock = StageClock()
    with clock.measure("read"):
        frames = PictureSource(
            source, max_width=settings.max_width, scale=settings.image_scale, progress=progress
        )
    notes = _left_out(frames, behind=config.behind)
    fitter, start = _begin(frames, source, settings, config, checkpoint if resume else None, clock)
    with clock.measure("fit"):
        if not fitter.is_finished:
            fitter.fit(
                progress=_report_steps(progress),
                max_minutes=settings.max_minutes,
                checkpoint=checkpoint,
                checkpoint_interval=CHECKPOINT_INTERVAL,
            )
    with clock.measure("measure"):
        quality = fitter.evaluate()
    mesh = None
    if settings.mesh:
        with clock.measure("mesh"):
            mesh = _mesh(fitter, settings, progress)
    used = replace(settings.resolved(), preset=config)
    step = Step(STEP, __version__, {**describe_source(source), **settings_to_dict(used)})
    return SurfelFit(
        scene=_as_scene(fitter, source, scene, up=settings.up).with_step(step),
        mesh=mesh,
        config=fitter.config,
        start=start.kind,
        num_start=start.number,
        num_steps=fitter.num_steps,
        held_out=tuple(fitter.views.name[int(i)] for i in fitter.held_out),
        quality=quality,
        stages=clock.summary(),
        notes=(*notes, *start.notes),
    )


def _with_test_views(settings: FitSettings, source: FrameSource) -> FitConfig:
    """The settings of the fit; the test views of a capture are held out unless others are named."""
    config = settings.fit()
    names = source.test_names if isinstance(source, Capture) else ()
    is_default = settings.held_out is None and not config.held_out_names
    if not names or not is_default or config.holdout_interval == 0:
        return config
    return replace(config, held_out_names=names)


def _mesh(fitter: Fitter, settings: FitSettings, progress: Progress) -> Mesh:
    surfels = fitter.surfels
    return surfels_to_mesh(
        surfels[not_floating(surfels, fitter.views)],
        fitter.views,
        config=MeshConfig(unbounded=settings.unbounded),
        engine=cast(Engine, settings.engine),
        progress=progress,
    )


@dataclass(frozen=True)
class _Start:
    """What the result says of the initial surfels."""

    kind: str
    number: int | None = None
    notes: tuple[str, ...] = ()


def _begin(
    frames: PictureSource,
    source: FrameSource,
    settings: FitSettings,
    config: FitConfig,
    checkpoint: Path | None,
    clock: StageClock,
) -> tuple[Fitter, _Start]:
    """A fitter at its first step, or at the step of a checkpoint."""
    if checkpoint is not None:
        fitter = Fitter.resume(checkpoint, frames, make_engine=make_engine(settings))
        return fitter, _Start("a checkpoint")
    _check_views(frames, config)
    with clock.measure("start"):
        start = make_start(
            frames.without(config.held_out_names),
            source.sparse_points if isinstance(source, Capture) else None,
            kind=settings.start,
            holdout_interval=0 if config.held_out_names else config.holdout_interval,
            max_surfels=config.start_surfels,
            seed=settings.seed,
            dense=config.dense_start,
        )
        fitter = Fitter(
            frames,
            start.surfels,
            config=config,
            seed=settings.seed,
            make_engine=make_engine(settings),
        )
    return fitter, _Start(start.kind, len(start.surfels), start.notes)


def _check_views(frames: PictureSource, config: FitConfig) -> None:
    """Refuses a single view, or without depth a single one to learn from, before the work."""
    if len(frames) < 2:
        raise CaptureError(
            "Only one view",
            expected="two or more views from different positions",
            got=f"1 with image and pose among {counted(1 + _num_left_out(frames), 'frame')}",
            do="Add images from other positions; a single image does not determine the shape.",
        )
    learned = choose_views(frames.names, config.holdout_interval, held_out=config.held_out_names)[0]
    if len(learned) < 2 and not frames.has_depth:
        raise CaptureError(
            "Only one view is left to learn from",
            expected="two or more views from different positions",
            got=f"{len(frames)} views, of which {len(frames) - len(learned)} are held out",
            do="Add images from other positions, or hold out none (--held-out 0).",
        )


def _num_left_out(frames: PictureSource) -> int:
    return frames.num_without_picture + frames.num_without_pose


def _left_out(frames: PictureSource, *, behind: str) -> tuple[str, ...]:
    total = len(frames) + _num_left_out(frames)
    facts = (
        (frames.num_without_picture, "no image"),
        (frames.num_without_pose, "no valid pose"),
    )
    notes = [f"{count} of {total} frames dropped: {why}" for count, why in facts if count]
    if frames.num_with_alpha and behind != "none":
        notes.append(
            f"{frames.num_with_alpha} of {total} images have alpha or masks: what these hide is "
            "fitted as empty space (--background none passes it over)"
        )
    return tuple(notes)


def _report_steps(progress: Progress) -> Any:
    """Progress of a fit in steps, with a smoothed PSNR."""
    smooth: list[float] = []

    def report_step(report: StepReport) -> None:
        last = smooth[-1] if smooth else report.psnr
        smooth[:] = [0.95 * last + 0.05 * report.psnr]
        total = max(report.step, round(report.step / max(report.progress, 1e-9)))
        state = f"steps, {smooth[0]:.1f} dB, {report.num_surfels:,} surfels"
        progress("fit", report.step, total, state)

    return report_step


def _as_scene(
    fitter: Fitter,
    source: FrameSource,
    scene: Scene | None,
    *,
    up: tuple[float, float, float] | None,
) -> Scene:
    """The scene of the fit; `up` goes before that of the capture and of the scene before."""
    surfels, views = fitter.surfels, fitter.views
    stated = None if up is None else np.array(up)
    known = source.up if stated is None else stated
    if scene is None:
        if known is None:
            normals = surfels.normals()
            known = estimate_up(views.world_from_cam, np.concatenate([normals, -normals]))
        return Scene(
            InstanceTable.empty(), up=known, surfels=surfels, views=views,
            is_metric=has_metric_lengths(source),
        )  # fmt: skip
    if scene.points is not None and scene.points.instance_id is not None:
        surfels = surfels.with_instances(seed_from_points(scene.points, surfels))
    before = known if scene.up is None or stated is not None else scene.up
    return replace(scene, surfels=surfels, views=views, up=before)
