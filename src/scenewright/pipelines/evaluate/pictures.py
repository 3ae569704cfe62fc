"""Compares rendered views with their photographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scenewright.core import CaptureError, Scene
from scenewright.core.progress import Progress, no_progress
from scenewright.data import open_capture
from scenewright.io import load_scene
from scenewright.metrics import mean_quality, measure_image
from scenewright.metrics.images.perceptual import PerceptualDistance
from scenewright.pipelines.evaluate.splats import SplatEvaluation, run_stages
from scenewright.pipelines.sources.captures import capture_of
from scenewright.pipelines.sources.scenes import surfels_and_views
from scenewright.pipelines.sources.views import frames_of_views, on_background, view_frame
from scenewright.splats.rendering import render


def evaluate_pictures(
    run: str | Path,
    *,
    capture: str | Path | None = None,
    lpips_weights: str | None = None,
    progress: Progress = no_progress,
) -> SplatEvaluation:
    """Renders the held-out views of a fit and compares them with their photographs.

    Args:
        run: A run of `fit_splats_run`, or of `decompose_run` on such a run.
        capture: Folder of the photographs; None takes the one that the run was made from.
        lpips_weights: Reference of the weights of LPIPS, such as ``file:lpips-alex.safetensors``;
            None does not measure it.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        CaptureError: The capture is missing, or does not match the run.
        ConventionError: The run has no surfels.
    """
    path = Path(run)
    scene = load_scene(path)
    surfels, views = surfels_and_views(scene)
    source = open_capture(capture_of(path, scene) if capture is None else capture)
    perceptual = None if lpips_weights is None else PerceptualDistance.load(lpips_weights)
    held_out = _held_out(scene, views.name)
    positions = frames_of_views(source, views)
    chosen = held_out or list(range(len(views)))
    parts = []
    for done, number in enumerate(chosen):
        frame = view_frame(source[positions[number]], views, number)
        if frame.image is None:
            raise CaptureError(
                f"View '{views.name[number]}' no longer has an image",
                expected="the images that the surfels were fitted to",
                got="a frame without an image",
            )
        drawn = render(surfels, views.camera(number), world_from_cam=views.world_from_cam[number])
        parts.append(measure_image(drawn.color, on_background(frame), perceptual=perceptual))
        progress("measure", done + 1, len(chosen), "views")
    name = "held-out views" if held_out else "all views"
    return SplatEvaluation(images={name: mean_quality(parts)}, stages=run_stages(path))


def _held_out(scene: Scene, views: Sequence[str]) -> list[int]:
    """Indices of the views that the fit of a scene held out."""
    for step in reversed(scene.provenance):
        settings = step.config.get("preset") if step.name == "fit-splats" else None
        if not isinstance(settings, Mapping):
            continue
        interval, named = settings.get("holdout_interval"), settings.get("held_out_names")
        if named:
            return [i for i, name in enumerate(views) if name in set(named)]
        if isinstance(interval, int) and interval > 0:
            return list(range(0, len(views), interval))
    return []
