"""What the editing functions have in common: parts of a scene, boxes, counts, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import Box3D, ConventionError, Instance, InstanceTable, Scene, Step
from scenewright.geometry.boxes import fit_box, trimmed

EDITED = "edited"


def point_ids(scene: Scene) -> NDArray[np.int32] | None:
    """(N,) instance of each point, or None if there are no points or none is known."""
    return None if scene.points is None else scene.points.instance_id


def surfel_ids(scene: Scene) -> NDArray[np.int32] | None:
    """(N,) instance of each surfel, or None if there are no surfels or none is known."""
    return None if scene.surfels is None else scene.surfels.instance_id


def with_members(
    scene: Scene,
    instances: InstanceTable,
    points: NDArray[np.int32] | None,
    surfels: NDArray[np.int32] | None,
    **changes: Any,
) -> Scene:
    """A scene with another table and other members, and whatever else changes.

    Args:
        scene: The given one.
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
    """A table in which some rows are replaced, by id, and others stand at the end."""
    rows = [changed.get(row.id, row) for row in table]
    return InstanceTable.from_rows([*rows, *added], feature_models=table.feature_models())


def refitted(scene: Scene, instance_ids: Sequence[int]) -> Scene:
    """A scene in which some instances have the boxes, counts and source of edited ones.

    A box is fitted to the points of the instance, without them to its surfels, without these to
    its asset; an instance that has nothing of these keeps its box. The number of points is counted
    anew in the points, or in the surfels of a scene whose points know no instances.
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
    # What no camera saw has no points, which is not the same as none that were found.
    return number if number or row.num_points is not None else None


def with_step(scene: Scene, name: str, config: Mapping[str, Any]) -> Scene:
    """A scene with one more step in its history."""
    return scene.with_step(Step(name, __version__, dict(config)))


def check_ids(scene: Scene, instance_ids: Sequence[int], *, least: int, verb: str) -> None:
    """Raises `ConventionError` unless the ids are enough, different, and those of instances.

    Args:
        scene: Whose ids they are.
        instance_ids: What the caller named.
        least: How many there must be.
        verb: For the message.
    """
    if len(instance_ids) < least:
        got = ", ".join(map(str, instance_ids)) or "none"
        raise ConventionError(f"ids to {verb}", expected=f"{least} or more", got=got)
    if len(set(instance_ids)) < len(instance_ids):
        got = ", ".join(map(str, instance_ids))
        raise ConventionError(f"ids to {verb}", expected="each id once", got=got)
    for instance_id in instance_ids:
        scene.instances.by_id(instance_id)
