"""Our own format: a folder of JSON, npz and GLB that can be read without us.

    scene.json              instances, boxes, placements, up, history; a text editor suffices
    points.npz              points, colors, normals, instance_id
    embeddings.npz          one unit vector per instance
    assets/007_chair.glb    the mesh of instance 7 in its own frame

A member that a scene does not need is left out. Everything comes back exactly as it was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Asset, FormatError, InstanceTable, PointCloud, Scene, Step
from scenewright.io._common import instance_name, member_path, reading
from scenewright.io.atomic import atomic_folder
from scenewright.io.boxes import instance_record, record_instance
from scenewright.io.glb import read_glb_mesh, write_glb_mesh
from scenewright.io.jsonio import read_versioned, write_json
from scenewright.io.npz import read_npz, write_npz

FORMAT = "scenewright-scene"
VERSION = 1
INDEX = "scene.json"

_POINT_COLUMNS = ("colors", "normals", "instance_id")
_AXES = "right-handed; a matrix world_from_asset maps the asset's points to the world"


def write_scene_folder(
    folder: str | os.PathLike[str], scene: Scene, *, overwrite: bool = False
) -> None:
    """Writes a scene as a folder, whole or not at all.

    Args:
        folder: The scene folder; missing parents are made.
        scene: Anything; settings in its history must be JSON values.
        overwrite: Whether an existing scene folder may be replaced.

    Raises:
        OutputError: The folder exists, or the place cannot be written.
        FormatError: The history holds something that has no JSON form.
    """
    with atomic_folder(folder, overwrite=overwrite, marker=INDEX) as inside:
        index: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "unit": scene.unit,
            "axes": _AXES,
            "up": scene.up,
            "num_instances": len(scene.instances),
            "num_points": 0 if scene.points is None else len(scene.points),
            "points": _write_points(inside, scene.points),
            "embeddings": _write_embeddings(inside, scene.instances),
            "assets": _write_assets(inside, scene),
            "instances": [instance_record(row) for row in scene.instances],
            "provenance": [
                {"name": step.name, "version": step.version, "config": step.config}
                for step in scene.provenance
            ],
        }
        write_json(inside / INDEX, index)


def read_scene_folder(folder: str | os.PathLike[str]) -> Scene:
    """Reads a scene folder.

    Raises:
        FormatError: The folder is no scene, is of a newer version, or a member is missing or
            damaged; the message names the member.
    """
    place = Path(folder)
    path = place / INDEX
    index = read_versioned(path, format=FORMAT, newest=VERSION)
    with reading(path, "scene"):
        rows = InstanceTable.from_rows([record_instance(one) for one in index["instances"]])
        up = index["up"]
        steps = tuple(_read_step(one) for one in index["provenance"])
        assets = {int(one["id"]): _read_asset(place, path, one) for one in index["assets"]}
        points = _read_points(place, path, index)
        table = _with_embeddings(rows, place, path, index["embeddings"])
        return Scene(table, points, assets, None if up is None else np.array(up, np.float64), steps)


def read_scene_index(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads only `scene.json`, as JSON values; quick however large the scene."""
    return read_versioned(Path(folder) / INDEX, format=FORMAT, newest=VERSION)


def _write_points(folder: Path, points: PointCloud | None) -> str | None:
    if points is None:
        return None
    arrays: dict[str, NDArray[Any]] = {"points": points.points}
    for name in _POINT_COLUMNS:
        column = getattr(points, name)
        if column is not None:
            arrays[name] = column
    write_npz(folder / "points.npz", arrays)
    return "points.npz"


def _write_embeddings(folder: Path, table: InstanceTable) -> str | None:
    if table.embedding is None:
        return None
    write_npz(folder / "embeddings.npz", {"id": table.id, "embedding": table.embedding})
    return "embeddings.npz"


def _write_assets(folder: Path, scene: Scene) -> list[dict[str, Any]]:
    records = []
    for instance_id, asset in scene.assets.items():
        name = instance_name(instance_id, scene.instances.by_id(instance_id).label)
        # The asset's own frame may be turned, so up is turned back into it.
        rotation = asset.world_from_asset[:3, :3] / asset.scale
        up = None if scene.up is None else rotation.T @ scene.up
        write_glb_mesh(folder / "assets" / f"{name}.glb", asset.mesh, name=name, up=up)
        records.append(
            {
                "id": instance_id,
                "file": f"assets/{name}.glb",
                "world_from_asset": asset.world_from_asset,
            }
        )
    return records


def _read_points(folder: Path, path: Path, index: Mapping[str, Any]) -> PointCloud | None:
    if index["points"] is None:
        return None
    member = member_path(folder, index["points"], owner=path)
    with reading(member, "file of points"):
        arrays = read_npz(member, required=("points",), optional=_POINT_COLUMNS)
        cloud = PointCloud(**arrays)
        if len(cloud) != index["num_points"]:
            got = f"{len(cloud)} points"
            raise FormatError(f"{member}", expected=f"{index['num_points']} points", got=got)
        return cloud


def _with_embeddings(
    table: InstanceTable, folder: Path, path: Path, name: str | None
) -> InstanceTable:
    if name is None:
        return table
    member = member_path(folder, name, owner=path)
    with reading(member, "file of embeddings"):
        arrays = read_npz(member, required=("id", "embedding"))
        if not np.array_equal(arrays["id"], table.id):
            raise FormatError(f"{member}", expected=f"the ids of {path}", got="other ids")
        return InstanceTable(
            table.id,
            table.score,
            table.label,
            table.center,
            table.size,
            table.rotation,
            table.num_points,
            table.num_frames,
            arrays["embedding"],
        )


def _read_asset(folder: Path, path: Path, record: Mapping[str, Any]) -> Asset:
    member = member_path(folder, record["file"], owner=path)
    return Asset(read_glb_mesh(member), np.array(record["world_from_asset"], np.float64))


def _read_step(record: Mapping[str, Any]) -> Step:
    return Step(str(record["name"]), str(record["version"]), dict(record["config"]))
