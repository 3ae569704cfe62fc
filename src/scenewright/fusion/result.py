"""Building a `Scene` from the map and the instances on it."""

from __future__ import annotations

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


def build_scene(
    volume: SurfaceVolume, assignment: InstanceAssignment, *, up: NDArray[np.float64] | None
) -> Scene:
    """Builds points, instances, their meshes, and the mesh of the rest.

    Args:
        volume: The map.
        assignment: Instance per surface slot.
        up: (3,) unit vector against gravity, or None if unknown; boxes are upright with it.
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
    surface = volume.extract_surface()
    labels = volume.labels_near(surface.voxel, assignment.instance_id)
    assets = split_meshes(surface, np.where(np.isin(labels, present), labels, 0).astype(np.int32))
    rest = assets.pop(0, None)
    return Scene(
        InstanceTable.from_rows(rows),
        points,
        assets,
        up,
        rest=rest,
    )
