"""Meshes as OBJ files, which MuJoCo and URDF readers load."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.io.atomic import write_text


def write_obj(path: Path, vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> None:
    """Writes a triangle mesh, meters."""
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in np.asarray(vertices, np.float64).tolist()]
    lines += [f"f {a} {b} {c}" for a, b, c in (np.asarray(faces) + 1).tolist()]
    write_text(path, "\n".join(lines) + "\n")


def numbers(values: NDArray[np.floating] | tuple[float, ...]) -> str:
    """Numbers separated by spaces."""
    return " ".join(f"{float(value):.9g}" for value in np.asarray(values).ravel())
