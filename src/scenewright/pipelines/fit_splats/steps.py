"""From a capture to a scene of surfels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import (
    CaptureError,
    FrameSource,
    InstanceTable,
    Mesh,
    Scene,
    Step,
    SurfelCloud,
    UnknownNameError,
)
from scenewright.data import Capture, open_capture
from scenewright.pipelines.fit_splats.starts import AUTO, make_start
from scenewright.pipelines.gravity import estimate_up
from scenewright.pipelines.progress import Progress, no_progress
from scenewright.pipelines.view_frames import MAX_WIDTH, PictureSource
from scenewright.runs.timing import CostMeter, StageCost
from scenewright.splats.decomposition import seed_from_points
from scenewright.splats.fitting.config import FitConfig, fit_preset
from scenewright.splats.fitting.engine import MakeEngine, NumbaEngine
from scenewright.splats.fitting.fitter import Fitter, StepReport
from scenewright.splats.fitting.quality import Quality
from scenewright.splats.meshing import MeshConfig, surfels_to_mesh
from scenewright.splats.rendering import Engine

STEP = "fit-splats"
DEFAULT_PRESET = "default"
ENGINES = ("numba", "gsplat")
LONG_PRESET = "best"
"""Preset whose schedule is long enough to grow surfels from sparse points."""
CHECKPOINT_INTERVAL = 200
"""Steps between two checkpoints."""


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """How a capture is fitted.

    Attributes:
        preset: Named settings, see `scenewright.splats.fitting.config.fit_preset`.
        seed: Decides everything that is random.
        steps: Pictures that are learned from; None keeps the preset's.
        max_minutes: Time that the steps may take; the schedule is shortened to it.
        held_out: Every how many pictures one is kept to judge by, the first included; 0 = none.
        image_scale: Pictures are reduced by it, above 0 and up to 1.
        max_width: Wider pictures are reduced to it, pixels.
        max_surfels: The number never grows beyond it; None keeps the preset's.
        depth_weight: Weight of measured depth in the loss; None keeps the preset's.
        start: What the surfels begin as, see `make_start`.
        mesh: Whether the surface is turned into a mesh.
        unbounded: Whether the place goes on to the horizon; decides how the mesh is made.
        engine: What draws and learns: ``numba`` on the processor, ``gsplat`` on CUDA.
        device: Where gsplat runs, such as ``cuda:1``; None takes the first GPU.
    """

    preset: str = DEFAULT_PRESET
    seed: int = 0
    steps: int | None = None
    max_minutes: float | None = None
    held_out: int = 8
    image_scale: float = 1.0
    max_width: int = MAX_WIDTH
    max_surfels: int | None = None
    depth_weight: float | None = None
    start: str = AUTO
    mesh: bool = True
    unbounded: bool = False
    engine: str = "numba"
    device: str | None = None

    def make_engine(self) -> MakeEngine:
        """Builds what draws and learns.

        Raises:
            UnknownNameError: There is no such engine.
            MissingExtraError: The engine's packages are not installed.
        """
        if self.engine == "numba":
            return NumbaEngine
        if self.engine == "gsplat":
            from scenewright.splats.torch_engines.engines import gsplat_engine_factory

            return gsplat_engine_factory(self.device)
        raise UnknownNameError(
            f"There is no engine '{self.engine}'", expected=f"one of {', '.join(ENGINES)}"
        )

    def config(self) -> FitConfig:
        """The resolved settings of the fit.

        Raises:
            UnknownNameError: There is no such preset.
            ConventionError: A number is out of range.
        """
        config = replace(
            fit_preset(self.preset, num_steps=self.steps), holdout_interval=self.held_out
        )
        if self.max_surfels is not None:
            start = min(config.start_surfels, self.max_surfels)
            config = replace(config, start_surfels=start)
        if self.max_surfels is not None and config.densify is not None:
            config = replace(config, densify=replace(config.densify, max_surfels=self.max_surfels))
        if self.depth_weight is not None:
            config = replace(config, losses=replace(config.losses, depth=self.depth_weight))
        return config


@dataclass(frozen=True, eq=False)
class SurfelFit:
    """A scene of surfels and how it came about.

    Attributes:
        scene: With surfels and views, and the instances and points of the scene that it began
            with, if it began with one.
        mesh: The surface, or None if none was asked for.
        config: The resolved settings.
        start: What the surfels began as.
        num_start: Surfels at the beginning; None if a fit was resumed.
        num_steps: Steps done.
        held_out: Names of the views that were not learned from.
        quality: PSNR and SSIM of the views held out, or of all views where none are.
        stages: What each stage cost.
        notes: What may cost quality.
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
    capture: str | Path | FrameSource,
    *,
    scene: Scene | None = None,
    preset: str = DEFAULT_PRESET,
    seed: int = 0,
    steps: int | None = None,
    max_minutes: float | None = None,
    held_out: int = 8,
    image_scale: float = 1.0,
    max_surfels: int | None = None,
    progress: Progress = no_progress,
) -> Scene:
    """Fits surfels to the pictures of a capture.

    Args:
        capture: Folder of a capture, or any source of frames, with pictures and poses. Depth, or
            points that came with the poses, are used where there are any.
        scene: What is known of the place already, such as what `segment` found: its instances and
            points stay, and surfels near its points take their instances.
        preset: ``preview``, ``default`` or ``best``.
        seed: Decides everything that is random.
        steps: Pictures that are learned from; None keeps the preset's.
        max_minutes: Time that the steps may take; None is without limit.
        held_out: Every how many pictures one is kept to judge by; 0 = none.
        image_scale: Pictures are reduced by it, above 0 and up to 1.
        max_surfels: The number never grows beyond it; None keeps the preset's.
        progress: Told how far it is.

    Returns:
        A scene with surfels and views, in the capture's world frame.

    Raises:
        CaptureError: The capture cannot be read, or does not hold at least two pictures with
            different poses, or the fit would need more memory than there is.
        UnknownNameError: There is no such preset.
    """
    settings = FitSettings(
        preset=preset,
        seed=seed,
        steps=steps,
        max_minutes=max_minutes,
        held_out=held_out,
        image_scale=image_scale,
        max_surfels=max_surfels,
        mesh=False,
    )
    return fit_capture(capture, settings, scene=scene, progress=progress).scene


