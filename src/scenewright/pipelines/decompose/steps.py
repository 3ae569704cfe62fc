"""From surfels to objects, using the masks of the images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import (
    CaptureError,
    ConventionError,
    FrameSource,
    InstanceTable,
    MaskSet,
    PointCloud,
    Scene,
    Step,
    SurfelCloud,
    Views,
    best_label,
)
from scenewright.core.progress import Progress, no_progress
from scenewright.data import Problem
from scenewright.models import MaskProposer
from scenewright.pipelines.decompose.agreement import check_agreement
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.pipelines.decompose.view_masks import object_labels, object_maps, view_masks
from scenewright.pipelines.pictures.view_pictures import facing_normals, surfel_points
from scenewright.pipelines.sources.captures import Frames, describe_source, open_frames
from scenewright.pipelines.sources.masks import Masks, split_masks
from scenewright.pipelines.sources.scenes import given_up, surfels_and_views
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import StageClock, StageCost
from scenewright.splats.decomposition import (
    MATCHED,
    UNDER_SEGMENTED,
    ClusterConfig,
    Clusters,
    PublishedConfig,
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
VERDICTS = {"matched": MATCHED, "under_segmented": UNDER_SEGMENTED}
"""Names of the verdicts on masks that reports count."""


@dataclass(frozen=True, eq=False)
class Decomposition:
    """A scene of objects, and how it was made.

    Attributes:
        scene: With instances, points, meshes, grids, and surfels with instances.
        objects: The objects one by one, the background, and their masks in every view.
        clusters: Objects of the surfels before straddling ones were split, and verdicts on masks.
        config: The resolved settings of tracking and clustering.
        num_masks: Number of masks in all views.
        num_split: Number of surfels that were split.
        num_views_without_masks: Number of views without any mask.
        depth_drawn: Whether masks were found with depth rendered from the surfels, because the
            capture has none.
        stages: Time and memory of each stage.
        problems: What may be wrong with the masks, or with the capture.
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
    problems: tuple[Problem, ...] = ()

    def num_masks_with(self, verdict: int) -> int:
        """Number of masks with a verdict of `scenewright.splats.decomposition`."""
        return int(np.count_nonzero(self.clusters.verdict == verdict))

    def id_map(self, view: int) -> NDArray[np.int32]:
        """(H, W) int32 instance shown by each pixel of a view, 0 = none."""
        return self.objects.masks[view].to_id_map()


def decompose(
    scene: Scene,
    capture: Frames,
    *,
    masks: Masks = "masks/depth-edges",
    preset: str | ClusterConfig | PublishedConfig = "default",
    tracks: bool = False,
    features: bool = False,
    progress: Progress = no_progress,
) -> Scene:
    """Divides the surfels of a scene into objects.

    Args:
        scene: A scene with surfels and views, such as that of `fit_splats`.
        capture: The images that it was made from, matched to the views by name: a folder, a source
            of frames, or a list of frames.
        masks: Backend that finds the masks of an image, a folder of masks that another program
            made, or an object with a method `propose`. A backend that needs depth gets depth
            rendered from the surfels if the capture has none.
        preset: ``default`` (better), ``published`` (the published rules), or settings.
        tracks: Whether a mask id refers to the same object in every view; clustering is then
            skipped.
        features: Whether instance features are trained; `SurfelCloud.features` then holds them.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        A scene with instances, their meshes, boxes and grids, and points; in the same world frame.

    Raises:
        ConventionError: The scene has no surfels or no views.
        CaptureError: The capture lacks the image of a view, or no mask or no object was found.
        UnknownNameError: There is no such backend, folder or preset.
    """
    name, proposer = split_masks(masks)
    settings = DecomposeSettings(masks=name, preset=preset, tracks=tracks, features=features)
    source = open_frames(capture)
    return decompose_scene(scene, source, settings, proposer=proposer, progress=progress).scene


def decompose_scene(
    scene: Scene,
    source: FrameSource,
    settings: DecomposeSettings,
    *,
    proposer: MaskProposer | None = None,
    progress: Progress = no_progress,
) -> Decomposition:
    """Like `decompose`, with all settings and a full result.

    Args:
        scene: See `decompose`.
        source: See `decompose`.
        settings: How it is decomposed.
        proposer: Finds the masks instead of the backend that the settings name.
        progress: Progress callback (stage, done, total, unit).
    """
    config = settings.clustering()
    surfels, views = surfels_and_views(scene)
    scene = replace(scene, up=given_up(settings.up, scene))
    problems = check_agreement(surfels, views, source)
    clock = StageClock()
    near = near_plane(surfels.means)
    with clock.measure("masks"):
        found = view_masks(
            source, surfels, views, settings, near=near, proposer=proposer, progress=progress
        )
    masks = found.masks
    num_masks = sum(map(len, masks))
    if not num_masks:
        raise _no_masks(settings, len(views))
    seeds = _seeds(scene, surfels) if settings.seed_from_instances else None
    with clock.measure("weights"):
        store = build_weight_store(SurfelArrays.of(surfels), views, near=near, progress=progress)
    with clock.measure("group"):
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
    evidence = _Evidence(views, store, masks, clusters)
    labeled, num_split = _label(surfels, evidence, settings, clock, progress)
    del store, evidence
    with clock.measure("objects"):
        options = ObjectConfig(meshes=settings.meshes)
        objects = build_objects(labeled, views, config=options, up=scene.up, progress=progress)
    if not len(objects):
        raise _no_objects(num_masks, len(views))
    return Decomposition(
        scene=_as_scene(
            objects, labeled, views, scene, source, settings, object_labels(masks, clusters)
        ),
        objects=objects,
        clusters=clusters,
        config=config,
        num_masks=num_masks,
        num_split=num_split,
        num_views_without_masks=sum(not len(view_masks) for view_masks in masks),
        depth_drawn=found.depth_drawn,
        problems=(*problems, *found.problems),
        stages=clock.summary(),
    )


