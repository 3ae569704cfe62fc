"""Surfels on completed surface, fitted to the photographs that they can be seen in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scenewright.core import ConventionError, FrameSource, Progress, Scene, SurfelCloud, no_progress
from scenewright.pipelines.sources.views import frames_of_views, view_frame
from scenewright.splats.fitting.config import FitConfig, LossConfig, RateConfig
from scenewright.splats.fitting.engine import EngineSettings, EngineState, FitEngine, NumbaEngine
from scenewright.splats.fitting.fitter import Fitter, StepReport

_RATES = RateConfig(color=1e-2, harmonics=5e-4)
"""A thousand steps need larger ones for the colors than the published thirty thousand."""
_COLUMNS = ("means", "quats", "scales", "opacities", "sh")


@dataclass(frozen=True)
class Refinement:
    """How surfels on completed surface were fitted.

    Attributes:
        num_steps: Steps, one photograph each.
        num_surfels: Number of surfels that were fitted.
        psnr_seen: PSNR of all views without these surfels, dB.
        psnr_added: PSNR with them as they were added.
        psnr_refined: PSNR of the result.
    """

    num_steps: int
    num_surfels: int
    psnr_seen: float
    psnr_added: float
    psnr_refined: float


def require_surfels(scene: Scene) -> None:
    """Checks that a scene has surfels of objects, and the views that they were fitted to.

    Raises:
        ConventionError: It lacks them.
    """
    lacks = [
        name
        for name, found in (
            ("surfels", scene.surfels is not None and len(scene.surfels) > 0),
            ("instances of surfels", scene.surfels is None
             or scene.surfels.instance_id is not None),
            ("views", scene.views is not None and len(scene.views) > 1),
        )
        if not found
    ]  # fmt: skip
    if lacks:
        raise ConventionError(
            "Refinement of surfels",
            expected="a scene with surfels, their instances and at least two views",
            got=f"no {lacks[0]}",
            do="Leave --refine out, or run 'scenewright decompose' first.",
        )


def refined_surfels(
    scene: Scene,
    source: FrameSource,
    *,
    num_old: int,
    num_steps: int,
    seed: int = 0,
    progress: Progress = no_progress,
) -> tuple[Scene, Refinement]:
    """Fits the surfels that completion added to the photographs; all others keep their values.

    Most completed surface is hidden in all photographs, which say nothing of it. Where a new surfel
    sticks out in front of what a photograph shows, it is moved, recolored or faded.

    Args:
        scene: A completed scene whose new surfels follow the old ones.
        source: The photographs of its views.
        num_old: Number of surfels that were there before.
        num_steps: Steps, one photograph each.
        seed: Random seed of the order of the views.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The scene has no surfels or views.
        CaptureError: The source lacks the photograph of a view.
    """
    require_surfels(scene)
    surfels, views = scene.surfels, scene.views
    assert surfels is not None and views is not None
    frames = [
        view_frame(source[position], views, number)
        for number, position in enumerate(frames_of_views(source, views))
    ]
    config = FitConfig(
        num_steps=num_steps, sh_degree=surfels.sh_degree, sh_interval=0.0, holdout_interval=0,
        rates=_RATES, losses=LossConfig(normals=0.0), densify=None,
    )  # fmt: skip

    def holding(state: EngineState, settings: EngineSettings) -> FitEngine:
        return NumbaEngine(state, replace(settings, num_held=num_old))

    fitter = Fitter(frames, surfels, config=config, seed=seed, make_engine=holding)
    psnr_added = fitter.evaluate().psnr

    def report(step: StepReport) -> None:
        progress("refine", step.step, num_steps, "steps")

    fitter.fit(progress=report)
    psnr_refined = fitter.evaluate().psnr
    old = Fitter(frames, surfels[:num_old], config=config).evaluate().psnr
    done = Refinement(num_steps, len(surfels) - num_old, old, psnr_added, psnr_refined)
    return replace(scene, surfels=_with_new(surfels, fitter.surfels, num_old)), done


def _with_new(surfels: SurfelCloud, fitted: SurfelCloud, num_old: int) -> SurfelCloud:
    """The old surfels bit by bit, and the new ones as fitted; ids and features of all."""
    columns = {
        name: np.concatenate([getattr(surfels, name)[:num_old], getattr(fitted, name)[num_old:]])
        for name in _COLUMNS
    }
    return replace(surfels, **columns)
