"""Edits of the instance table alone: renaming and removing instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from scenewright.core import Asset, Scene
from scenewright.editing.assets import joined_asset
from scenewright.editing.draft import (
    check_ids,
    point_ids,
    surfel_ids,
    with_members,
    with_step,
)


def rename(scene: Scene, labels: Mapping[int, str]) -> Scene:
    """Changes the labels of instances like `Scene.relabel`, and notes it in the history.

    Args:
        scene: Not changed.
        labels: Label by instance id, such as ``{4: "chair"}``; an empty label means unknown.

    Raises:
        ConventionError: An id is not in the scene, or a label is not text.
    """
    check_ids(scene, list(labels), least=1, verb="rename")
    config = {"labels": {str(i): label for i, label in labels.items()}}
    return with_step(scene.relabel(labels), "rename", config)


def remove(scene: Scene, *instance_ids: int) -> Scene:
    """Removes instances with their assets, grids and relations.

    Their points and surfels stay in the scene and belong to no instance. In a scene with a rest,
    the meshes of instances that cameras saw become part of it.

    Args:
        scene: Not changed.
        instance_ids: One or more.

    Raises:
        ConventionError: There is no id, a repeated id, or an id not in the scene.
    """
    check_ids(scene, instance_ids, least=1, verb="remove")
    gone = list(instance_ids)
    points, surfels = point_ids(scene), surfel_ids(scene)
    relations = scene.relations
    if relations is not None:
        touched = np.isin(relations.subject, gone) | np.isin(relations.object, gone)
        relations = relations[~touched]
    without = with_members(
        scene,
        scene.instances[~np.isin(scene.instances.id, gone)],
        None if points is None else np.where(np.isin(points, gone), 0, points).astype(np.int32),
        None if surfels is None else np.where(np.isin(surfels, gone), 0, surfels).astype(np.int32),
        assets={i: asset for i, asset in scene.assets.items() if i not in gone},
        grids={i: grid for i, grid in scene.grids.items() if i not in gone},
        relations=relations,
        rest=_joined_rest(scene, gone),
    )
    return with_step(without, "remove", {"ids": gone})


def _joined_rest(scene: Scene, gone: list[int]) -> Asset | None:
    if scene.rest is None or scene.rest.mesh is None:
        return scene.rest
    seen = [i for i in gone if scene.instances.by_id(i).num_points is not None]
    assets = [scene.assets[i] for i in seen if i in scene.assets]
    meshes = [replace(asset, surfels=None) for asset in assets if asset.mesh is not None]
    return joined_asset([scene.rest, *meshes], seen=[True] * (1 + len(meshes)))
