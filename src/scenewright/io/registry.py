"""Save, load and describe by suffix."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    FormatError,
    Instance,
    InstanceTable,
    Mesh,
    OutputError,
    PointCloud,
    Scene,
)
from scenewright.core.boxes import Box3D
from scenewright.io import boxes, glb, onlineanyseg, ply, scannet, scene_folder
from scenewright.io._common import reading
from scenewright.io.point_masks import PointMasks

Saveable = Scene | InstanceTable | PointCloud | Mesh | PointMasks

_SAVED: dict[type, dict[str, str]] = {
    Scene: {
        "": "scene folder, everything",
        ".glb": "objects as named nodes",
        ".ply": "points with instance_id",
        ".npz": "instance masks over the points, as OnlineAnySeg writes them",
        ".txt": "the same, as the ScanNet benchmark reads them",
        ".json": "boxes",
    },
    InstanceTable: {".json": "boxes"},
    PointCloud: {".ply": "points"},
    Mesh: {".ply": "mesh", ".glb": "mesh"},
    PointMasks: {
        ".npz": "instance masks, as OnlineAnySeg writes them",
        ".txt": "the same, as the ScanNet benchmark reads them",
    },
}
_LOADED = {"": "scene folder", ".glb": "objects", ".ply": "points", ".json": "boxes"}


def save(value: Saveable, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Saves a scene, a table of instances, points, a mesh or masks in the format of the suffix.

    Args:
        value: What to save.
        path: No suffix stands for a scene folder. `.txt` is the index of a ScanNet scene and named
            after it; its masks go into `predicted_masks` beside it.
        overwrite: Whether what is there may be replaced.

    Returns:
        The path.

    Raises:
        FormatError: The suffix is unknown for this kind of value.
        OutputError: The path exists, or cannot be written.
    """
    target = Path(path)
    known = next((table for kind, table in _SAVED.items() if isinstance(value, kind)), None)
    if known is None:
        names = ", ".join(kind.__name__ for kind in _SAVED)
        raise FormatError("value to save", expected=f"one of {names}", got=type(value).__name__)
    suffix = _suffix(target)
    if suffix not in known:
        raise _unknown_suffix(target, known, f"save a {type(value).__name__} as")
    if suffix == ".txt":
        target = target.with_suffix(suffix)
    if suffix and target.exists() and not overwrite:
        raise OutputError(
            f"Cannot write {path}",
            expected="a file that does not exist yet",
            got="an existing file",
            do="Choose another name, or add --overwrite (overwrite=True) to replace it.",
        )
    if suffix == "":
        assert isinstance(value, Scene)
        scene_folder.write_scene_folder(target, value, overwrite=overwrite)
    else:
        _write(value, target, suffix, overwrite=overwrite)
    return target


def load_scene(path: str | os.PathLike[str]) -> Scene:
    """Loads a scene from a scene folder (or a run that holds one), `.glb`, `.ply` or `.json`.

    A `.ply` gives points, and an axis-aligned box per instance id; a `.json` gives boxes only.

    Raises:
        FormatError: The suffix is unknown, or the file is missing or damaged.
    """
    source = Path(path)
    if not source.exists():
        raise FormatError(f"{path}", expected="a file or a folder", got="nothing of that name")
    if source.is_dir():
        return scene_folder.read_scene_folder(_scene_folder(source))
    match _suffix(source):
        case ".glb":
            return glb.read_glb(source)
        case ".ply":
            cloud = ply.read_ply_points(source)
            return Scene(_table_of_points(cloud), cloud, up=_ply_up(source))
        case ".json" if source.name == scene_folder.INDEX:
            return scene_folder.read_scene_folder(source.parent)
        case ".json":
            table, up = boxes.read_boxes(source)
            with reading(source, "box file"):
                return Scene(table, up=up)
        case _:
            raise _unknown_suffix(source, _LOADED, "load a scene from")


@dataclass(frozen=True)
class Description:
    """What a file is, for the `info` command.

    Attributes:
        kind: Such as ``"scene folder"``.
        unit: Unit of lengths.
        axes: Which way the axes point.
        version: Version of our format, or None for a format of others.
        num_instances: Or None if the file does not say.
        num_points: Or None if the file does not say.
        details: Anything else, in words.
    """

    kind: str
    unit: str
    axes: str
    version: int | None = None
    num_instances: int | None = None
    num_points: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def describe(path: str | os.PathLike[str]) -> Description:
    """Says what a file or folder of a known format holds.

    Raises:
        FormatError: The suffix is unknown, or the file is missing or damaged.
    """
    source = Path(path)
    if not source.exists():
        raise FormatError(f"{path}", expected="a file or a folder", got="nothing of that name")
    if source.is_dir():
        return _describe_folder(_scene_folder(source))
    match _suffix(source):
        case ".glb":
            return _describe_glb(source)
        case ".ply":
            return _describe_ply(source)
        case ".json" if source.name == scene_folder.INDEX:
            return _describe_folder(source.parent)
        case ".json":
            table, up = boxes.read_boxes(source)
            return Description("boxes", "metre", _axes(up), boxes.VERSION, len(table))
        case ".npz":
            return _describe_masks(onlineanyseg.read_onlineanyseg(source), "OnlineAnySeg")
        case ".txt":
            return _describe_masks(scannet.read_scannet(source), "ScanNet")
        case _:
            known = {**_LOADED, ".npz": "instance masks", ".txt": "instance masks"}
            raise _unknown_suffix(source, known, "describe")


def _suffix(path: Path) -> str:
    return path.suffix.lower()


