"""Files of a scene folder: assets and features of instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    Asset,
    FeatureColumn,
    FormatError,
    InstanceTable,
    Mesh,
    Scene,
    SurfelCloud,
)
from scenewright.io._common import instance_name, member_path, reading
from scenewright.io._glb_parts import REST, asset_attributes, asset_values
from scenewright.io._scene_parts import SURFEL_COLUMNS, SURFEL_EXTRAS, surfel_arrays
from scenewright.io.glb import read_glb_vertices, write_glb_mesh
from scenewright.io.npz import read_npz, write_npz

_FEATURES = "features.npz"
_VECTORS = "vectors_"
"""Prefix of the name of a feature's array."""
_ELEMENTS = ("observed", "uncertainty")


def write_assets(folder: Path, scene: Scene) -> list[dict[str, Any]]:
    """Writes the meshes and surfels of assets and returns the records of the assets."""
    records = []
    for instance_id, asset in scene.assets.items():
        name = instance_name(instance_id, scene.instances.by_id(instance_id).label)
        records.append({"id": instance_id, **_write_asset(folder, asset, name, scene)})
    return records


def write_rest(folder: Path, scene: Scene) -> dict[str, Any] | None:
    """Writes the rest and returns its record, or None without one."""
    return None if scene.rest is None else _write_asset(folder, scene.rest, REST, scene)


def _write_asset(folder: Path, asset: Asset, name: str, scene: Scene) -> dict[str, Any]:
    record: dict[str, Any] = {
        "mesh": None,
        "surfels": None,
        "world_from_asset": asset.world_from_asset,
        "is_whole": asset.is_whole,
    }
    if asset.mesh is not None:
        record["mesh"] = f"assets/{name}.glb"
        # The asset's frame may be rotated, so up is rotated into it.
        rotation = asset.world_from_asset[:3, :3] / asset.scale
        up = None if scene.up is None else rotation.T @ scene.up
        values = asset_attributes(asset)
        write_glb_mesh(folder / record["mesh"], asset.mesh, name=name, up=up, attributes=values)
    if asset.surfels is not None:
        record["surfels"] = f"assets/{name}.npz"
        arrays = surfel_arrays(asset.surfels)
        if asset.mesh is None:
            values_by_name = {one: getattr(asset, one) for one in _ELEMENTS}
            arrays |= {one: v for one, v in values_by_name.items() if v is not None}
        write_npz(folder / record["surfels"], arrays)
    return record


def read_asset(folder: Path, path: Path, record: Mapping[str, Any]) -> Asset:
    """The asset of a record.

    Args:
        folder: The scene folder.
        path: Its index, for messages.
        record: A record returned by `write_assets` or `write_rest`.

    Raises:
        FormatError: A file is missing or damaged; the message names it.
    """
    mesh: Mesh | None = None
    surfels: SurfelCloud | None = None
    observed, uncertainty = None, None
    if record["mesh"] is not None:
        member = member_path(folder, record["mesh"], owner=path)
        mesh, attributes = read_glb_vertices(member)
        observed, uncertainty = asset_values(attributes)
    if record["surfels"] is not None:
        member = member_path(folder, record["surfels"], owner=path)
        with reading(member, "file of surfels"):
            optional = (*SURFEL_EXTRAS, *_ELEMENTS)
            arrays = read_npz(member, required=SURFEL_COLUMNS, optional=optional)
            values = [arrays.pop(name, None) for name in _ELEMENTS]
            surfels = SurfelCloud(**arrays)
            if mesh is None:
                observed, uncertainty = values
    if record["is_whole"] not in (True, False, None):
        owner = record.get("id", REST)
        raise TypeError(f"is_whole of asset {owner} is neither true, false nor null")
    return Asset(
        mesh,
        np.array(record["world_from_asset"], np.float64),
        surfels,
        record["is_whole"],
        observed,
        uncertainty,
    )


def write_features(folder: Path, table: InstanceTable) -> dict[str, Any] | None:
    """Writes `features.npz` and returns its record, or None without features."""
    if not table.features:
        return None
    arrays: dict[str, NDArray[Any]] = {"id": table.id}
    arrays |= {f"{_VECTORS}{name}": column.vectors for name, column in table.features.items()}
    write_npz(folder / _FEATURES, arrays)
    columns = [{"name": name, "model": column.model} for name, column in table.features.items()]
    return {"file": _FEATURES, "columns": columns}


def with_features(
    table: InstanceTable, folder: Path, path: Path, record: Mapping[str, Any] | None
) -> InstanceTable:
    """A table with the features of a record returned by `write_features`.

    Raises:
        FormatError: The file is missing or damaged, or belongs to other instances.
    """
    if record is None:
        return table
    member = member_path(folder, record["file"], owner=path)
    models = {str(one["name"]): one["model"] for one in record["columns"]}
    with reading(member, "file of features"):
        arrays = read_npz(member, required=("id", *(f"{_VECTORS}{name}" for name in models)))
        if not np.array_equal(arrays["id"], table.id):
            raise FormatError(f"{member}", expected=f"the ids of {path}", got="other ids")
        columns = {
            name: FeatureColumn(arrays[f"{_VECTORS}{name}"], model)
            for name, model in models.items()
        }
        return replace(table, features=columns)
