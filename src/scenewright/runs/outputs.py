"""Refuses before the work what writing would refuse after it."""

from __future__ import annotations

import os
from pathlib import Path

from scenewright.core import OutputError


def check_output(folder: Path, *, marker: str, overwrite: bool) -> None:
    """Raises unless a folder can be made, or replaced, at a place.

    Args:
        folder: The folder to make.
        marker: File that every folder of this kind holds; others are never replaced.
        overwrite: Whether an older one may be replaced.

    Raises:
        OutputError: Something else is there, or the place cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"Cannot write {folder}", expected="a folder", got="a file of that name")
    place = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(
            f"Cannot write {folder}",
            expected="a place that can be written",
            got=f"no permission to write to {place}" if place.is_dir() else f"the file {place}",
            do="Choose another place.",
        )
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise OutputError(
            f"Cannot write {folder}",
            expected="a folder that does not exist yet",
            got="an existing folder",
            do="Choose another name, or add --overwrite (overwrite=True) to replace it.",
        )
    if not (folder / marker).is_file():
        raise OutputError(
            f"Will not replace {folder}",
            expected=f"an older one of the same kind (it would hold {marker})",
            got="a folder of something else",
            do="Choose another name.",
        )
