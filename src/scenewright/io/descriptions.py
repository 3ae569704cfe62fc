"""Descriptions of files of known formats."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scenewright.core import FormatError
from scenewright.io import (
    boxes,
    glb,
    onlineanyseg,
    ply,
    scannet,
    scene_folder,
    splat_ply,
    view_html,
)
from scenewright.io._common import reading
from scenewright.io._glb_parts import VERSION as GLB_VERSION
from scenewright.io._suffixes import LOADED, ply_unit, ply_up, scene_folder_in, unknown_suffix
from scenewright.io.point_masks import PointMasks

_UNSTATED = "not stated in a PLY; read as meter"


@dataclass(frozen=True)
class Description:
    """Contents of a file, for the `info` command.

    Attributes:
        kind: Such as ``"scene folder"``.
        unit: Unit of length.
        axes: Directions of the axes.
        version: Format version, or None for a format of other programs.
        num_instances: Number of instances, or None if unknown.
        num_points: Number of points, or None if unknown.
        details: Further facts, as text by name.
        num_surfels: Number of surfels, or None if there are none.
    """

    kind: str
    unit: str
    axes: str
    version: int | None = None
    num_instances: int | None = None
    num_points: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    num_surfels: int | None = None


def describe(path: str | os.PathLike[str]) -> Description:
    """Describes a file or folder of a known format.

    Raises:
        FormatError: The suffix is unknown, or the file is missing or damaged.
    """
    source = Path(path)
    if not source.exists():
        raise FormatError(f"{path}", expected="a file or a folder", got="no such path")
    if source.is_dir():
        return _describe_folder(scene_folder_in(source))
    match source.suffix.lower():
        case ".glb":
            return _describe_glb(source)
        case ".ply" if splat_ply.is_splat_ply(source):
            return _describe_splats(source)
        case ".ply":
            return _describe_ply(source)
        case ".json" if source.name == scene_folder.INDEX:
            return _describe_folder(source.parent)
        case ".json":
            found = boxes.read_box_scene(source)
            number = len(found.instances)
            return Description("boxes", found.unit, _axes(found.up), boxes.VERSION, number)
        case ".npz":
            return _describe_masks(onlineanyseg.read_onlineanyseg(source), "OnlineAnySeg")
        case ".html":
            return _describe_page(source)
        case ".txt":
            return _describe_masks(scannet.read_scannet(source), "ScanNet")
        case _:
            masks = "instance masks"
            known = {**LOADED, ".html": "view.html", ".npz": masks, ".txt": masks}
            raise unknown_suffix(source, known, "describe")


def _axes(up: object) -> str:
    if up is None:
        return "right-handed world; which way is up is unknown"
    x, y, z = np.asarray(up, np.float64).round(4).tolist()
    return f"right-handed world; up is ({x:g}, {y:g}, {z:g})"


def _describe_folder(folder: Path) -> Description:
    index = scene_folder.read_scene_index(folder)
    with reading(folder / scene_folder.INDEX, "scene"):
        steps = ", ".join(str(step["name"]) for step in index["provenance"])
        details = {
            "meshes": str(len(index["assets"])),
            "features": _feature_names(index["features"]),
            "history": steps or "empty",
        }
        if index["rest"] is not None:
            details["rest"] = "the surface that belongs to no object"
        # Contents that many scenes lack are shown only if there are any.
        for name, count in (
            ("views", index["num_views"]),
            ("state grids", len(index["grids"])),
            ("relations", len(index["relations"] or [])),
        ):
            if count:
                details[name] = str(count)
        return Description(
            "scene folder",
            str(index["unit"]),
            _axes(index["up"]),
            int(index["version"]),
            len(index["instances"]),
            int(index["num_points"]),
            details,
            int(index["num_surfels"]) or None,
        )


def _feature_names(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return "none"
    columns = [f"{one['name']} ({one['model'] or 'model unknown'})" for one in record["columns"]]
    return ", ".join(columns)


def _describe_masks(masks: PointMasks, writer: str) -> Description:
    return Description(
        f"instance masks over points ({writer})",
        "none",
        "none; the points are in another file",
        num_instances=len(masks),
        num_points=len(masks.masks),
    )


def _describe_page(path: Path) -> Description:
    document = view_html.read_view(path)
    with reading(path, "page of a scene"):
        names = ("title", "caption")
        details = {name: str(document[name]) for name in names if document[name]}
        details["use"] = "open it in a browser"
        return Description(
            "page of a scene",
            str(document["unit"]),
            "+Y up",
            num_instances=len(document["objects"]),
            details=details,
        )


def _describe_glb(path: Path) -> Description:
    scene = glb.read_glb(path)
    is_ours = glb.is_scenewright_glb(path)
    meshes = [asset.mesh for asset in scene.assets.values() if asset.mesh is not None]
    details = {
        "meshes": str(len(meshes)),
        "vertices": str(sum(len(mesh.vertices) for mesh in meshes)),
    }
    if scene.rest is not None:
        details["rest"] = "the surface that belongs to no object"
    textures = sum(mesh.texture is not None for mesh in meshes)
    if textures:
        details["textures"] = str(textures)
    return Description(
        "GLB by Scenewright" if is_ours else "GLB by another program",
        scene.unit,
        f"glTF: +Y up, -Z forward; read as a {_axes(scene.up)}",
        GLB_VERSION if is_ours else None,
        len(scene.instances),
        details=details,
        num_surfels=None if scene.surfels is None else len(scene.surfels),
    )


def _describe_ply(path: Path) -> Description:
    header = ply.read_ply_header(path)
    counts = {element.name: element.count for element in header.elements}
    columns = [p.name for e in header.elements if e.name == "vertex" for p in e.properties]
    cloud = ply.read_ply_points(path)
    ids = cloud.instance_id
    return Description(
        "PLY mesh" if counts.get("face") else "PLY points",
        ply_unit(path) or _UNSTATED,
        _axes(ply_up(path)),
        num_instances=None if ids is None else len(np.unique(ids[ids > 0])),
        num_points=counts.get("vertex"),
        details={"columns": ", ".join(columns), "faces": str(counts.get("face", 0))},
    )


def _describe_splats(path: Path) -> Description:
    surfels, notes = splat_ply.read_splat_ply(path)
    ids = surfels.instance_id
    details = {"degree of harmonics": str(surfels.sh_degree)}
    if surfels.features is not None:
        details["features"] = str(surfels.features.shape[1])
    if notes:
        details["note"] = " ".join(notes)
    return Description(
        "PLY of 3D Gaussians" if notes else "PLY of surfels",
        ply_unit(path) or _UNSTATED,
        _axes(ply_up(path)),
        num_instances=None if ids is None else len(np.unique(ids[ids > 0])),
        details=details,
        num_surfels=len(surfels),
    )
