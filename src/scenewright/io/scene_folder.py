"""Our own format: a folder of JSON, npz and GLB that can be read without us.

    scene.json              instances, boxes, placements, up, history; a text editor suffices
    points.npz              points, colors, normals, instance_id
    surfels.npz             the columns of SurfelCloud, activated
    views.json              name, size, intrinsics and pose of each picture
    embeddings.npz          one unit vector per instance
    assets/007_chair.glb    the mesh of instance 7 in its own frame
    grids/007_chair.npz     solid, free and unknown space around instance 7

A member that a scene does not need is left out. Everything comes back exactly as it was.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    Asset,
    FormatError,
    InstanceTable,
    PointCloud,
    Scene,
    StateGrid,
    Step,
    SurfelCloud,
    Views,
)
from scenewright.io._common import instance_name, member_path, reading
from scenewright.io.atomic import atomic_folder
from scenewright.io.boxes import instance_record, record_instance
from scenewright.io.glb import read_glb_mesh, write_glb_mesh
from scenewright.io.jsonio import read_json, read_versioned, write_json
from scenewright.io.npz import read_npz, write_npz

FORMAT = "scenewright-scene"
VERSION = 1
INDEX = "scene.json"

_POINT_COLUMNS = ("colors", "normals", "instance_id")
_SURFEL_COLUMNS = ("means", "quats", "scales", "opacities", "sh")
_SURFEL_EXTRAS = ("instance_id", "instance_score", "features")
_GRID_COLUMNS = ("states", "origin", "cell_size", "seen_share")
_VIEW_AXES = (
    "size is width and height, pixels; the centre of the first pixel is (0.5, 0.5); a camera looks "
    "along +z, x right, y down"
)
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
            "num_surfels": 0 if scene.surfels is None else len(scene.surfels),
            "num_views": 0 if scene.views is None else len(scene.views),
            "points": _write_points(inside, scene.points),
            "surfels": _write_surfels(inside, scene.surfels),
            "views": _write_views(inside, scene.views),
            "embeddings": _write_embeddings(inside, scene.instances),
            "assets": _write_assets(inside, scene),
            "grids": _write_grids(inside, scene),
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
        # Scenes from before surfels lack these three.
        return Scene(
            table,
            points,
            assets,
            None if up is None else np.array(up, np.float64),
            steps,
            _read_surfels(place, path, index),
            _read_views(place, path, index.get("views")),
            {int(one["id"]): _read_grid(place, path, one) for one in index.get("grids", [])},
        )


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


def _write_surfels(folder: Path, surfels: SurfelCloud | None) -> str | None:
    if surfels is None:
        return None
    columns = {name: getattr(surfels, name) for name in (*_SURFEL_COLUMNS, *_SURFEL_EXTRAS)}
    known = {name: column for name, column in columns.items() if column is not None}
    write_npz(folder / "surfels.npz", known)
    return "surfels.npz"


def _write_views(folder: Path, views: Views | None) -> str | None:
    if views is None:
        return None
    rows = [
        {
            "name": views.name[i],
            "size": views.size[i],
            "K": views.K[i],
            "world_from_cam": views.world_from_cam[i],
        }
        for i in range(len(views))
    ]
    write_json(folder / "views.json", {"axes": _VIEW_AXES, "views": rows})
    return "views.json"


def _write_grids(folder: Path, scene: Scene) -> list[dict[str, Any]]:
    records = []
    for instance_id, grid in scene.grids.items():
        label = scene.instances.by_id(instance_id).label
        name = f"grids/{instance_name(instance_id, label)}.npz"
        arrays = {column: np.asarray(getattr(grid, column)) for column in _GRID_COLUMNS}
        write_npz(folder / name, arrays, compress=True)
        records.append({"id": instance_id, "file": name})
    return records


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


def _read_surfels(folder: Path, path: Path, index: Mapping[str, Any]) -> SurfelCloud | None:
    if index.get("surfels") is None:
        return None
    member = member_path(folder, index["surfels"], owner=path)
    with reading(member, "file of surfels"):
        arrays = read_npz(member, required=_SURFEL_COLUMNS, optional=_SURFEL_EXTRAS)
        cloud = SurfelCloud(**arrays)
        if len(cloud) != index["num_surfels"]:
            got = f"{len(cloud)} surfels"
            raise FormatError(f"{member}", expected=f"{index['num_surfels']} surfels", got=got)
        return cloud


def _read_views(folder: Path, path: Path, name: str | None) -> Views | None:
    if name is None:
        return None
    member = member_path(folder, name, owner=path)
    rows = read_json(member)
    with reading(member, "file of views"):
        rows = rows["views"]
        return Views(
            tuple(row["name"] for row in rows),
            np.array([row["K"] for row in rows], np.float64).reshape(-1, 3, 3),
            np.array([row["size"] for row in rows], np.int32).reshape(-1, 2),
            np.array([row["world_from_cam"] for row in rows], np.float64).reshape(-1, 4, 4),
        )


def _read_grid(folder: Path, path: Path, record: Mapping[str, Any]) -> StateGrid:
    member = member_path(folder, record["file"], owner=path)
    with reading(member, "state grid"):
        arrays = read_npz(member, required=_GRID_COLUMNS)
        cell_size, seen_share = float(arrays["cell_size"]), float(arrays["seen_share"])
        return StateGrid(arrays["states"], arrays["origin"], cell_size, seen_share)


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
