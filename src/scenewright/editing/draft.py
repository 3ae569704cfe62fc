"""Helpers shared by the editing functions: members, boxes, counts, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import Box3D, ConventionError, Instance, InstanceTable, Scene, Step
from scenewright.geometry.boxes import fit_box, trimmed

EDITED = "edited"


def point_ids(scene: Scene) -> NDArray[np.int32] | None:
    """(N,) instance id of each point, or None without points or ids."""
    return None if scene.points is None else scene.points.instance_id


def surfel_ids(scene: Scene) -> NDArray[np.int32] | None:
    """(N,) instance id of each surfel, or None without surfels or ids."""
    return None if scene.surfels is None else scene.surfels.instance_id


def with_members(
    scene: Scene,
    instances: InstanceTable,
    points: NDArray[np.int32] | None,
    surfels: NDArray[np.int32] | None,
    **changes: Any,
) -> Scene:
    """A scene with a new table, new instance ids of points and surfels, and other changes.

    Args:
        scene: The original scene.
        instances: The new table.
        points: (N,) new ids of its points, or None if they have none.
        surfels: (N,) new ids of its surfels, or None if they have none.
        changes: Other fields of `Scene`.
    """
    if scene.points is not None and points is not None:
        changes["points"] = scene.points.with_instance_id(points)
    if scene.surfels is not None and surfels is not None:
        score = scene.surfels.instance_score
        changes["surfels"] = scene.surfels.with_instances(surfels, score)
    return replace(scene, instances=instances, **changes)


def table_with(
    table: InstanceTable, changed: Mapping[int, Instance], added: Sequence[Instance] = ()
) -> InstanceTable:
    """A table in which some rows are replaced, by id, and others are appended."""
    rows = [changed.get(row.id, row) for row in table]
    return InstanceTable.from_rows([*rows, *added], feature_models=table.feature_models())


def refitted(scene: Scene, instance_ids: Sequence[int]) -> Scene:
    """A scene in which some instances have updated boxes and counts, and the source "edited".

    A box is fitted to the points of the instance; without points to its surfels, and without
    surfels to its asset. An instance with none of these keeps its box. Points are counted again,
    or surfels if the points of the scene have no instance ids.
    """
    changed = {}
    for instance_id in instance_ids:
        row = scene.instances.by_id(instance_id)
        changed[instance_id] = replace(
            row,
            box=_fitted_box(scene, row),
            num_points=_count(scene, row),
            source=EDITED,
        )
    return replace(scene, instances=table_with(scene.instances, changed))


def _fitted_box(scene: Scene, row: Instance) -> Box3D:
    clouds = (
        (point_ids(scene), None if scene.points is None else scene.points.points),
        (surfel_ids(scene), None if scene.surfels is None else scene.surfels.means),
    )
    for ids, positions in clouds:
        if ids is not None and positions is not None and (members := ids == row.id).any():
            return fit_box(trimmed(positions[members]), up=scene.up)
    asset = scene.assets.get(row.id)
    if asset is not None and len(vertices := asset.world_vertices()):
        return fit_box(vertices, up=scene.up)
    return row.box


def _count(scene: Scene, row: Instance) -> int | None:
    points, surfels = point_ids(scene), surfel_ids(scene)
    ids = surfels if points is None else points
    if ids is None:
        return row.num_points
    number = int(np.count_nonzero(ids == row.id))
    # An unknown count (an object that no camera saw) is not the same as a count of 0.
    return number if number or row.num_points is not None else None


def with_step(scene: Scene, name: str, config: Mapping[str, Any]) -> Scene:
    """A scene with one more step in its history."""
    return scene.with_step(Step(name, __version__, dict(config)))


def check_ids(scene: Scene, instance_ids: Sequence[int], *, least: int, verb: str) -> None:
    """Raises `ConventionError` unless the ids are unique, enough, and in the scene.

    Args:
        scene: The scene.
        instance_ids: Ids given by the caller.
        least: Smallest number of ids.
        verb: What the ids are for, in the message.
    """
    for given in cast(Sequence[object], instance_ids):
        if isinstance(given, list | tuple | set):
            raise ConventionError(
                f"ids to {verb}",
                expected="numbers, one argument each",
                got=type(given).__name__,
                do="Unpack it: write *ids.",
            )
    if len(instance_ids) < least:
        got = ", ".join(map(str, instance_ids)) or "none"
        raise ConventionError(f"ids to {verb}", expected=f"{least} or more", got=got)
    if len(set(instance_ids)) < len(instance_ids):
        got = ", ".join(map(str, instance_ids))
        raise ConventionError(f"ids to {verb}", expected="each id once", got=got)
    for instance_id in instance_ids:
        scene.instances.by_id(instance_id)
