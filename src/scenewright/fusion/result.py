"""Building a `Scene` from the map and the instances on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core.instance import Instance, InstanceTable
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
    """Builds points, instances and meshes.

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
                features={MASK_FEATURES: vectors[instance]} if instance in vectors else {},
            )
        )
    surface = volume.extract_surface()
    assets = split_meshes(surface, volume.labels_near(surface.voxel, assignment.instance_id))
    return Scene(
        InstanceTable.from_rows(rows),
        points,
        {i: asset for i, asset in assets.items() if i in set(present)},
        up,
    )
