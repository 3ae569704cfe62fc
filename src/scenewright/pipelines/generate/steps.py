"""From pictures with masks to a scene of generated objects."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright._version import __version__
from scenewright.core import Progress, Scene, no_progress
from scenewright.core.scene import Step
from scenewright.core.surfels import SH_C0
from scenewright.generation.assets import AssetSettings, make_asset
from scenewright.generation.color_fields import GaussianColors
from scenewright.generation.layout import Layout
from scenewright.generation.scenes import generated_scene
from scenewright.io import Gaussians, join_gaussians, move_gaussians
from scenewright.models import SceneGenerator, create
from scenewright.models.generated import GaussianCloud, GeneratedObject, GeneratedScene
from scenewright.pipelines.generate.candidates import Candidate, best_sample
from scenewright.pipelines.generate.checks import (
    asset_settings,
    check_settings,
    settings_from_arguments,
    settings_without_effect,
)
from scenewright.pipelines.generate.given import Given, boxes_as_text, split_masks
from scenewright.pipelines.generate.masks import SceneInput, read_scene_input
from scenewright.pipelines.generate.placing import camera_pose
from scenewright.pipelines.generate.points import with_points
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import StageClock, StageCost

_LOG = logging.getLogger("scenewright.generate")
STEP = "generate"
UP = np.array([0.0, 0.0, 1.0])
_OPTIONS = (
    "weights", "encoder_weights", "geometry_weights", "base_weights", "allow_pickles", "steps",
    "guidance", "order", "max_objects", "low_memory", "device", "dtype",
)  # fmt: skip
"""Settings that are options of a generator."""
Masks = str | os.PathLike[str] | NDArray[Any] | Image.Image
"""A path, the name of a backend, an array of labels, or an image of them."""


@dataclass(frozen=True, eq=False)
class GenerateResult:
    """A generated scene, and how it was made.

    Attributes:
        scene: With an asset and an instance per object; ids are the labels of the masks.
        source: The pictures and masks.
        gaussians: All Gaussians in the world frame.
        gaussian_ids: (M,) int32 instance of each.
        missing: Labels of objects for which the generator made no shape.
        frame: What poses refer to; see `GeneratedScene`.
        layout: Where the objects are, and whether lengths are meters.
        world_from_cam: (4, 4) the camera of the first picture if lengths are meters, else one from
            which the scene looks as large as in the picture.
        weights: SHA-256 of the weight files by name.
        memory_gb: Estimated need of memory.
        candidates: The samples of which this one was kept; none if there was only one.
        warnings: What a user should know.
        stages: Time and memory of each stage.
        seconds: Time of all.
    """

    scene: Scene
    source: SceneInput
    gaussians: Gaussians
    gaussian_ids: NDArray[np.int32]
    missing: tuple[int, ...]
    frame: str
    layout: Layout
    world_from_cam: NDArray[np.float64]
    weights: Mapping[str, str]
    memory_gb: float
    candidates: tuple[Candidate, ...]
    warnings: tuple[str, ...]
    stages: Mapping[str, StageCost]
    seconds: float


def generate(
    *images: Given,
    masks: Masks | Sequence[Masks] = (),
    boxes: Sequence[Sequence[float]] = (),
    depth: str | os.PathLike[str] | NDArray[Any] | None = None,
    progress: Progress = no_progress,
    **settings: Any,
) -> Scene:
    """Generates the objects of a picture in 3D. Warnings are logged.

    Args:
        images: One picture, or several that show the same objects: paths, (H, W, 3) or (H, W, 4)
            uint8 arrays, or PIL images.
        masks: A label image per picture, a folder of them, or a mask backend by name. Label images
            are paths, (H, W) arrays of integers or booleans (0 = no object), or PIL images.
        boxes: Boxes x0, y0, x1, y1 around the objects of a single picture, pixels.
        depth: Depth of the first picture: a 16-bit PNG, .npy, or an (H, W) array; floats are
            meters, integers are in units of `depth_scale`, by default millimeters.
        progress: Progress callback (stage, done, total, unit).
        settings: Further fields of `GenerateSettings`, such as model, weights or seed.

    Returns:
        A scene with an asset per object; ids are the labels of the masks.

    Raises:
        ConventionError: There are no masks, unusable ones, or an argument has the wrong type or is
            out of range.
        FormatError: A picture or mask cannot be read.
        UnknownNameError: There is no such setting or backend.
        WeightsError: Weights are missing, refused, or those of another network.
        ScenewrightError: There is not enough memory.
    """
    names, label_images = split_masks(masks)
    chosen = settings_from_arguments({**settings, "masks": names, "boxes": boxes_as_text(boxes)})
    check_settings(chosen)
    source = read_scene_input(images, depth, chosen, label_images=label_images)
    result = generate_scene(source, chosen, progress=progress)
    for warning in result.warnings:
        _LOG.warning("%s", warning)
    return result.scene


def make_generator(settings: GenerateSettings) -> SceneGenerator:
    """The generator that settings name.

    Raises:
        UnknownNameError: There is none of this name.
        WeightsError: Weights are missing or refused.
    """
    check_settings(settings)
    given = {name: getattr(settings, name) for name in _OPTIONS}
    options = {name: value for name, value in given.items() if value is not None}
    generator: SceneGenerator = create(settings.model, **options)
    return generator


def generate_scene(
    source: SceneInput,
    settings: GenerateSettings,
    *,
    generator: SceneGenerator | None = None,
    progress: Progress = no_progress,
) -> GenerateResult:
    """Like `generate`, with a full result.

    Args:
        source: Pictures with masks.
        settings: How it is generated.
        generator: Used instead of that which the settings name.
        progress: Progress callback (stage, done, total, unit).
    """
    start = perf_counter()
    clock = StageClock()
    timed = _Timed(progress, clock)
    wanted = asset_settings(settings)
    maker, pictures = generator or make_generator(settings), with_points(source)
    chosen = best_sample(
        lambda seed: maker.generate(*pictures, seed=seed, progress=timed), source,
        seed=settings.seed, count=settings.candidates,
    )  # fmt: skip
    made, layout = chosen.made, chosen.layout
    scene, gaussians, ids = _scene_of(chosen.objects, layout, source, wanted, timed)
    scene = scene.with_step(Step(STEP, __version__, settings_to_dict(settings)))
    points = np.concatenate([asset.world_vertices() for asset in scene.assets.values()])
    return GenerateResult(
        scene=scene,
        source=source,
        gaussians=gaussians,
        gaussian_ids=ids,
        missing=tuple(source.labels[number] for number in made.missing),
        frame=made.frame,
        layout=layout,
        world_from_cam=camera_pose(layout, points, source),
        weights=made.weights,
        memory_gb=made.memory_gb,
        candidates=chosen.candidates,
        warnings=_warnings(made, layout, source, settings),
        stages=clock.summary(),
        seconds=perf_counter() - start,
    )


def _warnings(
    made: GeneratedScene, layout: Layout, source: SceneInput, settings: GenerateSettings
) -> tuple[str, ...]:
    """What a user should know about a scene."""
    lines = [*settings_without_effect(settings, source), *source.notes]
    if made.missing:
        names = _named(source, made.missing)
        lines.append(f"no shape was generated for {names}; try another seed, or other masks")
    if made.repaired:
        names = _named(source, made.repaired)
        lines.append(f"the network gave no usable scale or rotation for {names}; the scale was "
                     "raised to the smallest, or the rotation left out")  # fmt: skip
    if not made.frame and not layout.is_metric:
        lines.append("this model predicts no layout: objects are placed side by side as in the "
                     "picture, at equal distance")  # fmt: skip
    if layout.is_metric:
        return tuple(lines)
    why = "no depth was given"
    if layout.error is not None:
        why = f"the depth does not fit the objects (error {layout.error:.3f} of their size)"
    lines.append(f"the unit of length is not a meter: {why}")
    return tuple(lines)


def _named(source: SceneInput, numbers: Sequence[int]) -> str:
    return ", ".join(str(source.labels[number]) for number in numbers)


def _scene_of(
    objects: Sequence[GeneratedObject],
    layout: Layout,
    source: SceneInput,
    settings: AssetSettings,
    progress: Progress,
) -> tuple[Scene, Gaussians, NDArray[np.int32]]:
    """The scene in the order of the labels, and its Gaussians with their instances."""
    labels = [source.labels[each.number] for each in objects]
    assets, clouds, ids = [], [], []
    for done, (each, placement) in enumerate(zip(objects, layout.world_from_object, strict=True)):
        cloud = each.gaussians
        colors = GaussianColors(
            cloud.means, cloud.scales, cloud.quats, cloud.opacities, cloud.colors
        )
        assets.append(make_asset(
            each.mesh.vertices, each.mesh.faces, colors,
            world_from_object=placement, surfels=colors.surfels(), settings=settings,
        ))  # fmt: skip
        moved = move_gaussians(_columns(cloud), placement)
        clouds.append(moved)
        ids.append(np.full(len(moved.means), labels[done], np.int32))
        progress("assets", done + 1, len(objects), "objects")
    names = [source.names[each.number] for each in objects]
    scene = generated_scene(assets, ids=labels, labels=names, is_metric=layout.is_metric)
    scores = np.array([each.certainty for each in objects], np.float32)
    scene = replace(scene, instances=replace(scene.instances, score=scores))
    return scene, join_gaussians(clouds), np.concatenate(ids)


def _columns(cloud: GaussianCloud) -> Gaussians:
    return Gaussians(
        cloud.means, cloud.quats, cloud.scales, np.clip(cloud.opacities, 0, 1),
        ((cloud.colors - 0.5) / SH_C0)[:, None].astype(np.float32),
    )  # fmt: skip


class _Timed:
    """Passes progress on and adds the time since the last call to its stage."""

    def __init__(self, progress: Progress, clock: StageClock) -> None:
        self._progress, self._clock = progress, clock
        self._last = perf_counter()

    def __call__(self, stage: str, done: int, total: int, unit: str, /) -> None:
        now = perf_counter()
        self._clock.add({stage: 1e3 * (now - self._last)})
        self._last = now
        self._progress(stage, done, total, unit)