def fit_capture(
    capture: str | Path | FrameSource,
    settings: FitSettings,
    *,
    scene: Scene | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Progress = no_progress,
) -> SurfelFit:
    """Does what `fit_splats` does, and tells how it went.

    Args:
        capture: See there.
        settings: How it is fitted.
        scene: See there.
        checkpoint: File that is written now and then, and gone on from if `resume`.
        resume: Whether to go on from the checkpoint.
        progress: Told how far it is.
    """
    source = open_capture(capture) if isinstance(capture, str | Path) else capture
    config = settings.config()
    settings.make_engine()  # refuses a missing package before the work
    meter = CostMeter()
    with meter.measure("read"):
        frames = PictureSource(
            source, max_width=settings.max_width, scale=settings.image_scale, progress=progress
        )
    notes = _left_out(frames)
    fitter, start, num_start, more = _begin(
        frames, source, settings, config, checkpoint if resume else None, meter
    )
    with meter.measure("fit"):
        if not fitter.is_finished:
            fitter.fit(
                progress=_told(progress),
                max_minutes=settings.max_minutes,
                checkpoint=checkpoint,
                checkpoint_interval=CHECKPOINT_INTERVAL,
            )
    with meter.measure("measure"):
        quality = fitter.evaluate()
    surfels, views = fitter.surfels, fitter.views
    mesh = None
    if settings.mesh:
        with meter.measure("mesh"):
            mesh = surfels_to_mesh(
                surfels,
                views,
                config=MeshConfig(unbounded=settings.unbounded),
                engine=cast(Engine, settings.engine),
                progress=progress,
            )
    found = _as_scene(surfels, source, scene, fitter)
    step = Step(STEP, __version__, {**describe_source(source), **asdict(settings)})
    return SurfelFit(
        scene=found.with_step(step),
        mesh=mesh,
        config=fitter.config,
        start=start,
        num_start=num_start,
        num_steps=fitter.num_steps,
        held_out=tuple(views.name[int(i)] for i in fitter.held_out),
        quality=quality,
        stages=meter.summary(),
        notes=(*notes, *more),
    )


