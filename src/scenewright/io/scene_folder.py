"""The scene folder: JSON, npz and GLB files that can be read without Scenewright.

    scene.json              instances, boxes, placements, relations, up, history
    points.npz              points, colors, normals, instance_id, fragment_id
    surfels.npz             the columns of SurfelCloud, activated values
    views.json              name, size, intrinsics and pose of each image
    features.npz            one unit vector per instance and feature
    assets/007_chair.glb    the mesh of instance 7 in its local frame, with its texture
    assets/007_chair.npz    the surfels of instance 7 in its local frame
    assets/rest.glb         the surface that belongs to no instance (assets/rest.npz: its surfels)
    grids/007_chair.npz     occupied, free and unknown space around instance 7

Files that a scene does not need are omitted. Reading restores everything exactly.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scenewright.core import InstanceTable, Scene, Step
from scenewright.io._common import metric_unit, reading
from scenewright.io._glb_parts import read_relations, relation_records
from scenewright.io._scene_assets import (
    read_asset,
    with_features,
    write_assets,
    write_features,
    write_rest,
)
from scenewright.io._scene_parts import (
    read_grid,
    read_points,
    read_surfels,
    read_views,
    write_grids,
    write_points,
    write_surfels,
    write_views,
)
from scenewright.io.atomic import atomic_folder
from scenewright.io.boxes import instance_record, record_instance
from scenewright.io.jsonio import read_versioned, write_json

FORMAT = "scenewright-scene"
VERSION = 4
INDEX = "scene.json"

_AXES = "right-handed; a matrix world_from_asset maps the asset's points to the world"


def write_scene_folder(
    folder: str | os.PathLike[str], scene: Scene, *, overwrite: bool = False
) -> None:
    """Writes a scene as a folder, atomically.

    Args:
        folder: The scene folder; missing parents are created.
        scene: Any scene; settings in its history must be JSON values.
        overwrite: Whether an existing scene folder may be replaced.

    Raises:
        OutputError: The folder exists or cannot be written.
        FormatError: The history holds a value that has no JSON form.
    """
    relations = scene.relations
    with atomic_folder(folder, overwrite=overwrite, marker=INDEX, marker_format=FORMAT) as inside:
        index: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "unit": scene.unit,
            "axes": _AXES,
            "up": scene.up,
            "num_instances": len(scene.instances),
            "num_points": 0 if scene.points is None else len(scene.points),
            "num_surfels": 0 if scene.surfels is None else len(scene.surfels),
            "num_views": 0 if scene.views is None else len(scene.views),
            "points": write_points(inside, scene.points),
            "surfels": write_surfels(inside, scene.surfels),
            "views": write_views(inside, scene.views),
            "features": write_features(inside, scene.instances),
            "assets": write_assets(inside, scene),
            "rest": write_rest(inside, scene),
            "grids": write_grids(inside, scene),
            "instances": [instance_record(row) for row in scene.instances],
            "fragments": [instance_record(row) for row in scene.fragments],
            "relations": None if relations is None else relation_records(relations),
            "provenance": [
                {"name": step.name, "version": step.version, "config": step.config}
                for step in scene.provenance
            ],
        }
        write_json(inside / INDEX, index)


def read_scene_folder(folder: str | os.PathLike[str]) -> Scene:
    """Reads a scene folder.

    Raises:
        FormatError: The folder is not a scene, has another version, or has a missing or damaged
            file, which the message names.
    """
    root = Path(folder)
    path = root / INDEX
    index = read_versioned(path, format=FORMAT, version=VERSION)
    with reading(path, "scene"):
        rows = InstanceTable.from_rows([record_instance(one) for one in index["instances"]])
        up = index["up"]
        return Scene(
            with_features(rows, root, path, index["features"]),
            read_points(root, path, index),
            {int(one["id"]): read_asset(root, path, one) for one in index["assets"]},
            None if up is None else np.array(up, np.float64),
            tuple(_read_step(one) for one in index["provenance"]),
            read_surfels(root, path, index),
            read_views(root, path, index["views"]),
            {int(one["id"]): read_grid(root, path, one) for one in index["grids"]},
            read_relations(index["relations"]),
            InstanceTable.from_rows([record_instance(one) for one in index["fragments"]]),
            None if index["rest"] is None else read_asset(root, path, index["rest"]),
            is_metric=metric_unit(index),
        )


def read_scene_index(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads only `scene.json`, as JSON values; fast even for a large scene."""
    return read_versioned(Path(folder) / INDEX, format=FORMAT, version=VERSION)


def _read_step(record: Mapping[str, Any]) -> Step:
    return Step(str(record["name"]), str(record["version"]), dict(record["config"]))
