"""Oriented boxes as JSON."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Box3D, Instance, InstanceTable, Scene
from scenewright.core.conventions import ARBITRARY, METER
from scenewright.io._common import metric_unit, reading
from scenewright.io.jsonio import read_versioned, write_json

FORMAT = "scenewright-boxes"
VERSION = 3

AXES = (
    "right-handed world; center, size and corners in the unit; size is the full extent along the "
    "box's own axes, which are the columns of rotation; bits 0, 1, 2 of a corner's position are "
    "its side in x, y, z"
)


def write_boxes(
    path: str | os.PathLike[str],
    instances: InstanceTable,
    *,
    up: NDArray[np.float64] | None = None,
    is_metric: bool = True,
) -> None:
    """Writes one record per instance: id, label, score, center, size, rotation, corners.

    Args:
        path: The `.json` file.
        instances: Boxes in the world frame.
        up: (3,) unit vector against gravity, world frame, or None if unknown.
        is_metric: Whether the boxes are in meters, or in an arbitrary unit.
    """
    write_json(
        path,
        {
            "format": FORMAT,
            "version": VERSION,
            "unit": METER if is_metric else ARBITRARY,
            "axes": AXES,
            "up": up,
            "instances": [
                {**instance_record(row), "corners": row.box.corners()} for row in instances
            ],
        },
    )


def read_boxes(path: str | os.PathLike[str]) -> tuple[InstanceTable, NDArray[np.float64] | None]:
    """Reads a file of `write_boxes`.

    Returns:
        The table (without features), and `up`: (3,) unit vector or None.

    Raises:
        FormatError: The file is not a box file, is damaged, or has another version.
    """
    scene = read_box_scene(path)
    return scene.instances, scene.up


def read_box_scene(path: str | os.PathLike[str]) -> Scene:
    """Reads a file of `write_boxes` as a scene of boxes alone.

    Raises:
        FormatError: The file is not a box file, is damaged, or has another version.
    """
    value = read_versioned(path, format=FORMAT, version=VERSION)
    with reading(path, "box file"):
        rows = [record_instance(record) for record in value["instances"]]
        up = value.get("up")
        return Scene(
            InstanceTable.from_rows(rows),
            up=None if up is None else np.array(up, np.float64),
            is_metric=metric_unit(value),
        )


def instance_record(row: Instance) -> dict[str, Any]:
    """One instance as JSON values, without its features; meters, world frame."""
    return {
        "id": row.id,
        "label": row.label,
        "score": row.score,
        "center": row.box.center,
        "size": row.box.size,
        "rotation": row.box.rotation,
        "num_points": row.num_points,
        "num_frames": row.num_frames,
        "source": row.source,
        "label_scores": dict(row.label_scores),
        "role": row.role,
    }


def record_instance(record: dict[str, Any]) -> Instance:
    """The instance of a record of `instance_record`.

    Raises:
        KeyError: A field is missing.
        TypeError: A field has the wrong type.
    """
    box = Box3D(np.array(record["center"]), np.array(record["size"]), np.array(record["rotation"]))
    counts = [record["num_points"], record["num_frames"]]
    if not all(isinstance(record[name], str) for name in ("label", "source", "role")):
        raise TypeError("a label, a source or a role that is no text")
    known = [count for count in counts if count is not None]
    if not all(isinstance(number, int) for number in (record["id"], *known)):
        raise TypeError("an id or a count that is no integer")
    return Instance(
        record["id"],
        record["label"],
        float(record["score"]),
        box,
        counts[0],
        counts[1],
        record["source"],
        {str(word): float(score) for word, score in record["label_scores"].items()},
        role=record["role"],
    )
