"""Files of a scene folder: points, surfels, views and grids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, PointCloud, Scene, StateGrid, SurfelCloud, Views
from scenewright.io._common import instance_name, member_path, reading
from scenewright.io.jsonio import read_json, write_json
from scenewright.io.npz import read_npz, write_npz

SURFEL_COLUMNS = ("means", "quats", "scales", "opacities", "sh")
SURFEL_EXTRAS = ("instance_id", "instance_score", "features")
_POINT_COLUMNS = ("colors", "normals", "instance_id", "fragment_id")
_GRID_COLUMNS = ("states", "origin", "cell_size", "seen_share")
_VIEW_AXES = (
    "size is width and height, pixels; the center of the first pixel is (0.5, 0.5); a camera looks "
    "along +z, x right, y down"
)


def write_points(folder: Path, points: PointCloud | None) -> str | None:
    """Writes `points.npz` and returns its name, or None without points."""
    if points is None:
        return None
    arrays: dict[str, NDArray[Any]] = {"points": points.points}
    for name in _POINT_COLUMNS:
        column = getattr(points, name)
        if column is not None:
            arrays[name] = column
    write_npz(folder / "points.npz", arrays)
    return "points.npz"


def write_surfels(folder: Path, surfels: SurfelCloud | None) -> str | None:
    """Writes `surfels.npz` and returns its name, or None without surfels."""
    if surfels is None:
        return None
    write_npz(folder / "surfels.npz", surfel_arrays(surfels))
    return "surfels.npz"


def surfel_arrays(surfels: SurfelCloud) -> dict[str, NDArray[Any]]:
    """The known columns of surfels, by name."""
    columns = {name: getattr(surfels, name) for name in (*SURFEL_COLUMNS, *SURFEL_EXTRAS)}
    return {name: column for name, column in columns.items() if column is not None}


def write_views(folder: Path, views: Views | None) -> str | None:
    """Writes `views.json` and returns its name, or None without views."""
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


def write_grids(folder: Path, scene: Scene) -> list[dict[str, Any]]:
    """Writes one file per grid and returns their records."""
    records = []
    for instance_id, grid in scene.grids.items():
        label = scene.instances.by_id(instance_id).label
        name = f"grids/{instance_name(instance_id, label)}.npz"
        arrays = {column: np.asarray(getattr(grid, column)) for column in _GRID_COLUMNS}
        if grid.support is not None:
            arrays["support"] = np.asarray(grid.support)
        write_npz(folder / name, arrays, compress=True)
        records.append({"id": instance_id, "file": name})
    return records


def read_points(folder: Path, path: Path, index: Mapping[str, Any]) -> PointCloud | None:
    """The points in the file named by the index; None if it names none."""
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


def read_surfels(folder: Path, path: Path, index: Mapping[str, Any]) -> SurfelCloud | None:
    """The surfels in the file named by the index; None if it names none."""
    if index["surfels"] is None:
        return None
    member = member_path(folder, index["surfels"], owner=path)
    with reading(member, "file of surfels"):
        arrays = read_npz(member, required=SURFEL_COLUMNS, optional=SURFEL_EXTRAS)
        cloud = SurfelCloud(**arrays)
        if len(cloud) != index["num_surfels"]:
            got = f"{len(cloud)} surfels"
            raise FormatError(f"{member}", expected=f"{index['num_surfels']} surfels", got=got)
        return cloud


def read_views(folder: Path, path: Path, name: str | None) -> Views | None:
    """The views of a file; None without a name."""
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


def read_grid(folder: Path, path: Path, record: Mapping[str, Any]) -> StateGrid:
    """The grid of a record."""
    member = member_path(folder, record["file"], owner=path)
    with reading(member, "state grid"):
        arrays = read_npz(member, required=_GRID_COLUMNS, optional=("support",))
        cell_size, seen_share = float(arrays["cell_size"]), float(arrays["seen_share"])
        support = float(arrays["support"]) if "support" in arrays else None
        return StateGrid(arrays["states"], arrays["origin"], cell_size, seen_share, support)
