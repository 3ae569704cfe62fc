"""Extracted objects as a `Scene`, which can be saved and shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Instance, InstanceTable, PointCloud, Scene, SurfelCloud, Views
from scenewright.splats.extraction.object_set import ObjectSet


def objects_to_scene(
    objects: ObjectSet,
    surfels: SurfelCloud,
    views: Views,
    *,
    up: NDArray[np.float64] | None = None,
    points: PointCloud | None = None,
) -> Scene:
    """A scene with a row, a mesh and a grid per object.

    Args:
        objects: From `build_objects`.
        surfels: The whole scene that they were extracted from; ids of instances that became no
            object are set to 0.
        views: The cameras.
        up: (3,) unit vector against gravity, or None if unknown.
        points: The reconstructed surface with the same instance ids, if there is one; treated like
            the surfels.
    """
    rows = [
        Instance(
            id=item.id,
            label="",
            score=item.score,
            box=item.box,
            num_points=len(item.surfels),
            num_frames=item.num_frames,
        )
        for item in objects.objects
    ]
    known = [item.id for item in objects.objects]
    if surfels.instance_id is not None:
        ids = np.where(np.isin(surfels.instance_id, known), surfels.instance_id, 0)
        surfels = replace(surfels, instance_id=ids.astype(np.int32))
    if points is not None and points.instance_id is not None:
        ids = np.where(np.isin(points.instance_id, known), points.instance_id, 0)
        points = points.with_instance_id(ids.astype(np.int32))
    return Scene(
        InstanceTable.from_rows(rows),
        points,
        {item.id: item.asset for item in objects.objects if item.asset is not None},
        up,
        surfels=surfels,
        views=views,
        grids={item.id: item.grid for item in objects.objects if item.grid is not None},
    )
