"""The fit of surfels to posed images, step by step."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, FormatError, Frame, FrameSource, SurfelCloud, Views
from scenewright.splats.fitting.checkpoints import (
    Checkpoint,
    Clock,
    read_checkpoint,
    write_checkpoint,
)
from scenewright.splats.fitting.config import FitConfig, fit_preset
from scenewright.splats.fitting.densify import densify
from scenewright.splats.fitting.engine import EngineSettings, EngineState, MakeEngine, NumbaEngine
from scenewright.splats.fitting.memory import require_fit_memory
from scenewright.splats.fitting.parameters import RawSurfels
from scenewright.splats.fitting.quality import Quality, measure_quality, psnr_of
from scenewright.splats.fitting.schedule import (
    StepTimes,
    is_densified,
    is_reset,
    loss_weights,
    pace,
    plan_moment,
)
from scenewright.splats.fitting.targets import (
    Target,
    choose_views,
    gather_targets,
    scene_extent,
    to_views,
)
from scenewright.splats.rasterizer import near_plane
from scenewright.splats.rasterizer.arrays import Images

_FAR_NEARS = 1e4
"""The far distance of the distortion, in near distances."""


@dataclass(frozen=True)
class StepReport:
    """Report of one step.

    Attributes:
        step: Steps done, including this one.
        progress: Share of the schedule that is done, 0 to 1.
        loss: Weighted sum of all terms.
        psnr: PSNR of the image before the update, dB.
        num_surfels: Number of surfels after the step.
        divisor: Divisor of the size of the image.
        seconds: Time of all steps so far, including those before resuming.
    """

    step: int
    progress: float
    loss: float
    psnr: float
    num_surfels: int
    divisor: int
    seconds: float


FitProgress = Callable[[StepReport], None]
"""Called after every step of `Fitter.fit`."""


class Fitter:
    """Fits surfels to images with known cameras.

    ```
    surfels = initial_surfels_from_depth(capture)
    fitter = Fitter(capture, surfels)
    fitter.fit()
    psnr = fitter.evaluate().psnr
    ```

    The same images, surfels, settings and seed give identical results on one machine, also if the
    fit is resumed from a checkpoint, unless there is a time limit.

    Args:
        frames: Posed images; frames without image or pose are ignored.
        surfels: Surfels to start from; instances and features are not kept.
        config: Settings, or the name of a preset (see `available_fit_presets`).
        seed: Random seed of the order of views and of the positions of split surfels.
        normals: For each frame an (H, W, 3) map of unit normals in the camera frame, 0 = unknown;
            only used if `config.losses.prior` is above 0.
        make_engine: Builds the engine; default: CPU.

    Attributes:
        config: Settings.
        views: Cameras of all views, including those held out.
        held_out: Indices of the views held out for evaluation.
        extent: Extent of the scene that step sizes and thresholds scale with, in units of the
            world.

    Raises:
        CaptureError: There are too few views, all views have the same pose, or there is not enough
            memory.
        UnknownNameError: There is no such preset.
    """

    def __init__(
        self,
        frames: FrameSource | Sequence[Frame],
        surfels: SurfelCloud,
        *,
        config: str | FitConfig = "default",
        seed: int = 0,
        normals: Sequence[NDArray[np.float32]] | None = None,
        make_engine: MakeEngine = NumbaEngine,
    ) -> None:
        self.config = fit_preset(config)
        require_fit_memory(frames, len(surfels), self.config)
        self._load(frames, normals)
        raw = RawSurfels.of(surfels, sh_degree=self.config.sh_degree)
        self.extent = scene_extent(self.views.centers, raw.means)
        self.near = near_plane(raw.means)
        self._rng = np.random.default_rng(seed)
        self._clock = Clock(0, 0.0, 0.0, False, (), {})
        self._times = StepTimes()
        self._make_engine = make_engine
        self._build_engine(EngineState.start(raw))

    @classmethod
    def resume(
        cls,
        path: str | os.PathLike[str],
        frames: FrameSource | Sequence[Frame],
        *,
        normals: Sequence[NDArray[np.float32]] | None = None,
        make_engine: MakeEngine = NumbaEngine,
    ) -> Fitter:
        """Resumes a fit from a checkpoint, with its settings.

        Args:
            path: File written by `save`.
            frames: The frames that the fit was started with.
            normals: See `Fitter`.
            make_engine: See `Fitter`.

        Raises:
            FormatError: The file is not a checkpoint, or is one of other views.
        """
        found = read_checkpoint(path)
        fitter = cls(
            frames,
            found.state.surfels.to_cloud(),
            config=found.config,
            normals=normals,
            make_engine=make_engine,
        )
        if fitter.views.name != found.views:
            raise FormatError(
                f"{os.fspath(path)} is a checkpoint of other views",
                expected=f"{len(found.views)} views, {found.views[0]} to {found.views[-1]}",
                got=f"{len(fitter.views)}, {fitter.views.name[0]} to {fitter.views.name[-1]}",
                do="Resume with the capture that the fit was started with.",
            )
        fitter.extent, fitter.near = found.extent, found.near
        fitter._clock = found.clock
        fitter._rng.bit_generator.state = found.clock.rng
        fitter._build_engine(found.state)
        return fitter

    def _load(
        self,
        frames: FrameSource | Sequence[Frame],
        normals: Sequence[NDArray[np.float32]] | None,
    ) -> None:
        losses = self.config.losses
        self._targets = gather_targets(
            frames, depth=losses.depth > 0, normals=normals if losses.prior > 0 else None
        )
        self.views: Views = to_views(self._targets)
        self._training, self.held_out = choose_views(
            self.views.name, self.config.holdout_interval, held_out=self.config.held_out_names
        )
        self._shrunk: dict[tuple[int, int], Target] = {}

    def _build_engine(self, state: EngineState) -> None:
        settings = EngineSettings(
            near=self.near,
            far=self.near * _FAR_NEARS,
            background=self.config.background,
            visible_only=self.config.visible_only,
        )
        self._engine = self._make_engine(state, settings)

    @property
    def surfels(self) -> SurfelCloud:
        """The current surfels, copied."""
        return self._engine.state().surfels.to_cloud()

    @property
    def num_steps(self) -> int:
        """Number of steps done."""
        return self._clock.step

    @property
    def is_finished(self) -> bool:
        """Whether the schedule is complete."""
        return self._clock.progress >= 1

    def step(self, *, seconds_left: float | None = None) -> StepReport:
        """Updates the surfels by one view, and densifies when it is due.

        Args:
            seconds_left: Time left for the rest of the run; None is no limit.

        Raises:
            ConventionError: The fit is finished, or a gradient is not finite; in the latter case
                nothing was changed.
        """
        if self.is_finished:
            raise ConventionError(
                "The fit is finished",
                expected="a fit with steps left",
                got=f"{self._clock.step} steps done",
                do="Start a new fit with more num_steps.",
            )
        start = perf_counter()
        config, clock = self.config, self._clock
        moment = plan_moment(config, clock.progress, extent=self.extent)
        view, order = self._next_view()
        values, error = self._engine.learn(
            self._seen(self._target(view, moment.divisor), is_step=True),
            loss_weights(config.losses, clock.progress),
            sh_degree=moment.sh_degree,
            rates=moment.rates,
        )
        step = clock.step + 1
        progress = min(clock.progress + self._stride(seconds_left), 1.0)
        if step >= config.num_steps and seconds_left is None:
            progress = 1.0
        was_reset = self._change_number(step, progress)
        took = perf_counter() - start
        self._clock = Clock(
            step,
            progress,
            clock.seconds + took,
            was_reset,
            order,
            dict(self._rng.bit_generator.state),
        )
        self._times.note(took, megapixels=self._target(view, moment.divisor).megapixels)
        return StepReport(
            step,
            progress,
            values.total,
            psnr_of(error),
            self._engine.num_surfels,
            moment.divisor,
            self._clock.seconds,
        )

    def _next_view(self) -> tuple[int, tuple[int, ...]]:
        """Index of the next view, and of those that follow before the next shuffle."""
        order = self._clock.order
        if not order:
            order = tuple(self._rng.permutation(self._training).tolist())
        return order[0], order[1:]

    def _target(self, view: int, divisor: int) -> Target:
        key = (view, divisor)
        if divisor == 1:
            return self._targets[view]
        if key not in self._shrunk:
            # Sizes change only a few times in a run, so images of former sizes are not kept.
            self._shrunk = {k: t for k, t in self._shrunk.items() if k[1] == divisor}
            self._shrunk[key] = self._targets[view].shrunk(divisor)
        return self._shrunk[key]

    def _seen(self, target: Target, *, is_step: bool = False) -> Target:
        """A target in front of what its alpha hides; see `FitConfig.behind`."""
        if target.alpha is None or self.config.behind == "none":
            return target
        is_random = is_step and self.config.behind == "random"
        return target.on(self._rng.random(3) if is_random else self.config.background)

    def _change_number(self, step: int, progress: float) -> bool:
        """Adds and removes surfels, resets opacities; returns whether opacities were ever reset."""
        config = self.config.densify
        if config is None:
            return False
        was_reset = self._clock.was_reset
        if is_densified(config, step, progress):
            state = self._engine.state()
            done = densify(
                state.surfels,
                state.statistics,
                config,
                extent=self.extent,
                remove_large=was_reset,
                rng=self._rng,
            )
            self._engine.restore(state.after_round(done))
        if is_reset(config, step, progress):
            state = self._engine.state()
            self._engine.restore(state.after_reset(config.reset_opacity))
            was_reset = True
        return was_reset

    def _stride(self, seconds_left: float | None) -> float:
        """Share of the schedule that one step advances."""
        recent = self._times.seconds_per_megapixel
        if seconds_left is None or recent is None:
            return 1 / self.config.num_steps
        return pace(
            self.config,
            self._clock.progress,
            seconds_left=seconds_left,
            seconds_per_megapixel=recent,
            megapixels=self._targets[0].megapixels,
        )

    def fit(
        self,
        *,
        progress: FitProgress | None = None,
        max_minutes: float | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_interval: int = 500,
    ) -> StepReport:
        """Runs all remaining steps.

        Args:
            progress: Called with the report of every step.
            max_minutes: Time limit; if the schedule would take longer, it is completed with fewer
                steps. None is no limit.
            checkpoint: File to write every `checkpoint_interval` steps and at the end.
            checkpoint_interval: Steps.

        Returns:
            The report of the last step.

        Raises:
            ConventionError: The fit is finished, or a gradient is not finite; an earlier checkpoint
                is kept.
        """
        start = perf_counter()
        while True:
            left = None if max_minutes is None else 60 * max_minutes - (perf_counter() - start)
            report = self.step(seconds_left=None if left is None else max(left, 0.0))
            is_due = self.is_finished or report.step % checkpoint_interval == 0
            if checkpoint is not None and is_due:
                self.save(checkpoint)
            if progress is not None:
                progress(report)
            if self.is_finished:
                return report

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a checkpoint for `resume`."""
        write_checkpoint(
            path,
            Checkpoint(
                self._engine.state(),
                replace(self._clock, rng=dict(self._rng.bit_generator.state)),
                self.config,
                self.extent,
                self.near,
                self.views.name,
            ),
        )

    def picture(self, view: int) -> NDArray[np.uint8]:
        """(H, W, 3) the image of a view."""
        return self._seen(self._targets[view]).image

    def draw(self, view: int) -> Images:
        """The current surfels drawn in a view, with all harmonics."""
        target = self._targets[view]
        return self._engine.draw(target.camera, world_from_cam=target.world_from_cam)

    def evaluate(self, views: Sequence[int] | None = None) -> Quality:
        """Compares drawn views with their images, at full size.

        Args:
            views: Indices; None uses the held-out views, or all views if there are none.
        """
        chosen = self.held_out.tolist() if views is None else list(views)
        chosen = chosen or list(range(len(self._targets)))
        return measure_quality(
            (self._seen(self._targets[view]), self.draw(view).color) for view in chosen
        )
