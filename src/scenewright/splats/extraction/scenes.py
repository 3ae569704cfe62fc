"""Objects as a scene: what is saved, shown, and handed on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Instance, InstanceTable, PointCloud, Scene, SurfelCloud, Views
from scenewright.splats.extraction.objects import ObjectSet


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
        surfels: The whole scene that they were built from; instances that are no objects become
            nobody's.
        views: The cameras.
        up: (3,) unit vector against gravity, or None if unknown.
        points: The reconstructed surface with the same instances, if there is one; ids that are no
            objects become nobody's.
    """
    rows = [
        Instance(
            id=thing.id,
            label="",
            score=thing.score,
            box=thing.box,
            num_points=len(thing.surfels),
            num_frames=thing.num_frames,
        )
        for thing in objects.objects
    ]
    known = [thing.id for thing in objects.objects]
    if surfels.instance_id is not None:
        ids = np.where(np.isin(surfels.instance_id, known), surfels.instance_id, 0)
        surfels = replace(surfels, instance_id=ids.astype(np.int32))
    if points is not None and points.instance_id is not None:
        ids = np.where(np.isin(points.instance_id, known), points.instance_id, 0)
        points = points.with_instance_id(ids.astype(np.int32))
    return Scene(
        InstanceTable.from_rows(rows),
        points,
        {thing.id: thing.asset for thing in objects.objects if thing.asset is not None},
        up,
        surfels=surfels,
        views=views,
        grids={thing.id: thing.grid for thing in objects.objects if thing.grid is not None},
    )
