"""From surfels to objects: masks of the pictures decide which surfels belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import (
    CaptureError,
    ConventionError,
    Frame,
    FrameSource,
    MaskSet,
    Scene,
    Step,
    SurfelCloud,
    Views,
    as_source,
)
from scenewright.core.progress import Progress, no_progress
from scenewright.data import open_capture
from scenewright.models import MaskProposer
from scenewright.pipelines.fit_splats.steps import describe_source
from scenewright.pipelines.pictures.view_pictures import facing_normals, surfel_points
from scenewright.pipelines.segment.steps import DEFAULT_MASKS, make_proposer
from scenewright.pipelines.view_frames import frames_of_views, view_frame, with_drawn_depth
from scenewright.runs.timing import CostMeter, StageCost
from scenewright.splats.decomposition import (
    MATCHED,
    UNDER_SEGMENTED,
    ClusterConfig,
    Clusters,
    PublishedConfig,
    cluster_preset,
    decompose_masks,
    seed_from_points,
)
from scenewright.splats.extraction import ObjectConfig, ObjectSet, build_objects, objects_to_scene
from scenewright.splats.features.prototypes import assign_prototypes, mean_prototypes
from scenewright.splats.features.training import FeatureConfig, train_features
from scenewright.splats.lifting.straddlers import split_straddlers
from scenewright.splats.lifting.votes import label_votes
from scenewright.splats.rasterizer import SurfelArrays, near_plane
from scenewright.splats.rasterizer.weight_store import WeightStore, build_weight_store

STEP = "decompose"
DEFAULT_PRESET = "default"
_UNKNOWN = -1
"""In an id map: shown by a mask of no object, so that it says nothing."""


@dataclass(frozen=True, kw_only=True)
class DecomposeSettings:
    """How a scene of surfels is decomposed.

    Attributes:
        masks: Backend, folder or object that gives the masks.
        mask_suffix: What stands between a frame's name and the file type in a folder of masks.
        weights: Weights of the backend; None takes its own.
        device: Where the backend runs; None leaves it to the backend.
        preset: ``default`` or ``published``.
        tracks: Whether a mask id means the same object in every view.
        features: Whether instance features are trained, which surfels without object then follow.
        feature_steps: Steps of that training.
        split: Whether surfels that lie across a border are cut in two.
        seed_from_instances: Whether the instances that the scene has are where grouping begins.
        meshes: Whether objects get meshes.
        seed: Of the training.
    """

    masks: str | Path | MaskProposer = DEFAULT_MASKS
    mask_suffix: str = ""
    weights: str | None = None
    device: str | None = None
    preset: str = DEFAULT_PRESET
    tracks: bool = False
    features: bool = False
    feature_steps: int = 3000
    split: bool = True
    seed_from_instances: bool = False
    meshes: bool = True
    seed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        names = [name for name in self.__dataclass_fields__ if name != "masks"]
        return {"masks": self.masks_name, **{name: getattr(self, name) for name in names}}

    @property
    def masks_name(self) -> str:
        """What gives the masks, in a word."""
        masks = self.masks
        return str(masks) if isinstance(masks, str | Path) else type(masks).__name__


@dataclass(frozen=True, eq=False)
class Decomposition:
    """A scene of objects and how it came about.

    Attributes:
        scene: Instances, points, meshes, grids, and surfels that know their instances.
        objects: The objects one by one, the background, and their masks in every view.
        clusters: Objects of the surfels before straddling ones were cut, and verdicts on masks.
        config: The resolved settings of tracking and clustering.
        num_masks: In all views.
        num_split: Surfels that were cut in two.
        num_views_without_masks: Views in which no mask was found.
        depth_drawn: Whether masks were found with the depth of the surfels, for want of readings.
        stages: What each stage cost.
    """

    scene: Scene
    objects: ObjectSet
    clusters: Clusters
    config: ClusterConfig | PublishedConfig
    num_masks: int
    num_split: int
    num_views_without_masks: int
    depth_drawn: bool
    stages: Mapping[str, StageCost]

    def num_masks_with(self, verdict: int) -> int:
        """How many masks got a verdict of `scenewright.splats.decomposition`."""
        return int(np.count_nonzero(self.clusters.verdict == verdict))

    def id_map(self, view: int) -> NDArray[np.int32]:
        """(H, W) int32 instance that each pixel of a view shows, 0 = none."""
        return self.objects.masks[view].to_id_map()


def decompose(
    scene: Scene,
    capture: str | Path | FrameSource | Sequence[Frame],
    *,
    masks: str | Path | MaskProposer = DEFAULT_MASKS,
    preset: str = DEFAULT_PRESET,
    tracks: bool = False,
    features: bool = False,
    seed_from_instances: bool = False,
    mask_suffix: str = "",
    weights: str | None = None,
    device: str | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Scene:
    """Divides the surfels of a scene into objects.

    Args:
        scene: With surfels and views, such as `fit_splats` makes.
        capture: The pictures that it was made from, found by the names of the views.
        masks: Backend that finds the masks of a picture, a folder with masks that another program
            made, or an object with a method `propose`. A backend that needs depth gets that of the
            surfels where the capture has none.
        preset: ``default`` (better) or ``published`` (the published rules).
        tracks: Whether a mask id means the same object in every view; then nothing is clustered.
        features: Whether instance features are trained; `SurfelCloud.features` then holds them.
        seed_from_instances: Whether grouping begins with the instances that the scene has.
        mask_suffix: What stands between a frame's name and the file type in a folder of masks.
        weights: Weights of the backend; None takes its own.
        device: Where the backend runs; None leaves it to the backend.
        seed: Of the training of features.
        progress: Told how far it is.

    Returns:
        A scene with instances, their meshes, boxes and grids, and points; in the same world frame.

    Raises:
        ConventionError: The scene has no surfels or no views.
        CaptureError: The capture lacks a view's picture, or no mask or no object was found.
        UnknownNameError: There is no such backend, folder or preset.
    """
    settings = DecomposeSettings(
        masks=masks,
        preset=preset,
        tracks=tracks,
        features=features,
        seed_from_instances=seed_from_instances,
        mask_suffix=mask_suffix,
        weights=weights,
        device=device,
        seed=seed,
    )
    return decompose_scene(scene, capture, settings, progress=progress).scene


def decompose_scene(
    scene: Scene,
    capture: str | Path | FrameSource | Sequence[Frame],
    settings: DecomposeSettings,
    *,
    progress: Progress = no_progress,
) -> Decomposition:
    """Does what `decompose` does, and tells how it went; see there for the arguments."""
    config = cluster_preset(settings.preset)
    surfels, views = check_scene(scene)
    source = open_capture(capture) if isinstance(capture, str | Path) else as_source(capture)
    meter = CostMeter()
    near = near_plane(surfels.means)
    with meter.measure("masks"):
        masks, depth_drawn = view_masks(
            source, surfels, views, settings, near=near, progress=progress
        )
    num_masks = sum(map(len, masks))
    if not num_masks:
        raise _no_masks(settings, len(views))
    seeds = _seeds(scene, surfels) if settings.seed_from_instances else None
    with meter.measure("weights"):
        store = build_weight_store(SurfelArrays.of(surfels), views, near=near, progress=progress)
    with meter.measure("group"):
        clusters = decompose_masks(
            store,
            masks,
            surfels,
            config,
            masks_are_tracks=settings.tracks,
            seeds=seeds,
            progress=progress,
        )
    if not len(clusters.ids):
        raise _no_objects(num_masks, len(views))
    labeled = surfels.with_instances(clusters.labels, clusters.scores)
    id_maps = _object_maps(masks, clusters)
    if settings.features:
        with meter.measure("features"):
            labeled = _with_features(labeled, store, id_maps, masks, settings, progress)
    num_split = 0
    if settings.split:
        with meter.measure("split"):
            votes = label_votes(store, id_maps).tocsc()
            cut = split_straddlers(labeled, store, id_maps, views, votes=votes).surfels
            num_split = len(cut) - len(labeled)
            labeled = cut
    del store
    with meter.measure("objects"):
        options = ObjectConfig(meshes=settings.meshes)
        objects = build_objects(labeled, views, config=options, up=scene.up, progress=progress)
    if not len(objects):
        raise _no_objects(num_masks, len(views))
    found = objects_to_scene(
        objects, labeled, views, up=scene.up, points=_points(scene, labeled, views)
    )
    if settings.seed_from_instances:
        found = _with_labels(found, scene)
    found = replace(found, provenance=scene.provenance)
    facts = {**describe_source(source), **settings.as_dict(), **asdict(config)}
    return Decomposition(
        scene=found.with_step(Step(STEP, __version__, facts)),
        objects=objects,
        clusters=clusters,
        config=config,
        num_masks=num_masks,
        num_split=num_split,
        num_views_without_masks=sum(not len(own) for own in masks),
        depth_drawn=depth_drawn,
        stages=meter.summary(),
    )


def check_scene(scene: Scene) -> tuple[SurfelCloud, Views]:
    """The surfels and views of a scene.

    Raises:
        ConventionError: It has none.
    """
    if scene.surfels is None or not len(scene.surfels):
        raise ConventionError(
            "The scene has no surfels",
            expected="a scene that 'scenewright fit-splats' made, or a splat PLY",
            got="points only" if scene.points is not None else "neither surfels nor points",
            do="Run 'scenewright fit-splats' on its capture first.",
        )
    if scene.views is None or not len(scene.views):
        raise ConventionError(
            "The scene has no views",
            expected="the cameras that it was seen by",
            got="surfels only",
            do="Give the capture with --capture (capture=...); its cameras are taken then.",
        )
    return scene.surfels, scene.views


def view_masks(
    source: FrameSource,
    surfels: SurfelCloud,
    views: Views,
    settings: DecomposeSettings,
    *,
    near: float,
    progress: Progress = no_progress,
) -> tuple[list[MaskSet], bool]:
    """The masks of every view at its size, and whether depth had to be drawn for them.

    Args:
        source: The capture.
        surfels: Seen by a frame without depth in its place.
        views: F views.
        settings: Which masks.
        near: See `render`.
        progress: Told how far it is.
    """
    places = frames_of_views(source, views)
    proposer = make_proposer(
        settings.masks,
        source,
        suffix=settings.mask_suffix,
        weights=settings.weights,
        device=settings.device,
    )
    from_files = isinstance(settings.masks, Path) or (
        isinstance(settings.masks, str) and Path(settings.masks).exists()
    )
    drawn, masks = False, []
    for number, place in enumerate(places):
        frame = source[place]
        if not from_files:
            own = view_frame(frame, views, number)
            frame = with_drawn_depth(own, surfels, near=near)
            drawn |= frame is not own
        found = proposer.propose(frame)
        size = views.camera(number).size
        masks.append(MaskSet.empty(*size) if found is None else _at_size(found, size))
        progress("masks", number + 1, len(views), "views")
    return masks, drawn


def _at_size(masks: MaskSet, size: tuple[int, int]) -> MaskSet:
    """Masks at another size; where they overlap the better one takes the pixel."""
    height, width = size
    if (masks.height, masks.width) == size:
        return masks
    rows = ((np.arange(height) + 0.5) * masks.height / height).astype(np.int64)
    columns = ((np.arange(width) + 0.5) * masks.width / width).astype(np.int64)
    picture = masks.to_id_map()[rows][:, columns]
    scores = dict(zip(masks.ids.tolist(), masks.scores.tolist(), strict=True))
    return MaskSet.from_id_map(picture, scores=scores)


def _seeds(scene: Scene, surfels: SurfelCloud) -> NDArray[np.int32]:
    if surfels.instance_id is not None and surfels.instance_id.any():
        return surfels.instance_id
    if scene.points is not None and scene.points.instance_id is not None:
        return seed_from_points(scene.points, surfels)
    raise ConventionError(
        "The scene has no instances to begin with",
        expected="surfels or points that know their instances",
        got="neither",
        do="Leave --seed-from-instances away, or fit surfels to a run of 'scenewright segment'.",
    )


def _object_maps(masks: Sequence[MaskSet], clusters: Clusters) -> list[NDArray[np.int32]]:
    """For each view the object that its masks show at each pixel; -1 = a mask of none."""
    result = []
    for view, own in enumerate(masks):
        chosen = clusters.mask_view == view
        lookup = np.full(len(own) + 1, _UNKNOWN, np.int32)
        lookup[0] = 0
        order = {int(i): k for k, i in enumerate(own.ids)}
        for mask_id, number in zip(
            clusters.mask_id[chosen].tolist(), clusters.mask_object[chosen].tolist(), strict=True
        ):
            if number > 0:
                lookup[order[mask_id] + 1] = number
        result.append(lookup[own.positions_map()])
    return result


def _with_features(
    surfels: SurfelCloud,
    store: WeightStore,
    id_maps: Sequence[NDArray[np.int32]],
    masks: Sequence[MaskSet],
    settings: DecomposeSettings,
    progress: Progress,
) -> SurfelCloud:
    """Surfels with trained features; those without object join the one that theirs speak for."""
    assert surfels.instance_id is not None and surfels.instance_score is not None
    labels = surfels.instance_id
    trained = train_features(
        store,
        [np.maximum(picture, 0) for picture in id_maps],
        labels,
        view_masks=[own.positions_map() for own in masks],
        config=FeatureConfig(steps=settings.feature_steps),
        seed=settings.seed,
        progress=progress,
    )
    prototypes = mean_prototypes(trained.features, labels)
    joined, cosine = assign_prototypes(trained.features, prototypes)
    moved = (labels == 0) & trained.trained & (joined > 0)
    return replace(
        surfels,
        instance_id=np.where(moved, joined, labels).astype(np.int32),
        instance_score=np.where(moved, cosine, surfels.instance_score).astype(np.float32),
        features=trained.features,
    )


def _points(scene: Scene, surfels: SurfelCloud, views: Views) -> Any:
    """The points of a scene with the instances of its surfels, or points on the surfels."""
    own = surfel_points(surfels)
    if scene.points is None:
        return facing_normals(own, views)
    from scipy.spatial import cKDTree

    assert own.instance_id is not None
    nearest = cKDTree(own.points).query(scene.points.points)[1]
    return scene.points.with_instance_id(own.instance_id[nearest])


def _with_labels(scene: Scene, before: Scene) -> Scene:
    """Words of instances that were known before, which kept their ids."""
    words = dict(zip(before.instances.id.tolist(), before.instances.label, strict=True))
    label = tuple(words.get(int(i), "") for i in scene.instances.id)
    return replace(scene, instances=replace(scene.instances, label=label))


def _no_masks(settings: DecomposeSettings, num_views: int) -> CaptureError:
    return CaptureError(
        f"No mask in any of {num_views} views",
        expected="masks of objects that several views show",
        got=f"none from {settings.masks_name}",
        do="Choose other masks (--masks); 'scenewright models list' shows the backends.",
    )


def _no_objects(num_masks: int, num_views: int) -> CaptureError:
    return CaptureError(
        "No object was found in the surfels",
        expected="masks of several views that agree",
        got=f"{num_masks} masks in {num_views} views that do not",
        do="Use other masks (--masks), or check that they are those of this capture.",
    )


VERDICTS = {"matched": MATCHED, "under_segmented": UNDER_SEGMENTED}
"""Name of verdicts on masks that reports count."""
