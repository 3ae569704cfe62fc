"""Building a `Scene` from the map and the instances on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core.instance import ROLES, Instance, InstanceTable
from scenewright.core.label_scores import best_label
from scenewright.core.scene import Scene
from scenewright.fusion.tracker import InstanceAssignment
from scenewright.geometry.boxes import fit_box, trimmed
from scenewright.geometry.mesh_parts import split_meshes
from scenewright.geometry.surface_volume import SurfaceVolume

MASK_FEATURES = "masks"
"""Name of the feature column with the vectors of the masks; their model is unknown here."""


@dataclass(frozen=True)
class ListingLimits:
    """What an object needs to be listed; what does not reach it is a fragment.

    Attributes:
        min_score: Lowest score.
        min_size: Shortest longest side of its box, meters.
        min_frames: Smallest number of frames in which a mask supported it.
    """

    min_score: float = 0.0
    min_size: float = 0.0
    min_frames: int = 0

    def reaches(self, table: InstanceTable) -> NDArray[np.bool_]:
        """(N,) whether each is listed."""
        assert table.num_frames is not None
        listed: NDArray[np.bool_] = (
            (table.score >= self.min_score)
            & (table.size.max(axis=1, initial=0) >= self.min_size)
            & (table.num_frames >= self.min_frames)
        )
        return listed


def build_scene(
    volume: SurfaceVolume,
    assignment: InstanceAssignment,
    *,
    up: NDArray[np.float64] | None,
    limits: ListingLimits = ListingLimits(),
) -> Scene:
    """Builds points, instances, their meshes, and the mesh of the rest.

    Args:
        volume: The map.
        assignment: Instance per surface slot.
        up: (3,) unit vector against gravity, or None if unknown; boxes are upright with it.
        limits: What an object needs to be listed. Fragments have no mesh of their own.
    """
    cloud, slots = volume.surface_points()
    ids = assignment.instance_id[slots]
    present = [int(i) for i in np.unique(ids) if i > 0]
    ids = np.where(np.isin(ids, present), ids, 0).astype(np.int32)
    points = cloud.with_instance_id(ids)
    order = np.argsort(ids, kind="stable")
    first = np.searchsorted(ids[order], present, side="left")
    last = np.searchsorted(ids[order], present, side="right")
    vectors, names = assignment.embedding, assignment.label_scores
    rows = []
    for instance, begin, end in zip(present, first, last, strict=True):
        members = points.points[order[begin:end]]
        rows.append(
            Instance(
                id=instance,
                label=best_label(names.get(instance, {})),
                score=assignment.score[instance],
                box=fit_box(trimmed(members), up=up),
                num_points=len(members),
                num_frames=assignment.num_frames[instance],
                label_scores=names.get(instance, {}),
                role=assignment.role.get(instance, ROLES[0]),
                features={MASK_FEATURES: vectors[instance]} if instance in vectors else {},
            )
        )
    table = InstanceTable.from_rows(rows)
    is_listed = limits.reaches(table)
    listed = np.isin(ids, table.id[is_listed])
    points = replace(
        points,
        instance_id=np.where(listed, ids, 0).astype(np.int32),
        fragment_id=None if is_listed.all() else np.where(listed, 0, ids).astype(np.int32),
    )
    surface = volume.extract_surface()
    labels = volume.labels_near(surface.voxel, assignment.instance_id)
    has_mesh = np.isin(labels, table.id[is_listed])
    assets = split_meshes(surface, np.where(has_mesh, labels, 0).astype(np.int32))
    rest = assets.pop(0, None)
    order = np.lexsort((-np.asarray(table.num_points), table.is_stuff))
    return Scene(
        table[order[is_listed[order]]],
        points,
        assets,
        up,
        rest=rest,
        fragments=table[order[~is_listed[order]]],
    )
