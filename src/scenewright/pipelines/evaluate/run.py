"""``scenewright evaluate``: all measurements of a scene."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core import ConventionError, OutputError, Progress, no_progress
from scenewright.io import write_json
from scenewright.metrics.shapes.scene_shapes import SceneProtocol
from scenewright.pipelines.evaluate.completion import CompletionEvaluation, evaluate_completion
from scenewright.pipelines.evaluate.id_maps import evaluate_id_maps
from scenewright.pipelines.evaluate.meshes import evaluate_mesh
from scenewright.pipelines.evaluate.pictures import evaluate_pictures
from scenewright.pipelines.evaluate.scenes import Evaluation, evaluate
from scenewright.pipelines.evaluate.settings import EvaluateSettings
from scenewright.pipelines.evaluate.shapes import ShapeEvaluation, ShapeOptions, evaluate_shapes
from scenewright.pipelines.evaluate.splats import SplatEvaluation


@dataclass(frozen=True, eq=False)
class EvaluationReport:
    """The measurements.

    Attributes:
        objects: The objects against the true ones, or None.
        surfels: The surfels against the truth, or None.
        shapes: The generated objects against the true meshes, or None.
        completion: The completed objects against the true meshes, or None.
    """

    objects: Evaluation | None
    surfels: SplatEvaluation | None
    shapes: ShapeEvaluation | None = None
    completion: CompletionEvaluation | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        measured = (self.objects, self.surfels, self.shapes, self.completion)
        parts = [part.as_dict() for part in measured if part is not None]
        return {name: value for part in parts for name, value in part.items()}


def evaluate_run(
    scene: str | Path,
    settings: EvaluateSettings,
    *,
    truth: str | Path | None = None,
    output: str | Path | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> EvaluationReport:
    """Measures a scene against all ground truth that is given.

    Args:
        scene: A run, a scene folder, or points with an instance_id each (.ply).
        settings: What is measured besides the objects.
        truth: True objects, see `read_scene_truth`.
        output: JSON file to write the numbers to.
        overwrite: Whether an older file of that name may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: There is nothing to measure against.
        FormatError: A file is missing or damaged.
        CaptureError: The capture with the photographs is missing.
        OutputError: The file exists.
    """
    if output is not None and Path(output).exists() and not overwrite:
        raise OutputError(
            f"Cannot write {output}",
            expected="a file that does not exist yet",
            got="an existing one",
            do="Choose another name, or add --overwrite (overwrite=True) to replace it.",
        )
    surfels = None
    for part in _of_surfels(scene, settings, progress):
        surfels = part if surfels is None else surfels.joined(part)
    shapes = _of_shapes(scene, settings, progress)
    completion = None
    if settings.completion is not None:
        completion = evaluate_completion(scene, settings.completion, progress=progress)
    if truth is None and surfels is None and shapes is None and completion is None:
        raise ConventionError(
            "Nothing to measure against",
            expected="TRUTH, --id-maps FOLDER, --pictures, --mesh FILE, --shapes TRUTH or "
            "--completion TRUTH",
            got="none of these",
            do="See 'scenewright evaluate --help'.",
        )
    objects = None if truth is None else evaluate(scene, truth)
    report = EvaluationReport(objects, surfels, shapes, completion)
    if output is not None:
        write_json(output, report.as_dict())
    return report


def _of_surfels(
    scene: str | Path, settings: EvaluateSettings, progress: Progress
) -> Iterator[SplatEvaluation]:
    if settings.pictures:
        yield evaluate_pictures(
            scene,
            capture=settings.capture,
            lpips_weights=settings.lpips_weights,
            progress=progress,
        )
    if settings.id_maps is not None:
        yield evaluate_id_maps(scene, settings.id_maps)
    if settings.mesh is not None:
        yield evaluate_mesh(scene, settings.mesh, threshold=settings.threshold)


def _of_shapes(
    scene: str | Path, settings: EvaluateSettings, progress: Progress
) -> ShapeEvaluation | None:
    if settings.shapes is None:
        return None
    options = ShapeOptions(
        pair_by=settings.pair_by,
        protocol=SceneProtocol(settings.alignments, settings.points, settings.normalize),
        num_views=settings.shape_views,
        lpips_weights=settings.lpips_weights,
        encoders=settings.encoders,
    )
    return evaluate_shapes(scene, settings.shapes, options=options, progress=progress)
