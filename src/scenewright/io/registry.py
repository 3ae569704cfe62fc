"""Saving and loading by suffix."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    FormatError,
    InstanceTable,
    Mesh,
    OutputError,
    PointCloud,
    Scene,
    SurfelCloud,
)
from scenewright.core.conventions import METER
from scenewright.io import (
    boxes,
    glb,
    onlineanyseg,
    plain_meshes,
    ply,
    scannet,
    scene_folder,
    splat_file,
    splat_glb,
    splat_ply,
    view_html,
)
from scenewright.io._membership import table_of_members
from scenewright.io._suffixes import (
    LOADED,
    ply_unit,
    ply_up,
    saved_suffix,
    scene_comments,
    scene_folder_in,
    unknown_suffix,
)
from scenewright.io.point_masks import PointMasks

logger = logging.getLogger("scenewright.io")

Saveable = Scene | InstanceTable | PointCloud | SurfelCloud | Mesh | PointMasks

_SPLATS = {
    ".splat.ply": "surfels for splat viewers",
    ".surfel.ply": "surfels for 2D Gaussian splatting",
    ".splat.glb": "surfels as KHR_gaussian_splatting",
}
_SAVED: dict[type, dict[str, str]] = {
    Scene: {
        "": "scene folder, everything",
        ".glb": "objects as named nodes; surfels if there are no meshes",
        ".ply": "points with instance_id; surfels if there are no points",
        **_SPLATS,
        ".npz": "instance masks over the points, as OnlineAnySeg writes them",
        ".txt": "the same, as the ScanNet benchmark reads them",
        ".json": "boxes",
        ".html": "page to look at in a browser",
        ".obj": "meshes with vertex colors, +Y up",
        ".stl": "meshes for printing, +Z up",
    },
    InstanceTable: {".json": "boxes"},
    PointCloud: {".ply": "points"},
    SurfelCloud: {".ply": "as .splat.ply", ".glb": "as .splat.glb", **_SPLATS},
    Mesh: {".ply": "mesh", ".glb": "mesh", ".obj": "mesh", ".stl": "mesh"},
    PointMasks: {
        ".npz": "instance masks, as OnlineAnySeg writes them",
        ".txt": "the same, as the ScanNet benchmark reads them",
    },
}


def save(
    value: Saveable,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    up: NDArray[np.float64] | None = None,
) -> Path:
    """Saves a scene, a table of instances, points, surfels, a mesh or masks by the suffix.

    Args:
        value: The value to save.
        path: No suffix means a scene folder. For a scene with points and surfels, `.ply` saves the
            points and `.splat.ply` the surfels; `.glb` and `.splat.glb` likewise select meshes or
            surfels. `.txt` is the index of a ScanNet scene and has its name; its masks go to
            `predicted_masks` next to it.
        overwrite: Whether an existing file or folder may be replaced.
        up: (3,) unit vector against gravity in the frame of a mesh, which `.glb`, `.obj` and `.stl`
            then turn upright; of a scene, its own direction counts.

    Returns:
        The path.

    Raises:
        FormatError: The suffix is unknown for this type of value, or there is nothing to save.
        OutputError: The path exists, or cannot be written.
    """
    target = Path(path)
    known = next((table for kind, table in _SAVED.items() if isinstance(value, kind)), None)
    if known is None:
        names = ", ".join(kind.__name__ for kind in _SAVED)
        raise FormatError("value to save", expected=f"one of {names}", got=type(value).__name__)
    suffix = saved_suffix(target)
    if suffix not in known:
        raise unknown_suffix(target, known, f"save a {type(value).__name__} as")
    if suffix == ".txt":
        target = target.with_suffix(suffix)
    if suffix and target.exists() and not overwrite:
        raise OutputError(
            f"Cannot write {path}",
            expected="a file that does not exist yet",
            got="an existing file",
            do="Choose another name, or add --overwrite (overwrite=True) to replace it.",
        )
    match value:
        case Scene() if suffix == "":
            scene_folder.write_scene_folder(target, value, overwrite=overwrite)
        case Scene():
            _write_scene(value, target, suffix, overwrite=overwrite)
        case SurfelCloud():
            table = table_of_members(value.means, value.instance_id)
            _write_surfels(Scene(table, surfels=value), value, target, suffix)
        case _:
            _write_part(value, target, suffix, overwrite=overwrite, up=up)
    return target


def load_scene(path: str | os.PathLike[str]) -> Scene:
    """Loads a scene from a scene folder (or a run folder with one), `.glb`, `.ply`, `.splat`
    or `.json`.

    A `.ply` gives points or, if it has the columns of splats, surfels, and an axis-aligned box per
    instance id; a `.json` gives boxes only. Splats with a volume become surfels with a warning.

    Raises:
        FormatError: The suffix is unknown, or the file is missing or damaged.
    """
    source = Path(path)
    if not source.exists():
        raise FormatError(f"{path}", expected="a file or a folder", got="no such path")
    if source.is_dir():
        return scene_folder.read_scene_folder(scene_folder_in(source))
    match source.suffix.lower():
        case ".glb":
            return glb.read_glb(source)
        case ".ply" if splat_ply.is_splat_ply(source):
            surfels, notes = splat_ply.read_splat_ply(source)
            for note in notes:
                logger.warning("%s: %s", source, note)
            table = table_of_members(surfels.means, surfels.instance_id)
            return Scene(table, up=ply_up(source), surfels=surfels, is_metric=_is_metric(source))
        case ".splat":
            surfels, notes = splat_file.read_splat_file(source)
            for note in notes:
                logger.warning("%s: %s", source, note)
            return Scene(InstanceTable.empty(), surfels=surfels)
        case ".ply":
            cloud = ply.read_ply_points(source)
            table = table_of_members(cloud.points, cloud.instance_id)
            return Scene(table, cloud, up=ply_up(source), is_metric=_is_metric(source))
        case ".json" if source.name == scene_folder.INDEX:
            return scene_folder.read_scene_folder(source.parent)
        case ".json":
            return boxes.read_box_scene(source)
        case _:
            raise unknown_suffix(source, LOADED, "load a scene from")


def _write_scene(scene: Scene, target: Path, suffix: str, *, overwrite: bool) -> None:
    match suffix:
        case ".glb" if scene.assets or scene.rest is not None or scene.surfels is None:
            glb.write_glb(target, scene)
        case ".ply" if scene.points is not None:
            ply.write_ply_points(target, scene.points, comments=scene_comments(scene))
        case ".npz":
            onlineanyseg.write_onlineanyseg(target, PointMasks.from_scene(scene))
        case ".txt":
            masks = PointMasks.from_scene(scene)
            scannet.write_scannet(target.parent, target.stem, masks, overwrite=overwrite)
        case ".obj":
            meshes = plain_meshes.scene_meshes(scene, where=str(target))
            plain_meshes.write_obj(target, meshes, up=scene.up)
        case ".stl":
            meshes = plain_meshes.scene_meshes(scene, where=str(target))
            plain_meshes.write_stl(target, meshes, up=scene.up)
        case ".html":
            view_html.write_view(target, scene)
        case ".json":
            boxes.write_boxes(target, scene.instances, up=scene.up, is_metric=scene.is_metric)
        case _ if scene.surfels is None:
            wanted = "points or surfels" if suffix == ".ply" else "surfels"
            got = "neither" if suffix == ".ply" else "none"
            raise FormatError(f"Cannot write {target}", expected=f"a scene with {wanted}", got=got)
        case _:
            _write_surfels(scene, scene.surfels, target, suffix)


def _write_surfels(scene: Scene, surfels: SurfelCloud, target: Path, suffix: str) -> None:
    if suffix in (".glb", ".splat.glb"):
        splat_glb.write_splat_glb(target, scene)
        return
    comments = scene_comments(scene)
    with_third = suffix != ".surfel.ply"
    splat_ply.write_splat_ply(target, surfels, third_scale=with_third, comments=comments)


def _write_part(
    value: Saveable,
    target: Path,
    suffix: str,
    *,
    overwrite: bool,
    up: NDArray[np.float64] | None,
) -> None:
    match value, suffix:
        case InstanceTable(), _:
            boxes.write_boxes(target, value)
        case PointCloud(), _:
            ply.write_ply_points(target, value)
        case Mesh(), ".ply":
            ply.write_ply_mesh(target, value)
        case Mesh(), ".obj":
            plain_meshes.write_obj(target, [(target.stem, value)], up=up)
        case Mesh(), ".stl":
            plain_meshes.write_stl(target, [(target.stem, value)], up=up)
        case Mesh(), _:
            glb.write_glb_mesh(target, value, name=target.stem, up=up)
        case PointMasks(), ".txt":
            scannet.write_scannet(target.parent, target.stem, value, overwrite=overwrite)
        case PointMasks(), _:
            onlineanyseg.write_onlineanyseg(target, value)


def _is_metric(path: Path) -> bool:
    return ply_unit(path) in (None, METER)
