"""ScanNet benchmark predictions: an index per scene, and one text file of 0 and 1 per instance."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError
from scenewright.io._common import member_path, reading
from scenewright.io.atomic import atomic_file, staging_folder, write_bytes
from scenewright.io.point_masks import PointMasks

MASK_FOLDER = "predicted_masks"


def write_scannet(
    folder: str | os.PathLike[str], name: str, predictions: PointMasks, *, overwrite: bool = False
) -> Path:
    """Writes ``<name>.txt`` and ``predicted_masks/<name>_000.txt`` ... into a folder.

    The index is written last, so a scene whose index exists is complete. An older scene is replaced
    when all of the new one is on the disk; its surplus masks are removed.

    Args:
        folder: May already contain other scenes.
        name: Name of the scene, such as ``"scene0011_00"``.
        predictions: Instances over the vertices of the scene's mesh, in the mesh's order.
        overwrite: Whether an existing scene may be replaced.

    Returns:
        The index.

    Raises:
        OutputError: The index exists, or the folder cannot be written.
        FormatError: The name is not a plain file name.
    """
    if not name or Path(name).name != name or name in (".", ".."):
        raise FormatError("ScanNet scene", expected="a plain name", got=repr(name))
    index = Path(folder) / f"{name}.txt"
    written: list[Path] = []
    try:
        with atomic_file(index, overwrite=overwrite) as stream:
            names = [f"{name}_{i:03d}.txt" for i in range(len(predictions))]
            masks = index.parent / MASK_FOLDER
            with staging_folder(masks) as staged:
                for i, mask in enumerate(names):
                    write_bytes(staged / mask, _digits(predictions.masks[:, i]))
                    score = float(predictions.score[i])
                    line = f"{MASK_FOLDER}/{mask} {predictions.class_id[i]} {score!r}\n"
                    stream.write(line.encode())
                stream.flush()
                # From here on the masks change, so an older index would no longer be valid.
                index.unlink(missing_ok=True)
                for mask in names:
                    masks.mkdir(exist_ok=True)
                    os.replace(staged / mask, masks / mask)
                    written.append(masks / mask)
            _remove_excess(masks, name, len(predictions))
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return index


def read_scannet(path: str | os.PathLike[str]) -> PointMasks:
    """Reads a scene's index and the masks that it lists.

    Args:
        path: The index; its mask files must be below its folder.

    Raises:
        FormatError: A file is missing, damaged or outside of the folder, or the masks differ in
            length.
    """
    index = Path(path)
    masks: list[NDArray[np.bool_]] = []
    class_ids: list[int] = []
    scores: list[float] = []
    with reading(path, "ScanNet prediction"):
        for line in index.read_text("utf-8").splitlines():
            words = line.split()
            if not words:
                continue
            if len(words) != 3:
                raise FormatError(f"{path}", expected="lines of: file class score", got=line[:80])
            masks.append(_read_mask(member_path(index.parent, words[0], owner=index)))
            class_ids.append(int(words[1]))
            scores.append(float(words[2]))
        lengths = {len(mask) for mask in masks}
        if len(lengths) > 1:
            got = f"from {min(lengths)} to {max(lengths)}"
            raise FormatError(f"{path}", expected="masks of equal length", got=got)
        stack = np.stack(masks, axis=1) if masks else np.zeros((0, 0), np.bool_)
        return PointMasks(stack, np.array(scores, np.float64), np.array(class_ids, np.int32))


def _remove_excess(folder: Path, name: str, count: int) -> None:
    """Removes the masks of a scene with numbers of `count` and above."""
    pattern = re.compile(rf"{re.escape(name)}_(\d{{3,}})\.txt")
    for path in folder.iterdir() if folder.is_dir() else ():
        match = pattern.fullmatch(path.name)
        if match and int(match[1]) >= count:
            path.unlink()


def _digits(mask: NDArray[np.bool_]) -> bytes:
    lines = np.full((len(mask), 2), ord("\n"), np.uint8)
    lines[:, 0] = mask + ord("0")
    return lines.tobytes()


def _read_mask(path: Path) -> NDArray[np.bool_]:
    with reading(path, "mask of 0 and 1"):
        words = np.array(path.read_bytes().split(), dtype="S8")
        invalid = words[(words != b"0") & (words != b"1")]
        if len(invalid):
            # The benchmark treats every number but 0 as membership; a float column is a mistake.
            raise FormatError(f"{path}", expected="0 or 1 per line", got=str(invalid[0])[2:-1])
        mask: NDArray[np.bool_] = words == b"1"
        return mask
