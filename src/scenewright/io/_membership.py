"""Instance tables for files that contain only an id per point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Box3D, Instance, InstanceTable


def members_by_id(ids: NDArray[np.int32]) -> dict[int, NDArray[np.intp]]:
    """Indices of the members of each id, in ascending order of ids, 0 included."""
    order = np.argsort(ids, kind="stable")
    found, first = np.unique(ids[order], return_index=True)
    return dict(zip(found.tolist(), np.split(order, first[1:]), strict=True)) if len(ids) else {}


def table_of_members(
    positions: NDArray[np.float32], ids: NDArray[np.int32] | None
) -> InstanceTable:
    """A table with an axis-aligned box and no label for each id above 0.

    Args:
        positions: (N, 3) points or centers of surfels, meters.
        ids: (N,) instance ids, 0 = none; or None if unknown.
    """
    if ids is None:
        return InstanceTable.empty()
    rows = []
    for instance_id, members in members_by_id(ids).items():
        if instance_id > 0:
            points = positions[members].astype(np.float64)
            low, high = points.min(axis=0), points.max(axis=0)
            box = Box3D((low + high) / 2, high - low, np.eye(3))
            rows.append(Instance(instance_id, "", 1.0, box, len(points)))
    return InstanceTable.from_rows(rows)
