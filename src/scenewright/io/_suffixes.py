"""Formats by suffix, and the scene folder inside of a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Scene
from scenewright.io import ply, scene_folder

_DOUBLE = (".splat.ply", ".surfel.ply", ".splat.glb")
LOADED = {
    "": "scene folder", ".glb": "objects", ".ply": "points or splats", ".splat": "splats",
    ".json": "boxes",
}  # fmt: skip
"""Suffix -> contents that scenes are loaded from."""
_PACKED = (".spz", ".sog", ".ksplat")
"""Packed forms of splats, which no maintained package reads and writes."""


def saved_suffix(path: Path) -> str:
    """The suffix that decides the format, in lower case; ``.splat.ply`` counts as one."""
    name = path.name.lower()
    return next((two for two in _DOUBLE if name.endswith(two)), path.suffix.lower())


def unknown_suffix(path: Path, known: Mapping[str, str], verb: str) -> FormatError:
    """The error for an unknown suffix, with the list of known ones.

    Args:
        path: The file.
        known: Suffix -> description.
        verb: Such as ``"load a scene from"``.
    """
    listed = "; ".join(f"{suffix or 'no suffix'} ({what})" for suffix, what in known.items())
    return FormatError(
        f"Cannot {verb} {path}",
        expected=f"one of: {listed}",
        got=f"the suffix {path.suffix or '(none)'}",
        do=_repack(path) if path.suffix.lower() in _PACKED else None,
    )


def _repack(path: Path) -> str:
    return (
        "Packed splats are not read or written here: convert them from or to a PLY with "
        "SuperSplat (superspl.at) or "
        f"'npx @playcanvas/splat-transform {path.name} {path.stem}.ply'."
    )


def scene_folder_in(folder: Path) -> Path:
    """The scene folder: `folder` itself, or the one inside of a run folder.

    Raises:
        FormatError: There is neither.
    """
    for candidate in (folder, folder / "scene"):
        if (candidate / scene_folder.INDEX).is_file():
            return candidate
    # The folder that trainers of Gaussians write; the last iteration is the best one.
    splats = sorted(folder.glob("point_cloud/iteration_*/point_cloud.ply"), key=_iteration)
    raise FormatError(
        f"{folder}",
        expected=f"a scene folder (with {scene_folder.INDEX})",
        got="a folder of 3D Gaussian Splatting" if splats else "another folder",
        do=f"Give its splats: {splats[-1]}" if splats else None,
    )


def _iteration(path: Path) -> int:
    number = path.parent.name.removeprefix("iteration_")
    return int(number) if number.isdecimal() else 0


def scene_comments(scene: Scene) -> list[str]:
    """The comments of a PLY that state what `ply_up` and `ply_unit` read."""
    lines = [] if scene.up is None else [f"up {' '.join(map(repr, scene.up.tolist()))}"]
    return lines if scene.is_metric else [*lines, f"unit {scene.unit}"]


def ply_unit(path: Path) -> str | None:
    """The unit that the comment ``unit NAME`` in a PLY states, or None."""
    comments = [comment.split() for comment in ply.read_ply_header(path).comments]
    return next((words[1] for words in comments if len(words) == 2 and words[0] == "unit"), None)


def ply_up(path: Path) -> NDArray[np.float64] | None:
    """(3,) unit vector of the comment ``up x y z`` in a PLY, or None."""
    for comment in ply.read_ply_header(path).comments:
        match comment.split():
            case ["up", *words] if len(words) == 3:
                with suppress(ValueError):
                    up = np.array([float(word) for word in words])
                    if abs(np.linalg.norm(up) - 1) < 1e-6:
                        return up
    return None