def describe_source(source: FrameSource) -> dict[str, Any]:
    """Where the pictures of a scene are found again: folder and layout, or None."""
    if not isinstance(source, Capture):
        return {"capture": None, "layout": None}
    return {"capture": str(source.root.resolve()), "layout": source.layout}


def _begin(
    frames: PictureSource,
    source: FrameSource,
    settings: FitSettings,
    config: FitConfig,
    checkpoint: Path | None,
    meter: CostMeter,
) -> tuple[Fitter, str, int | None, tuple[str, ...]]:
    """A fitter at its first step, or where a checkpoint left it."""
    if checkpoint is not None:
        fitter = Fitter.resume(checkpoint, frames, make_engine=settings.make_engine())
        return fitter, "a checkpoint", None, ()
    _check_views(frames)
    with meter.measure("start"):
        start = make_start(
            frames,
            source.sparse_points if isinstance(source, Capture) else None,
            kind=settings.start,
            holdout_interval=config.holdout_interval,
            max_surfels=config.start_surfels,
            dense=settings.preset != LONG_PRESET,
            seed=settings.seed,
        )
        fitter = Fitter(
            frames,
            start.surfels,
            config=config,
            seed=settings.seed,
            make_engine=settings.make_engine(),
        )
    return fitter, start.kind, len(start.surfels), start.notes


def _check_views(frames: PictureSource) -> None:
    """Refuses a single view before anything long begins."""
    if len(frames) < 2:
        raise CaptureError(
            "One view only",
            expected="two or more views of the place, from different positions",
            got=f"1 with picture and pose among {1 + _num_left_out(frames)} frames",
            do="One picture does not tell shape; add pictures from elsewhere.",
        )


def _num_left_out(frames: PictureSource) -> int:
    return frames.num_without_picture + frames.num_without_pose


def _left_out(frames: PictureSource) -> tuple[str, ...]:
    total = len(frames) + _num_left_out(frames)
    facts = (
        (frames.num_without_picture, "no picture"),
        (frames.num_without_pose, "no valid pose"),
    )
    return tuple(f"{count} of {total} frames dropped: {why}" for count, why in facts if count)


def _told(progress: Progress) -> Any:
    """Progress of a fit in steps, with a PSNR that does not jump."""
    smooth: list[float] = []

    def tell(report: StepReport) -> None:
        last = smooth[-1] if smooth else report.psnr
        smooth[:] = [0.95 * last + 0.05 * report.psnr]
        total = max(report.step, round(report.step / max(report.progress, 1e-9)))
        state = f"steps, {smooth[0]:.1f} dB, {report.num_surfels:,} surfels"
        progress("fit", report.step, total, state)

    return tell


def _as_scene(
    surfels: SurfelCloud, source: FrameSource, scene: Scene | None, fitter: Fitter
) -> Scene:
    up: NDArray[np.float64] | None = getattr(source, "up", None)
    if scene is None:
        if up is None:
            normals = surfels.normals()
            up = estimate_up(fitter.views.world_from_cam, np.concatenate([normals, -normals]))
        return Scene(InstanceTable.empty(), up=up, surfels=surfels, views=fitter.views)
    if scene.points is not None and scene.points.instance_id is not None:
        surfels = surfels.with_instances(seed_from_points(scene.points, surfels))
    own_up = up if scene.up is None else scene.up
    return replace(scene, surfels=surfels, views=fitter.views, up=own_up)
