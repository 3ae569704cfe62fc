"""Generated scenes against the meshes of the true objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scenewright.core import FormatError, Progress, ScenewrightError, no_progress
from scenewright.metrics import PerceptualDistance
from scenewright.metrics.reports.scene_shapes import (
    TRUTH_ITSELF,
    comparison_to_dict,
    format_comparison,
    format_scores,
    pooled_to_dict,
)
from scenewright.metrics.reports.tables import (
    format_fixed,
    format_percent,
    format_table,
    json_number,
)
from scenewright.metrics.shapes.pairing import pair_objects
from scenewright.metrics.shapes.scene_shapes import (
    ObjectScene,
    SceneComparison,
    SceneProtocol,
    compare_scenes,
)
from scenewright.metrics.shapes.scores import (
    OBJECT_NORMALIZATIONS,
    PooledScores,
    SceneScores,
    pool_scores,
)
from scenewright.pipelines.evaluate.object_scenes import (
    is_scene_in_folder,
    is_truth,
    num_true_objects,
    read_object_scene,
)
from scenewright.pipelines.evaluate.rerenders import RenderScores, compare_renders, load_encoders

_OTHER_SAMPLES: Final = 100_000
"""Added to the random seed for the truth against itself."""


@dataclass(frozen=True, kw_only=True)
class ShapeOptions:
    """How generated scenes are measured.

    Attributes:
        pair_by: How objects are paired: by ``"id"``, ``"order"`` or ``"place"``.
        protocol: Alignments, numbers of samples and scaling.
        num_views: Views of the re-rendered scenes; 0 for none.
        lpips_weights: Reference of the weights of LPIPS, or None.
        encoders: Image encoders, each ``NAME=WEIGHTS``.
        seed: Random seed of the samples.
    """

    pair_by: str = "id"
    protocol: SceneProtocol = field(default_factory=SceneProtocol)
    num_views: int = 4
    lpips_weights: str | None = None
    encoders: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, eq=False)
class SceneShapes:
    """Measures of one scene.

    Attributes:
        comparison: The prediction against the truth.
        truth_itself: The truth against itself, from other samples.
        renders: Images of both, or None.
    """

    comparison: SceneComparison
    truth_itself: SceneComparison
    renders: RenderScores | None

    def tables(self) -> str:
        """The numbers as text."""
        parts = [format_comparison(self.comparison, self.truth_itself)]
        if self.renders is not None:
            parts.append(_format_renders(self.renders))
        return "\n\n".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            **comparison_to_dict(self.comparison),
            "truth_itself": comparison_to_dict(self.truth_itself),
            "renders": None if self.renders is None else _renders_to_dict(self.renders),
        }


@dataclass(frozen=True, eq=False)
class ShapeEvaluation:
    """Measures of one or more generated scenes.

    Attributes:
        scenes: By name.
        failures: Why a scene could not be measured, by name; it counts with F-scores and IoU of 0.
        num_objects: Number of true objects of the failed scenes, by name.
        protocol: Alignments, numbers of samples and scaling.
    """

    scenes: Mapping[str, SceneShapes]
    failures: Mapping[str, str]
    num_objects: Mapping[str, int]
    protocol: SceneProtocol

    def pooled(self, alignment: str, count: int, *, truth_itself: bool = False) -> PooledScores:
        """Means over all scenes under one alignment.

        Args:
            alignment: Name of the alignment.
            count: Samples per object.
            truth_itself: Whether the truth is compared with itself.
        """
        parts = [
            (one.truth_itself if truth_itself else one.comparison).scores[alignment][count]
            for one in self.scenes.values()
        ]
        if not truth_itself:
            parts += [_failed(number) for number in self.num_objects.values()]
        return pool_scores(parts)

    def tables(self) -> str:
        """The numbers as text."""
        if len(self.scenes) == 1 and not self.failures:
            return next(iter(self.scenes.values())).tables()
        num = len(self.scenes) + len(self.failures)
        lines = [f"{len(self.scenes)} of {num} scenes were measured"]
        lines += [f"failed, counted as 0: {name}: {why}" for name, why in self.failures.items()]
        rows = {}
        for alignment in self.protocol.alignments:
            for count in self.protocol.point_counts:
                name = f"{alignment}, {count} points"
                rows[name] = self.pooled(alignment, count)
                rows[f"{name}, {TRUTH_ITSELF}"] = self.pooled(alignment, count, truth_itself=True)
        first = next(iter(rows.values()))
        failed = first.num_failed_objects
        lines.append(
            f"{first.num_objects - failed} of {first.num_objects} true objects were predicted"
        )
        return "\n".join(lines) + "\n\n" + format_scores(rows)

    def as_dict(self) -> dict[str, Any]:
        """JSON values: means over scenes, and each scene by name."""
        means = {
            alignment: {
                str(count): pooled_to_dict(self.pooled(alignment, count))
                for count in self.protocol.point_counts
            }
            for alignment in self.protocol.alignments
        }
        return {
            "shapes": {
                "means": means,
                "scenes": {name: one.as_dict() for name, one in self.scenes.items()},
                "failures": dict(self.failures),
                "scaling": self.protocol.scaling,
            }
        }


def evaluate_shapes(
    scene: str | Path,
    truth: str | Path,
    *,
    options: ShapeOptions | None = None,
    progress: Progress = no_progress,
) -> ShapeEvaluation:
    """Measures a generated scene, or a folder of them, against the meshes of the true objects.

    Args:
        scene: A run, a scene folder or a GLB with one node per object; or a folder that holds one
            such for each true scene, under the same name.
        truth: What `read_object_scene` reads, or a folder of such.
        options: How scenes are measured; None for the defaults.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        FormatError: A single scene or its truth is missing or damaged. In a folder of scenes, such
            a scene is a failure, and so is one whose objects cannot be paired.
        ConventionError: The objects of a single scene cannot be paired.
    """
    chosen = options if options is not None else ShapeOptions()
    measure = _Measure(chosen, progress)
    predicted, target = Path(scene), Path(truth)
    if not target.exists():
        raise FormatError(f"{target}", expected="true objects", got="no such file or folder")
    if is_truth(target):
        found = measure(read_object_scene(predicted), read_object_scene(target))
        return ShapeEvaluation({target.name: found}, {}, {}, chosen.protocol)
    names = sorted(one for one in target.iterdir() if is_scene_in_folder(one))
    if not names:
        raise FormatError(
            f"{target}",
            expected="a folder with world.json, a GLB, a scene, or a folder of these",
            got="none of them",
        )
    scenes: dict[str, SceneShapes] = {}
    failures: dict[str, str] = {}
    num_objects: dict[str, int] = {}
    for step, path in enumerate(names):
        try:
            true_scene = read_object_scene(path)
        except ScenewrightError as error:
            failures[path.stem] = f"its truth cannot be read: {error}"
            num_objects[path.stem] = num_true_objects(path)
        else:
            try:
                found = measure(read_object_scene(_same_name(predicted, path)), true_scene)
                scenes[path.stem] = found
            except ScenewrightError as error:
                failures[path.stem] = str(error)
                num_objects[path.stem] = len(true_scene.meshes)
        progress("scenes", step + 1, len(names), "scenes")
    return ShapeEvaluation(scenes, failures, num_objects, chosen.protocol)


def _same_name(folder: Path, truth: Path) -> Path:
    """The prediction for a true scene: the same name, or the same stem as folder or GLB."""
    for name in (truth.name, truth.stem, f"{truth.stem}.glb", f"{truth.name}.glb"):
        if (folder / name).exists():
            return folder / name
    raise FormatError(f"{folder / truth.name}", expected="a generated scene", got="no such file")


class _Measure:
    """Measures single scenes; networks are loaded once."""

    def __init__(self, options: ShapeOptions, progress: Progress) -> None:
        self.options, self.progress = options, progress
        weights = options.lpips_weights
        self.perceptual = None if weights is None else PerceptualDistance.load(weights)
        self.encoders = load_encoders(options.encoders)

    def __call__(self, predicted: ObjectScene, truth: ObjectScene) -> SceneShapes:
        options = self.options
        pairs = pair_objects(predicted, truth, by=options.pair_by, seed=options.seed)
        found = compare_scenes(
            predicted,
            truth,
            seed=options.seed,
            pairs=pairs,
            protocol=options.protocol,
            progress=self.progress,
        )
        itself = compare_scenes(
            truth,
            truth,
            seed=options.seed + _OTHER_SAMPLES,
            protocol=options.protocol,
            progress=self.progress,
        )
        renders = None
        if options.num_views:
            renders = compare_renders(
                predicted,
                truth,
                truth_from_predicted=found.truth_from_scene,
                pairs=pairs,
                num_views=options.num_views,
                perceptual=self.perceptual,
                encoders=self.encoders,
            )
        return SceneShapes(found, itself, renders)


def _failed(num_objects: int) -> SceneScores:
    nothing = (None,) * num_objects
    return SceneScores(None, (0.0,) * num_objects, dict.fromkeys(OBJECT_NORMALIZATIONS, nothing))


def _format_renders(renders: RenderScores) -> str:
    quality = renders.quality
    names = tuple(f"cosine {name}" for name in renders.similarity)
    header = ("re-rendered", "PSNR dB", "SSIM", "LPIPS", "mask IoU", "views", *names)
    row = (
        "aligned prediction",
        format_fixed(quality.psnr, 2),
        format_fixed(quality.ssim, 4),
        format_fixed(quality.lpips, 4),
        format_percent(renders.mask_iou),
        str(quality.num_images),
        *(format_fixed(value, 4) for value in renders.similarity.values()),
    )
    return format_table(header, [row])


def _renders_to_dict(renders: RenderScores) -> dict[str, Any]:
    quality = renders.quality
    return {
        "psnr": json_number(quality.psnr),
        "ssim": json_number(quality.ssim),
        "lpips": json_number(quality.lpips),
        "num_views": quality.num_images,
        "mask_iou": json_number(renders.mask_iou),
        "similarity": dict(renders.similarity),
    }