@dataclass(frozen=True, eq=False)
class _Evidence:
    """The surfels that the views show, and the clusters made from them."""

    views: Views
    store: WeightStore
    masks: Sequence[MaskSet]
    clusters: Clusters


def _label(
    surfels: SurfelCloud,
    evidence: _Evidence,
    settings: DecomposeSettings,
    clock: StageClock,
    progress: Progress,
) -> tuple[SurfelCloud, int]:
    """Surfels with their instances, after straddling ones were split; and how many were split."""
    clusters, store = evidence.clusters, evidence.store
    labeled = surfels.with_instances(clusters.labels, clusters.scores)
    id_maps = object_maps(evidence.masks, clusters)
    if settings.features:
        with clock.measure("features"):
            labeled = _with_features(labeled, evidence, id_maps, settings, progress)
    if not settings.split:
        return labeled, 0
    with clock.measure("split"):
        votes = label_votes(store, id_maps).tocsc()
        cut = split_straddlers(labeled, store, id_maps, evidence.views, votes=votes).surfels
    return cut, len(cut) - len(labeled)


def _as_scene(
    objects: ObjectSet,
    labeled: SurfelCloud,
    views: Views,
    before: Scene,
    source: FrameSource,
    settings: DecomposeSettings,
    names: Mapping[int, Mapping[str, float]],
) -> Scene:
    points = _points(before, labeled, views)
    found = objects_to_scene(objects, labeled, views, up=before.up, points=points)
    found = replace(found, is_metric=before.is_metric)
    kept = before.instances if settings.seed_from_instances else InstanceTable.empty()
    found = replace(_with_labels(found, names, kept), provenance=before.provenance)
    facts = {**describe_source(source), **settings_to_dict(settings)}
    return found.with_step(Step(STEP, __version__, facts))


def _seeds(scene: Scene, surfels: SurfelCloud) -> NDArray[np.int32]:
    if surfels.instance_id is not None and surfels.instance_id.any():
        return surfels.instance_id
    if scene.points is not None and scene.points.instance_id is not None:
        return seed_from_points(scene.points, surfels)
    raise ConventionError(
        "The scene has no instances to start from",
        expected="surfels or points with instances",
        got="neither",
        do="Omit --seed-from-instances, or fit surfels to a run of 'scenewright segment'.",
    )


def _with_features(
    surfels: SurfelCloud,
    evidence: _Evidence,
    id_maps: Sequence[NDArray[np.int32]],
    settings: DecomposeSettings,
    progress: Progress,
) -> SurfelCloud:
    """Surfels with trained features; those without an object are assigned to the most similar
    one."""
    assert surfels.instance_id is not None and surfels.instance_score is not None
    labels = surfels.instance_id
    trained = train_features(
        evidence.store,
        [np.maximum(picture, 0) for picture in id_maps],
        labels,
        view_masks=[view.positions_map() for view in evidence.masks],
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


def _points(scene: Scene, surfels: SurfelCloud, views: Views) -> PointCloud:
    """The scene's points with the instances of its surfels, or else points sampled on the
    surfels."""
    centers = surfel_points(surfels)
    if scene.points is None:
        return facing_normals(centers, views)
    from scipy.spatial import cKDTree

    assert centers.instance_id is not None
    nearest = cKDTree(centers.points).query(scene.points.points)[1]
    return scene.points.with_instance_id(centers.instance_id[nearest])


def _with_labels(
    scene: Scene, names: Mapping[int, Mapping[str, float]], kept: InstanceTable
) -> Scene:
    """The scene with the labels that instances already had, or else with those of their masks."""
    known = dict(zip(kept.id.tolist(), kept.label, strict=True))
    ids = scene.instances.id.tolist()
    scores = tuple({} if known.get(i) else names.get(i, {}) for i in ids)
    label = tuple(known.get(i) or best_label(s) for i, s in zip(ids, scores, strict=True))
    return replace(scene, instances=replace(scene.instances, label=label, label_scores=scores))


def _no_masks(settings: DecomposeSettings, num_views: int) -> CaptureError:
    return CaptureError(
        f"No mask was found in any of {num_views} views",
        expected="masks of objects that are visible in several views",
        got=f"none from {settings.masks}",
        do="Choose other masks (--masks); 'scenewright models list' shows the backends.",
    )


def _no_objects(num_masks: int, num_views: int) -> CaptureError:
    return CaptureError(
        "No object was found in the surfels",
        expected="masks that agree across several views",
        got=f"{num_masks} masks in {num_views} views that do not agree",
        do="Use other masks (--masks), or check that they belong to this capture.",
    )
