"""Edits that leave all geometry where it is: other labels, fewer instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from scenewright.core import ConventionError, Scene
from scenewright.editing.draft import (
    check_ids,
    point_ids,
    surfel_ids,
    table_with,
    with_members,
    with_step,
)


def rename(scene: Scene, labels: Mapping[int, str]) -> Scene:
    """Gives instances other labels; their candidate labels are dropped.

    Args:
        scene: Not changed.
        labels: Label by instance id, such as ``{4: "chair"}``; an empty one makes it unknown.

    Raises:
        ConventionError: An id is not one of the scene's, or a label is no text.
    """
    check_ids(scene, list(labels), least=1, verb="rename")
    changed = {}
    for instance_id, label in labels.items():
        if not isinstance(label, str):
            raise ConventionError(
                f"label of instance {instance_id}", expected="text", got=repr(label)[:60]
            )
        row = scene.instances.by_id(instance_id)
        changed[instance_id] = replace(row, label=label, label_scores={})
    renamed = replace(scene, instances=table_with(scene.instances, changed))
    config = {"labels": {str(i): label for i, label in labels.items()}}
    return with_step(renamed, "rename", config)


def remove(scene: Scene, *instance_ids: int) -> Scene:
    """Removes instances with their assets, grids and relations.

    Their points and surfels stay in the scene and belong to no instance.

    Args:
        scene: Not changed.
        instance_ids: One or more.

    Raises:
        ConventionError: No id is given, one is given twice, or one is not of the scene.
    """
    check_ids(scene, instance_ids, least=1, verb="remove")
    gone = list(instance_ids)
    points, surfels = point_ids(scene), surfel_ids(scene)
    relations = scene.relations
    if relations is not None:
        touched = np.isin(relations.subject, gone) | np.isin(relations.object, gone)
        relations = relations[~touched]
    rest = with_members(
        scene,
        scene.instances[~np.isin(scene.instances.id, gone)],
        None if points is None else np.where(np.isin(points, gone), 0, points).astype(np.int32),
        None if surfels is None else np.where(np.isin(surfels, gone), 0, surfels).astype(np.int32),
        assets={i: asset for i, asset in scene.assets.items() if i not in gone},
        grids={i: grid for i, grid in scene.grids.items() if i not in gone},
        relations=relations,
    )
    return with_step(rest, "remove", {"ids": gone})
