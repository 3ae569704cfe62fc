"""Splitting of instances, and moving of their parts to other instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core import Asset, ConventionError, Scene, StateGrid
from scenewright.core.checks import as_array
from scenewright.editing.assets import asset_parts, joined_asset
from scenewright.editing.draft import (
    point_ids,
    refitted,
    surfel_ids,
    table_with,
    with_members,
    with_step,
)
from scenewright.editing.grids import grid_parts, joined_grid
from scenewright.editing.members import (
    GivenLabels,
    Labels,
    MemberLabels,
    checked_labels,
    member_labels,
    named_parts,
)


def split(
    scene: Scene,
    instance_id: int,
    *,
    point_labels: ArrayLike | None = None,
    surfel_labels: ArrayLike | None = None,
    element_labels: ArrayLike | None = None,
) -> Scene:
    """Splits an instance into parts.

    Part 0 keeps the id, score and relations. Each further label, in ascending order, becomes a new
    instance at the end of the table, with the next free id and the same label, score, features and
    number of frames. Members without labels follow the nearest one with a label: with
    `point_labels` alone, surfels, asset and grid are split along the same border. Meshes are split
    between faces; a part of a split asset is no longer whole.

    Args:
        scene: Not changed.
        instance_id: The instance to split.
        point_labels: (N,) part of each point of the scene, 0 or more; labels of points of other
            instances are ignored.
        surfel_labels: (N,) the same for each surfel of the scene.
        element_labels: (V,) part of each vertex of the instance's asset, or of each surfel of an
            asset without a mesh.

    Raises:
        ConventionError: The id is not in the scene; or labels are missing, negative, refer to
            something that the scene does not have, or do not contain 0 and another label.
        ShapeError: The number of labels does not match, or they are not integers.
    """
    row = scene.instances.by_id(instance_id)
    asset = scene.assets.get(row.id)
    num_elements = 0 if asset is None else asset.num_elements
    given = GivenLabels(
        checked_labels("point_labels", point_labels, point_ids(scene), _num_points(scene)),
        checked_labels("surfel_labels", surfel_labels, surfel_ids(scene), _num_surfels(scene)),
        checked_labels("element_labels", element_labels, asset, num_elements),
    )
    names = named_parts(scene, row.id, given)
    if len(names) < 2 or names[0] != 0:
        raise ConventionError(
            f"labels of the parts of instance {row.id}",
            expected="0 for what keeps the id, and one or more others",
            got=", ".join(map(str, names)) or "none",
        )
    taken = np.concatenate([scene.instances.id, scene.fragments.id])
    first_new = int(taken.max()) + 1
    ids = [row.id, *range(first_new, first_new + len(names) - 1)]
    added = [replace(row, id=new_id) for new_id in ids[1:]]
    with_rows = replace(scene, instances=table_with(scene.instances, {}, added))
    labels = _numbered(member_labels(scene, row.id, given), names)
    result = refitted(_cut(with_rows, row.id, labels, ids), ids)
    config = {
        "id": row.id,
        "new_ids": ids[1:],
        "num_points": _sizes(point_ids(result), ids),
        "num_surfels": _sizes(surfel_ids(result), ids),
    }
    return with_step(result, "split", config)


def reassign(
    scene: Scene,
    instance_id: int,
    *,
    points: ArrayLike | None = None,
    surfels: ArrayLike | None = None,
) -> Scene:
    """Moves points and surfels to another instance, or to none.

    Other members follow the nearest of the given ones, within the instance that they leave: with
    `points` alone, the surfels, the faces of the asset and the cells of the grid near these points
    move with them to the asset and the grid of the receiver. If the receiver is 0, such faces and
    cells are dropped.

    Args:
        scene: Not changed.
        instance_id: The receiver, or 0 for none.
        points: (N,) bool, which points of the scene to move.
        surfels: (N,) bool, which surfels of the scene to move.

    Raises:
        ConventionError: The id is not in the scene, all selected members already belong to the
            receiver, a mask refers to something that the scene does not have, or an instance would
            lose all its members.
        ShapeError: The length of a mask does not match, or it is not boolean.
    """
    if instance_id != 0:
        scene.instances.by_id(instance_id)
    given = GivenLabels(
        _mask_labels("points", points, point_ids(scene), _num_points(scene)),
        _mask_labels("surfels", surfels, surfel_ids(scene), _num_surfels(scene)),
    )
    givers = _givers(scene, instance_id, given)
    if not givers:
        raise ConventionError(
            f"points and surfels to reassign to instance {instance_id}",
            expected="one or more that do not belong to it yet",
            got="none",
        )
    for giver in givers:
        if giver and named_parts(scene, giver, given) == [1]:
            raise ConventionError(
                f"instance {giver}",
                expected="some of its points or surfels to stay",
                got="all of them reassigned",
                do="Use merge or remove for a whole instance.",
            )
    result = scene
    for giver in givers:
        labels = member_labels(scene, giver, given)
        result = _given_away(result, giver, instance_id, labels)
    changed = [i for i in (instance_id, *givers) if i != 0]
    config = {
        "id": instance_id,
        "from": givers,
        "num_points": _num_changed(point_ids(scene), point_ids(result)),
        "num_surfels": _num_changed(surfel_ids(scene), surfel_ids(result)),
    }
    return with_step(refitted(result, changed), "reassign", config)


def _mask_labels(name: str, mask: ArrayLike | None, ids: object, length: int) -> Labels | None:
    if mask is None:
        return None
    checked = as_array(name, mask, shape=(length if ids is not None else None,), dtype=np.bool_)
    return checked_labels(name, checked.astype(np.int64), ids, length)


def _givers(scene: Scene, receiver: int, given: GivenLabels) -> list[int]:
    """Ids that members are taken from, in ascending order; 0 means no instance."""
    found: set[int] = set()
    for ids, labels in ((point_ids(scene), given.points), (surfel_ids(scene), given.surfels)):
        if ids is not None and labels is not None:
            found |= set(np.unique(ids[labels == 1]).tolist())
    return sorted(found - {receiver})


def _cut(scene: Scene, instance_id: int, labels: MemberLabels, ids: Sequence[int]) -> Scene:
    """The scene with the members of an instance distributed among `ids`, by part."""
    assets, grids = dict(scene.assets), dict(scene.grids)
    for part, asset in zip(ids, _asset_parts(scene, instance_id, labels, len(ids)), strict=True):
        assets.pop(part, None)
        if asset is not None:
            assets[part] = asset
    for part, grid in zip(ids, _grid_parts(scene, instance_id, labels, len(ids)), strict=True):
        grids.pop(part, None)
        if grid is not None:
            grids[part] = grid
    return with_members(
        scene,
        scene.instances,
        _divided(point_ids(scene), instance_id, labels.points, ids),
        _divided(surfel_ids(scene), instance_id, labels.surfels, ids),
        assets=assets,
        grids=grids,
    )


def _given_away(scene: Scene, giver: int, receiver: int, labels: MemberLabels) -> Scene:
    """The scene with the members of one instance that have label 1 moved to another."""
    assets, grids = dict(scene.assets), dict(scene.grids)
    stays, goes = _asset_parts(scene, giver, labels, 2)
    assets.pop(giver, None)
    if stays is not None:
        assets[giver] = stays
    if goes is not None and receiver:
        both = [assets[receiver], goes] if receiver in assets else [goes]
        seen = [scene.instances.by_id(i).source == "observed" for i in (receiver, giver)]
        assets[receiver] = joined_asset(both, seen=seen[-len(both) :])
    grid_stays, grid_goes = _grid_parts(scene, giver, labels, 2)
    if grid_stays is not None:
        grids[giver] = grid_stays
    if grid_goes is not None and receiver:
        known = [grids[receiver]] if receiver in grids else []
        grids[receiver] = joined_grid([*known, grid_goes])
    ids = (giver, receiver)
    return with_members(
        scene,
        scene.instances,
        _divided(point_ids(scene), giver, labels.points, ids),
        _divided(surfel_ids(scene), giver, labels.surfels, ids),
        assets=assets,
        grids=grids,
    )


def _asset_parts(
    scene: Scene, instance_id: int, labels: MemberLabels, num_parts: int
) -> list[Asset | None]:
    asset = scene.assets.get(instance_id)
    if asset is None or labels.elements is None:
        return [None] * num_parts
    return asset_parts(asset, labels.elements, labels.asset_surfels, num_parts=num_parts)


def _grid_parts(
    scene: Scene, instance_id: int, labels: MemberLabels, num_parts: int
) -> list[StateGrid | None]:
    """A grid per part, None for a part without occupied cells; the first part always has one."""
    grid = scene.grids.get(instance_id)
    if grid is None or labels.cells is None:
        return [None] * num_parts
    parts = grid_parts(grid, labels.cells, num_parts=num_parts)
    return [
        one if part == 0 or (labels.cells == part).any() else None for part, one in enumerate(parts)
    ]


def _divided(
    members: NDArray[np.int32] | None,
    instance_id: int,
    labels: Labels | None,
    ids: Sequence[int],
) -> NDArray[np.int32] | None:
    if members is None or labels is None:
        return members
    result = members.copy()
    result[members == instance_id] = np.array(ids, np.int32)[labels]
    return result


def _numbered(labels: MemberLabels, names: Sequence[int]) -> MemberLabels:
    """The same labels as positions in `names`, which is ascending."""
    return MemberLabels(*(None if one is None else np.searchsorted(names, one) for one in labels))


def _sizes(members: NDArray[np.int32] | None, ids: Sequence[int]) -> list[int] | None:
    if members is None:
        return None
    return [int(np.count_nonzero(members == i)) for i in ids]


def _num_changed(before: NDArray[np.int32] | None, after: NDArray[np.int32] | None) -> int:
    if before is None or after is None:
        return 0
    return int(np.count_nonzero(before != after))


def _num_points(scene: Scene) -> int:
    return 0 if scene.points is None else len(scene.points)


def _num_surfels(scene: Scene) -> int:
    return 0 if scene.surfels is None else len(scene.surfels)