def _unknown_suffix(path: Path, known: Mapping[str, str], verb: str) -> FormatError:
    listed = "; ".join(f"{suffix or 'no suffix'} ({what})" for suffix, what in known.items())
    return FormatError(
        f"Cannot {verb} {path}",
        expected=f"one of: {listed}",
        got=f"the suffix {path.suffix or '(none)'}",
    )


def _scene_folder(folder: Path) -> Path:
    """The scene folder that `folder` is or, being the folder of a run, holds."""
    for candidate in (folder, folder / "scene"):
        if (candidate / scene_folder.INDEX).is_file():
            return candidate
    raise FormatError(
        f"{folder}", expected=f"a scene folder (with {scene_folder.INDEX})", got="another folder"
    )


def _write(value: Saveable, target: Path, suffix: str, *, overwrite: bool) -> None:
    match value, suffix:
        case Scene(), ".glb":
            glb.write_glb(target, value)
        case Scene(points=None), ".ply":
            raise FormatError(f"Cannot write {target}", expected="a scene with points", got="none")
        case Scene(points=PointCloud() as points), ".ply":
            up = [] if value.up is None else [f"up {' '.join(map(repr, value.up.tolist()))}"]
            ply.write_ply_points(target, points, comments=up)
        case Scene(), ".npz":
            onlineanyseg.write_onlineanyseg(target, PointMasks.from_scene(value))
        case Scene(), ".txt":
            masks = PointMasks.from_scene(value)
            scannet.write_scannet(target.parent, target.stem, masks, overwrite=overwrite)
        case Scene(), ".json":
            boxes.write_boxes(target, value.instances, up=value.up)
        case InstanceTable(), _:
            boxes.write_boxes(target, value)
        case PointCloud(), _:
            ply.write_ply_points(target, value)
        case Mesh(), ".ply":
            ply.write_ply_mesh(target, value)
        case Mesh(), _:
            glb.write_glb_mesh(target, value, name=target.stem)
        case PointMasks(), ".txt":
            scannet.write_scannet(target.parent, target.stem, value, overwrite=overwrite)
        case PointMasks(), _:
            onlineanyseg.write_onlineanyseg(target, value)


def _ply_up(path: Path) -> NDArray[np.float64] | None:
    """The direction in a comment ``up x y z``, unless it only looks like one."""
    for comment in ply.read_ply_header(path).comments:
        match comment.split():
            case ["up", *words] if len(words) == 3:
                with suppress(ValueError):
                    up = np.array([float(word) for word in words])
                    if abs(np.linalg.norm(up) - 1) < 1e-6:
                        return up
    return None


def _table_of_points(cloud: PointCloud) -> InstanceTable:
    if cloud.instance_id is None:
        return InstanceTable.empty()
    order = np.argsort(cloud.instance_id, kind="stable")
    ids, first = np.unique(cloud.instance_id[order], return_index=True)
    rows = []
    for instance_id, members in zip(ids, np.split(order, first[1:]), strict=True):
        if instance_id > 0:
            points = cloud.points[members].astype(np.float64)
            low, high = points.min(axis=0), points.max(axis=0)
            box = Box3D((low + high) / 2, high - low, np.eye(3))
            rows.append(Instance(int(instance_id), "", 1.0, box, len(points), 0, None))
    return InstanceTable.from_rows(rows)


def _axes(up: object) -> str:
    if up is None:
        return "right-handed world; which way is up is unknown"
    x, y, z = np.asarray(up, np.float64).round(4).tolist()
    return f"right-handed world; up is ({x:g}, {y:g}, {z:g})"


def _describe_folder(folder: Path) -> Description:
    index = scene_folder.read_scene_index(folder)
    with reading(folder / scene_folder.INDEX, "scene"):
        steps = ", ".join(str(step["name"]) for step in index["provenance"])
        return Description(
            "scene folder",
            str(index["unit"]),
            _axes(index["up"]),
            int(index["version"]),
            len(index["instances"]),
            int(index["num_points"]),
            {
                "meshes": str(len(index["assets"])),
                "embeddings": "no" if index["embeddings"] is None else "yes",
                "history": steps or "empty",
            },
        )


def _describe_masks(masks: PointMasks, writer: str) -> Description:
    return Description(
        f"instance masks over points ({writer})",
        "none",
        "none; the points are in another file",
        num_instances=len(masks),
        num_points=len(masks.masks),
    )


def _describe_glb(path: Path) -> Description:
    scene = glb.read_glb(path)
    own = glb.is_own_glb(path)
    vertices = sum(len(asset.mesh.vertices) for asset in scene.assets.values())
    return Description(
        "GLB by Scenewright" if own else "GLB by another program",
        "metre",
        f"glTF: +Y up, -Z forward; read as a {_axes(scene.up)}",
        glb.VERSION if own else None,
        len(scene.instances),
        details={"meshes": str(len(scene.assets)), "vertices": str(vertices)},
    )


def _describe_ply(path: Path) -> Description:
    header = ply.read_ply_header(path)
    counts = {element.name: element.count for element in header.elements}
    columns = [p.name for e in header.elements if e.name == "vertex" for p in e.properties]
    cloud = ply.read_ply_points(path)
    ids = cloud.instance_id
    return Description(
        "PLY mesh" if counts.get("face") else "PLY points",
        "not stated in a PLY; read as metre",
        _axes(_ply_up(path)),
        num_instances=None if ids is None else len(np.unique(ids[ids > 0])),
        num_points=counts.get("vertex"),
        details={"columns": ", ".join(columns), "faces": str(counts.get("face", 0))},
    )
