"""A tiny fit, good enough to be decomposed into objects, that takes a few seconds."""

from __future__ import annotations

from pathlib import Path

from scenewright.pipelines.fit_splats.settings import FitSettings

TINY = FitSettings(preset="preview", steps=12, held_out="4", max_surfels=4000)


def listing(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
