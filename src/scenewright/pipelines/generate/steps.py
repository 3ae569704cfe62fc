"""From pictures with masks to a scene of generated objects."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import Progress, Scene, UnknownNameError, no_progress, require
from scenewright.core.scene import Step
from scenewright.core.surfels import SH_C0
from scenewright.generation.assets import AssetSettings, Coloring, make_asset
from scenewright.generation.color_fields import GaussianColors
from scenewright.generation.layout import Layout
from scenewright.generation.scenes import generated_scene
from scenewright.io import Gaussians, join_gaussians, move_gaussians
from scenewright.models import SceneGenerator, available, create, registry
from scenewright.models.generated import GaussianCloud, GeneratedObject
from scenewright.pipelines.generate.masks import SceneInput, read_scene_input
from scenewright.pipelines.generate.placing import fitted_pose, world_layout
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import StageClock, StageCost

STEP = "generate"
UP = np.array([0.0, 0.0, 1.0])
_OPTIONS = (
    "weights", "encoder_weights", "geometry_weights", "base_weights", "allow_pickles", "steps",
    "guidance", "order", "max_objects", "low_memory", "device", "dtype",
)  # fmt: skip
"""Settings that are options of a generator."""


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
    stages: Mapping[str, StageCost]
    seconds: float


def generate(
    *images: str | os.PathLike[str],
    masks: str | Sequence[str] = (),
    boxes: Sequence[Sequence[float]] = (),
    depth: str | os.PathLike[str] | None = None,
    progress: Progress = no_progress,
    **settings: Any,
) -> Scene:
    """Generates the objects of a picture in 3D.

    Args:
        images: One picture, or several that show the same objects.
        masks: A label image per picture, a folder of them, or a mask backend by name.
        boxes: Boxes x0, y0, x1, y1 around the objects of a single picture, pixels.
        depth: Depth of the first picture: a 16-bit PNG, or .npy in meters.
        progress: Progress callback (stage, done, total, unit).
        settings: Further fields of `GenerateSettings`, such as model, weights or seed.

    Returns:
        A scene with an asset per object; ids are the labels of the masks.

    Raises:
        ConventionError: There are no masks, unusable ones, or a setting is out of range.
        FormatError: A picture or mask cannot be read.
        UnknownNameError: There is no such setting or backend.
        WeightsError: Weights are missing, refused, or those of another network.
        ScenewrightError: There is not enough memory.
    """
    known = [field.name for field in fields(GenerateSettings)]
    for name in settings:
        if name not in known:
            raise UnknownNameError(
                f"Setting '{name}' of generate",
                expected=f"one of {', '.join(known)}",
                do=registry.closest(name, known),
            )
    chosen = GenerateSettings(
        masks=(masks,) if isinstance(masks, str) else tuple(masks),
        boxes=tuple(",".join(f"{value:g}" for value in box) for box in boxes),
        **settings,
    )
    source = read_scene_input(
        [Path(path) for path in images], None if depth is None else Path(depth), chosen
    )
    return generate_scene(source, chosen, progress=progress).scene


def make_generator(settings: GenerateSettings) -> SceneGenerator:
    """The generator that settings name.

    Raises:
        UnknownNameError: There is none of this name.
        WeightsError: Weights are missing or refused.
    """
    if settings.model not in available("sceneflow/*"):
        raise UnknownNameError(
            f"Generator '{settings.model}'",
            expected=f"one of {', '.join(available('sceneflow/*'))}",
            do=registry.closest(settings.model, available("sceneflow/*")),
        )
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
    made = (generator or make_generator(settings)).generate(
        *source.pictures, seed=settings.seed, progress=timed
    )
    objects = sorted(made.objects, key=lambda each: each.number)
    layout = world_layout(objects, source)
    scene, gaussians, ids = _scene_of(objects, layout, source, wanted, timed)
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
        world_from_cam=_camera_pose(layout, points, source),
        weights=made.weights,
        memory_gb=made.memory_gb,
        stages=clock.summary(),
        seconds=perf_counter() - start,
    )


def _camera_pose(
    layout: Layout, points: NDArray[np.float64], source: SceneInput
) -> NDArray[np.float64]:
    if layout.world_from_observed is not None:
        return layout.world_from_observed
    return fitted_pose(points, source.pictures[0].masks, source.camera)


def asset_settings(settings: GenerateSettings) -> AssetSettings:
    """The settings of assets, checked before the work.

    Raises:
        ConventionError: One is out of range.
        MissingExtraError: A package of the extra ``assets`` is not installed.
    """
    for package in ("fast_simplification", "xatlas"):
        require(package, extra="assets")
    return AssetSettings(
        keep_share=settings.keep_faces,
        coloring=cast(Coloring, settings.coloring),
        texture_size=settings.texture_size,
    )


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
