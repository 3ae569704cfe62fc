"""Masks in a folder per category, per object or per frame, and files named after frames."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scenewright.core import FormatError
from scenewright.models.classical.id_map_files import ID_SUFFIXES
from scenewright.models.classical.mask_matching import NUMBER, FileNames


@dataclass(frozen=True)
class LabeledFile:
    """An id map whose masks have one label.

    Attributes:
        label: The label, empty if unknown.
        path: The id map.
        object_id: Id of its mask if it holds only one, which is the same in all frames; else None.
        score: Score of its masks.
    """

    label: str
    path: Path
    object_id: int | None = None
    score: float = 1.0


_NOT_CATEGORIES = ("color", "rgb", "image", "images", "depth", "pose", "poses", "mask_embeddings")
"""Folders of captures, whose pictures are not masks."""
_TABLE = "metadata.csv"
"""Written by the script of Segment Anything beside the masks of an image."""
_LARGEST_ID = 2**31 - 1


def files_of_subfolders(
    folder: Path, ending: str, *, frame_names: Sequence[str] = ()
) -> dict[str, list[LabeledFile]]:
    """Frame name -> its files, if there is a folder per frame, category or object; else nothing.

    Folders are those of frames if their names match more frames than the names of the files in
    them. If neither match, or no frames are given, they are if all of their names end with a
    number.

    Args:
        folder: The folder of these folders.
        ending: Part of a file name that is not part of the name of the frame or mask.
        frame_names: Names of the capture's frames, if known.

    Raises:
        FormatError: There are two files for one frame or mask.
    """
    folders = [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    if any(path.name.lower() in _NOT_CATEGORIES for path in folders):
        return {}
    inside = {sub: files_by_stem(sub, ID_SUFFIXES, ending) for sub in folders}
    if not any(inside.values()):
        return {}
    if _are_frames(inside, folder, frame_names):
        return {sub.name: _masks_of_frame(sub, found) for sub, found in inside.items()}
    numbers = [int(match[2]) for sub in folders if (match := NUMBER.match(sub.name))]
    are_objects = len(set(numbers)) == len(folders) and all(0 <= n < _LARGEST_ID for n in numbers)
    files: dict[str, list[LabeledFile]] = {}
    for position, (sub, found) in enumerate(inside.items()):
        object_id = numbers[position] + (min(numbers) == 0) if are_objects else None
        label = label_of(sub.name) if are_objects else sub.name
        for name, path in found.items():
            files.setdefault(name, []).append(LabeledFile(label, path, object_id))
    return files


def _are_frames(
    inside: Mapping[Path, Mapping[str, Path]], root: Path, frame_names: Sequence[str]
) -> bool:
    """Whether folders are those of frames, not of categories or objects."""
    of_folders = FileNames((sub.name for sub in inside), root)
    of_files = FileNames(dict.fromkeys(name for found in inside.values() for name in found), root)
    by_folder, by_file = (
        sum(names.find(frame) is not None for frame in frame_names)
        for names in (of_folders, of_files)
    )
    if by_folder != by_file:
        return by_folder > by_file
    return all(NUMBER.match(sub.name) for sub in inside)


def _masks_of_frame(folder: Path, found: Mapping[str, Path]) -> list[LabeledFile]:
    """The files of one frame, with the scores that Segment Anything gave them."""
    scores = _read_scores(folder / _TABLE)
    return [
        LabeledFile(label_of(stem), path, score=scores.get(stem, 1.0))
        for stem, path in found.items()
    ]


def _read_scores(path: Path) -> dict[str, float]:
    """Predicted IoU per mask of a table of Segment Anything; empty if there is none."""
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
        return {row["id"]: min(max(float(row["predicted_iou"]), 0.0), 1.0) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"{path}",
            expected="the table of Segment Anything, with columns id and predicted_iou",
            got=f"a file that cannot be read so ({error})",
            do="Remove the file; every mask then has score 1.",
        ) from error


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
