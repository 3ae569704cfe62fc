"""Scenes of separate meshes: what was generated, and the truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Mesh, Scene, ScenewrightError
from scenewright.io import load_scene, read_glb_mesh, read_json
from scenewright.metrics.shapes.scene_shapes import ObjectScene

TRUTH_FILES: Final = {"world.json": "objects", "instances.json": "instances"}
"""Records of true objects in a folder, and the name of their list."""
_OBJECT: Final = "object"
_STUFF: Final = "stuff"


def read_object_scene(path: str | Path) -> ObjectScene:
    """Reads the objects of a scene as meshes in the world frame.

    Floor, walls and ceiling are left out, and so is what belongs to no instance.

    Args:
        path: Folder of a world (``world.json``) or of a capture with the meshes of its objects
            (``instances.json``), or that file, a run, a scene folder, or a GLB with one node per
            object.

    Raises:
        FormatError: A file is missing or damaged, or no object has a mesh.
    """
    source = Path(path)
    if source.name in TRUTH_FILES and (source.parent / "objects").is_dir():
        source = source.parent
    for name, rows in TRUTH_FILES.items():
        if (source / name).is_file() and (source / "objects").is_dir():
            return _read_truth(source, name, rows)
    return object_scene(load_scene(source), name=f"{source}")


def object_scene(scene: Scene, *, name: str = "The scene") -> ObjectScene:
    """The objects of a scene that have meshes, in the world frame.

    Args:
        scene: A scene with assets.
        name: Name of the scene in errors.

    Raises:
        FormatError: No object has a mesh.
    """
    meshes = {}
    for row in scene.instances:
        asset = scene.assets.get(row.id)
        if row.role == _OBJECT and asset is not None and asset.mesh is not None:
            meshes[row.id] = _moved(asset.mesh, asset.world_from_asset)
    if not meshes:
        raise FormatError(
            name,
            expected="objects with meshes",
            got=f"{len(scene.instances)} instances without any",
            do="Give a scene with assets, or a GLB with one node per object.",
        )
    up = np.array([0.0, 0.0, 1.0]) if scene.up is None else scene.up
    return ObjectScene(meshes, up=up)


def is_truth(path: Path) -> bool:
    """Whether a path is one scene, and not a folder of scenes."""
    return path.is_file() or any((path / name).is_file() for name in (*TRUTH_FILES, "scene.json"))


def is_scene_in_folder(path: Path) -> bool:
    """Whether an entry of a folder of scenes is one; settings, pictures and notes are not."""
    if path.name.startswith("."):
        return False
    return path.suffix.casefold() == ".glb" if path.is_file() else is_truth(path)


def num_true_objects(path: Path) -> int:
    """Number of objects that the record of a scene lists, though a mesh may be damaged.

    0 where the record itself cannot be read, or where there is none (a GLB).
    """
    for name, rows in {**TRUTH_FILES, "scene.json": "instances"}.items():
        try:
            listed = read_json(path / name)[rows]
            roles = [_STUFF if row.get("is_stuff") else row.get("role", _OBJECT) for row in listed]
            return roles.count(_OBJECT)
        except (ScenewrightError, KeyError, TypeError, AttributeError):
            continue
    return 0


def _read_truth(folder: Path, name: str, rows: str) -> ObjectScene:
    record = read_json(folder / name)
    meshes: dict[int, Mesh] = {}
    turns: dict[int, int] = {}
    try:
        up = np.asarray(record.get("up", (0.0, 0.0, 1.0)), np.float64)
        for row in record[rows]:
            if row.get("is_stuff"):
                continue
            number, file = int(row["id"]), folder / str(row["mesh"])
            placement = np.asarray(row["world_from_object"], np.float64).reshape(4, 4)
            meshes[number] = _moved(_read_mesh(file, folder), placement)
            turns[number] = _turns(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(
            f"{folder / name}",
            expected=f'{{"{rows}": [{{"id": 1, "mesh": "...", "world_from_object": ...}}, ...]}}',
            got=f"{type(error).__name__}: {error}",
        ) from error
    if not meshes:
        raise FormatError(f"{folder / name}", expected="at least one object", got="none")
    return ObjectScene(meshes, up=up, turns=turns)


def _read_mesh(file: Path, folder: Path) -> Mesh:
    if not file.resolve().is_relative_to(folder.resolve()):
        raise FormatError(f"{file}", expected=f"a file in {folder}", got="a file outside it")
    return read_glb_mesh(file)


def _turns(row: Mapping[str, Any]) -> int:
    symmetry = row.get("symmetry") or {}
    return int(symmetry.get("turns", 1))


def _moved(mesh: Mesh, matrix: NDArray[np.float64]) -> Mesh:
    vertices = mesh.vertices.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    return Mesh(vertices.astype(np.float32), mesh.faces, mesh.vertex_colors, mesh.uv, mesh.texture)
