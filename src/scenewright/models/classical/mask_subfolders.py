"""Masks in a folder per category or per frame, and files named after frames."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from scenewright.core import FormatError
from scenewright.models.classical.id_map_files import ID_SUFFIXES

NUMBER = re.compile(r"(.*?)(\d+)$")
"""A name that ends with a number: what comes before it, and the number."""
LabeledFile = tuple[str, Path]
"""Label of all masks of an id map, and the id map."""
_NOT_CATEGORIES = ("color", "rgb", "image", "images", "depth", "pose", "poses", "mask_embeddings")
"""Folders of captures, whose pictures are not masks."""


def files_of_subfolders(folder: Path, ending: str) -> dict[str, list[LabeledFile]]:
    """Frame name -> its files, if there is a folder per frame or per category; else nothing.

    Folders whose names all end with a number are those of frames.

    Args:
        folder: The folder of these folders.
        ending: Part of a file name that is not part of the name of the frame or mask.

    Raises:
        FormatError: There are two files for one frame or mask.
    """
    folders = [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    if any(path.name.lower() in _NOT_CATEGORIES for path in folders):
        return {}
    by_frame = all(NUMBER.match(path.name) for path in folders)
    files: dict[str, list[LabeledFile]] = {}
    for sub in folders:
        found = files_by_stem(sub, ID_SUFFIXES, ending)
        if by_frame:
            files[sub.name] = [(label_of(stem), path) for stem, path in found.items()]
            continue
        for name, path in found.items():
            files.setdefault(name, []).append((sub.name, path))
    return files if any(files.values()) else {}


def label_of(stem: str) -> str:
    """The label in the name of a picture of one mask: ``chair`` of ``chair_3``, none of ``3``."""
    number = NUMBER.match(stem)
    return (number[1] if number else stem).strip("_-. ")


def files_by_stem(
    folder: Path, suffixes: tuple[str, ...], ending: str, *, leave_out: Sequence[Path] = ()
) -> dict[str, Path]:
    """Frame name -> file, sorted by file name.

    Args:
        folder: The folder of the files.
        suffixes: File types.
        ending: Part of a file name between the name of the frame and the file type.
        leave_out: Files that belong to no frame.

    Raises:
        FormatError: There are two files for one frame.
    """
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in suffixes or not path.stem.endswith(ending):
            continue
        if path in leave_out:
            continue
        name = path.stem[: len(path.stem) - len(ending)]
        if name in files:
            raise FormatError(
                f"Folder {folder}",
                expected="one file per frame",
                got=f"{files[name].name} and {path.name}",
                do="Keep only one of the two file types.",
            )
        files[name] = path
    return files
