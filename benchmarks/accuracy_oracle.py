"""How much of the error is left for merging: the instances of a scene joined perfectly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Box3D, Instance, InstanceTable, PointCloud, Scene
from scenewright.metrics import transfer_nearest
from scenewright.pipelines.evaluate.scenes import SceneTruth


def oracle_join(scene: Scene, truth: SceneTruth) -> Scene:
    """Gives each instance and fragment of a scene to the true instance that it mostly covers.

    Those given to the same true instance become one. Nothing is split, and no point changes sides.
    What mostly covers true points without an instance, or none at all, stays as it is. What the
    result still lacks, better masks have to give; the difference is left for merging.

    Args:
        scene: With points that have instance ids.
        truth: In the same world frame.

    Returns:
        A scene of points and instances alone; a joined instance has the best score of its parts.
    """
    cloud = scene.points
    assert cloud is not None and cloud.instance_id is not None
    true_ids = truth.points.instance_id
    assert true_ids is not None
    pieces = cloud.instance_id
    if cloud.fragment_id is not None:
        pieces = np.where(pieces > 0, pieces, cloud.fragment_id)
    labels = transfer_nearest(pieces, cloud.points, truth_points=truth.points.points)
    true_of = most_covered(labels, true_ids)
    listed = set(scene.instances.id.tolist())
    first_free = int(true_ids.max(initial=0)) + 1
    new_of_old = np.zeros(int(pieces.max(initial=0)) + 1, np.int32)
    scores: dict[int, float] = {}
    for table in (scene.instances, scene.fragments):
        for old, score in zip(table.id.tolist(), table.score.tolist(), strict=True):
            new = true_of.get(old, 0) or (first_free + old if old in listed else 0)
            if not new or old >= len(new_of_old):
                continue
            new_of_old[old] = new
            scores[new] = max(score, scores.get(new, 0.0))
    return labeled_scene(cloud.points, new_of_old[pieces], scores=scores)


def most_covered(labels: NDArray[np.int32], truth_ids: NDArray[np.int32]) -> dict[int, int]:
    """The true instance that holds most points of each label; 0 if most have none.

    Args:
        labels: (V,) predicted instance of each true point, 0 = none.
        truth_ids: (V,) true instance, 0 = none; among equals, the smaller id wins.
    """
    width = int(truth_ids.max(initial=0)) + 1
    keys, counts = np.unique(labels.astype(np.int64) * width + truth_ids, return_counts=True)
    order = np.lexsort((-(keys % width), counts))
    found = dict(zip((keys[order] // width).tolist(), (keys[order] % width).tolist(), strict=True))
    found.pop(0, None)
    return found


def labeled_scene(
    points: NDArray[np.float32],
    ids: NDArray[np.int32],
    *,
    scores: Mapping[int, float] | None = None,
) -> Scene:
    """A scene of labeled points, with boxes along the axes of the world.

    Args:
        points: (N, 3) meters.
        ids: (N,) instance of each, 0 = none.
        scores: By instance id; None gives all instances the score 1.
    """
    rows = []
    for instance in np.unique(ids[ids > 0]).tolist():
        members = points[ids == instance].astype(np.float64)
        low, high = members.min(axis=0), members.max(axis=0)
        rows.append(
            Instance(
                id=instance,
                label="",
                score=1.0 if scores is None else scores[instance],
                box=Box3D((low + high) / 2, high - low, np.eye(3)),
                num_points=len(members),
            )
        )
    return Scene(InstanceTable.from_rows(rows), PointCloud(points, instance_id=ids))
