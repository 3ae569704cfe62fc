"""Files for simulators, by the name of the output."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from scenewright.core import OutputError
from scenewright.io.atomic import atomic_folder, write_bytes
from scenewright.simulation.bodies import SimulationScene
from scenewright.simulation.mjcf import MODEL, write_mjcf
from scenewright.simulation.urdf import PLACES, write_urdf
from scenewright.simulation.usd import write_usd

FORMATS = {
    ".usda": "USD as text",
    ".usdc": "USD, binary",
    "-mujoco": "folder for MuJoCo",
    "-urdf": "folder with a URDF per object",
}
"""End of the name of an output -> what it holds."""


def simulation_format(path: str | Path) -> str | None:
    """The key of `FORMATS` that the name of an output ends with, or None.

    ``mujoco`` and ``urdf`` alone count like names that end with ``-mujoco`` and ``-urdf``.
    """
    name = Path(path).name.lower()
    return next((end for end in FORMATS if name.endswith(end) or f"-{name}" == end), None)


def write_simulation(path: str | Path, scene: SimulationScene, *, overwrite: bool = False) -> Path:
    """Writes bodies in the format that the name of the output says, atomically.

    Args:
        path: File or folder to make.
        scene: The bodies.
        overwrite: Whether an existing one may be replaced.

    Raises:
        OutputError: It exists, or cannot be written.
        MissingExtraError: A package for the format is not installed.
    """
    target, form = Path(path), simulation_format(path)
    name = re.sub(r"[^A-Za-z0-9_]+", "_", target.stem).strip("_") or "scene"
    if name[0].isdigit():
        name = f"scene_{name}"
    if form in ("-mujoco", "-urdf"):
        marker, write = (MODEL, write_mjcf) if form == "-mujoco" else (PLACES, write_urdf)
        with atomic_folder(target, overwrite=overwrite, marker=marker) as folder:
            write(folder, scene, name=name)
        return target
    if target.exists() and not overwrite:
        raise OutputError(
            f"Cannot write {path}", expected="a file that does not exist yet",
            got="an existing file",
            do="Choose another name, or add --overwrite (overwrite=True) to replace it.",
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder_name:
        made = Path(folder_name) / f"stage{target.suffix.lower()}"
        write_usd(made, scene, name=name)
        write_bytes(target, made.read_bytes())
    return target
