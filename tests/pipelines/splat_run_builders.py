"""A fit of a tiny room that is good enough to be divided into objects, in a few seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

from scenewright.pipelines import FitSettings

TINY = FitSettings(preset="preview", steps=12, held_out=4, max_surfels=4000)


def listing(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def without_depth(capture: Path, copy: Path) -> Path:
    """A copy of a capture whose depth pictures are gone."""
    shutil.copytree(capture, copy)
    shutil.rmtree(copy / "depth")
    return copy
