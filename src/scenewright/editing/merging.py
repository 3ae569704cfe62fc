"""Several instances that are one object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Instance, Relation, RelationTable, Scene
from scenewright.editing.assets import joined_asset
from scenewright.editing.draft import (
    check_ids,
    point_ids,
    refitted,
    surfel_ids,
    table_with,
    with_members,
    with_step,
)
from scenewright.editing.grids import joined_grid
from scenewright.geometry.boxes import fit_box


def merge(scene: Scene, keep: int, *others: int) -> Scene:
    """Makes several instances one, under the id of the first.

    Points, surfels, assets (in the frame of the first one that has an asset) and grids are joined.
    The label, its candidates and the score are those of `keep`; if it has no label, those of the
    first other that has one. The number of frames is the largest, since frames may show several;
    feature vectors are averaged, weighted by points. Relations move to `keep`; of equal ones the
    most certain stays, and those among the merged are dropped.

    Args:
        scene: Not changed.
        keep: Id that stays.
        others: One or more ids that become part of it.

    Raises:
        ConventionError: Fewer than two ids, one twice, or one that is not of the scene.
    """
    merged = (keep, *others)
    check_ids(scene, merged, least=2, verb="merge")
    rows = [scene.instances.by_id(i) for i in merged]
    result = _joined_members(scene, rows)
    table = table_with(result.instances, {keep: _joined_row(scene, rows)})
    gone = np.isin(table.id, others)
    result = replace(
        result,
        instances=table[~gone],
        relations=_joined_relations(scene.relations, keep, others),
    )
    config = {"keep": keep, "others": list(others)}
    return with_step(refitted(result, [keep]), "merge", config)


def _joined_members(scene: Scene, rows: Sequence[Instance]) -> Scene:
    """The scene with the geometry of all rows under the id of the first; the table is as before."""
    keep, ids = rows[0].id, [row.id for row in rows]
    assets, grids = dict(scene.assets), dict(scene.grids)
    with_asset = [row for row in rows if row.id in assets]
    if with_asset:
        parts = [assets.pop(row.id) for row in with_asset]
        assets[keep] = joined_asset(parts, seen=[row.source == "observed" for row in with_asset])
    with_grid = [i for i in ids if i in grids]
    if with_grid:
        grids[keep] = joined_grid([grids.pop(i) for i in with_grid])
    return with_members(
        scene,
        scene.instances,
        _joined_ids(point_ids(scene), ids),
        _joined_ids(surfel_ids(scene), ids),
        assets=assets,
        grids=grids,
    )


def _joined_ids(members: NDArray[np.int32] | None, ids: Sequence[int]) -> NDArray[np.int32] | None:
    if members is None:
        return None
    return np.where(np.isin(members, ids), ids[0], members).astype(np.int32)


def _joined_row(scene: Scene, rows: Sequence[Instance]) -> Instance:
    """The row of the merged instance; its box covers all boxes until it is fitted to geometry."""
    first = rows[0]
    named = first if first.label else next((row for row in rows if row.label), first)
    points = [row.num_points for row in rows if row.num_points is not None]
    frames = [row.num_frames for row in rows if row.num_frames is not None]
    corners = np.concatenate([row.box.corners() for row in rows])
    return replace(
        first,
        label=named.label,
        score=named.score,
        label_scores=named.label_scores,
        box=fit_box(corners, up=scene.up),
        num_points=sum(points) if points else None,
        num_frames=max(frames) if frames else None,
        features={name: _joined_vector(rows, name) for name in first.features},
    )


def _joined_vector(rows: Sequence[Instance], name: str) -> NDArray[np.float32]:
    weights = np.array([max(row.num_points or 0, 1) for row in rows], np.float64)
    vectors = np.stack([row.features[name] for row in rows]).astype(np.float64)
    total = weights @ vectors
    norm = float(np.linalg.norm(total))
    if norm < 1e-6 * weights.sum():
        # Opposite vectors say nothing together.
        return np.zeros(vectors.shape[1], np.float32)
    result: NDArray[np.float32] = (total / norm).astype(np.float32)
    return result


def _joined_relations(
    relations: RelationTable | None, keep: int, others: Sequence[int]
) -> RelationTable | None:
    if relations is None:
        return None
    best: dict[tuple[int, str, int], Relation] = {}
    for row in relations:
        moved = replace(
            row,
            subject=keep if row.subject in others else row.subject,
            object=keep if row.object in others else row.object,
        )
        key = (moved.subject, moved.predicate, moved.object)
        known = best.get(key)
        if moved.subject != moved.object and (known is None or moved.score > known.score):
            best[key] = moved
    return RelationTable.from_rows(list(best.values()))
