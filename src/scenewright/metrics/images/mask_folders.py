"""Folders of true masks and of predicted id maps in the layouts of benchmarks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError
from scenewright.io import read_id_map, read_json
from scenewright.io.pictures import open_picture
from scenewright.metrics.images.prompt_masks import is_inside

_LERF_FOLDER = "test_mask"
_REPLICA_NAME = re.compile(r"semantic_instance_(\d+)")
_REPLICA_FOLDER = "semantic_instance"
STRUCTURE = ("wall", "floor", "ceiling")
"""Classes of Replica that are not objects."""

IdMap = NDArray[np.int32]


class IdMapFolder(Mapping[str, IdMap]):
    """Id maps by frame name, read on access and not cached.

    Frames are sorted by the numbers in their names.

    Args:
        paths: PNG file of each frame.
        change: Applied to each id map after reading.
    """

    def __init__(
        self, paths: Mapping[str, Path], *, change: Callable[[IdMap], IdMap] | None = None
    ) -> None:
        self._paths = {name: paths[name] for name in sorted(paths, key=_natural)}
        self._change = change

    def __getitem__(self, name: str) -> IdMap:
        id_map = read_id_map(self._paths[name])
        return id_map if self._change is None else self._change(id_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def open_id_maps(folder: str | os.PathLike[str]) -> IdMapFolder:
    """Opens a folder of id maps: ``<frame name>.png``, one channel, 0 = nothing.

    Raises:
        FormatError: There is no such folder, or no PNG in it.
    """
    path = _folder(folder, "a folder of id maps")
    return IdMapFolder(_png_files(path))


def read_lerf_masks(
    folder: str | os.PathLike[str],
) -> dict[str, dict[str, NDArray[np.uint8]]]:
    """Reads the true masks of LERF-Mask: ``test_mask/<frame>/<prompt>.png``, grayscale.

    Args:
        folder: The folder of one scene, or its `test_mask`.

    Returns:
        (H, W) uint8 grayscale masks by frame (name of the folder) and by file name without
        ``.png``.

    Raises:
        FormatError: The folder has another layout, or a file is not an image.
    """
    scene = _folder(folder, "a scene of LERF-Mask")
    if (scene / _LERF_FOLDER).is_dir():
        scene = scene / _LERF_FOLDER
    frames = sorted((p for p in scene.iterdir() if p.is_dir()), key=lambda p: _natural(p.name))
    found: dict[str, dict[str, NDArray[np.uint8]]] = {}
    for frame in frames:
        paths = sorted(p for p in frame.iterdir() if p.suffix.lower() == ".png")
        if paths:
            found[frame.name] = {p.name[: -len(p.suffix)]: _read_grayscale(p) for p in paths}
    if not found:
        raise FormatError(
            f"{folder}",
            expected=f"masks as {_LERF_FOLDER}/<frame>/<prompt>.png",
            got="no such file",
        )
    return found


def lerf_id_maps(
    masks: Mapping[str, Mapping[str, NDArray[np.uint8]]],
) -> tuple[dict[str, IdMap], dict[int, str]]:
    """One id map per frame from masks by prompt, as InstaScene (2025) scores them.

    Where masks overlap, the smaller one is on top.

    Args:
        masks: What `read_lerf_masks` gives.

    Returns:
        (H, W) id maps by frame, and the prompt of each id, from 1 in alphabetical order.
    """
    prompts = sorted({prompt for by_prompt in masks.values() for prompt in by_prompt})
    ids = {prompt: i + 1 for i, prompt in enumerate(prompts)}
    found: dict[str, IdMap] = {}
    for frame, by_prompt in masks.items():
        inside = {prompt: is_inside(mask) for prompt, mask in by_prompt.items()}
        shapes = {mask.shape for mask in inside.values()}
        if len(shapes) != 1:
            raise FormatError(
                f"masks of frame {frame}", expected="one size", got=f"{sorted(shapes)}"
            )
        id_map = np.zeros(shapes.pop(), np.int32)
        for prompt in sorted(inside, key=lambda name: -int(inside[name].sum())):
            id_map[inside[prompt]] = ids[prompt]
        found[frame] = id_map
    return found, {i: prompt for prompt, i in ids.items()}


def open_replica(
    folder: str | os.PathLike[str], *, background_ids: Collection[int] = ()
) -> IdMapFolder:
    """True id maps of a rendered Replica sequence: ``semantic_instance_<number>.png``.

    Args:
        folder: The folder of the images, or one that contains it as `semantic_instance`.
        background_ids: Ids that are set to 0, see `replica_background`.

    Returns:
        Id maps by number, such as ``"12"``.

    Raises:
        FormatError: The folder has another layout.
    """
    sequence = _folder(folder, "a sequence of Replica")
    if (sequence / _REPLICA_FOLDER).is_dir():
        sequence = sequence / _REPLICA_FOLDER
    paths = {}
    for path in sequence.iterdir():
        match = _REPLICA_NAME.fullmatch(path.stem)
        if match and path.suffix.lower() == ".png":
            paths[str(int(match[1]))] = path
    if not paths:
        raise FormatError(
            f"{folder}", expected="files semantic_instance_<number>.png", got="no such file"
        )
    background = np.array(sorted(background_ids), np.int32)
    return IdMapFolder(
        paths,
        change=lambda ids: np.where(np.isin(ids, background), np.int32(0), ids),
    )


def replica_background(
    path: str | os.PathLike[str], *, classes: Collection[str] = STRUCTURE
) -> frozenset[int]:
    """Ids of walls, floors and ceilings, from Replica's ``info_semantic.json``.

    Args:
        path: The file.
        classes: Names of classes that are not objects.

    Raises:
        FormatError: The file has other contents.
    """
    info = read_json(path)
    try:
        return frozenset(
            int(one["id"]) for one in info["objects"] if str(one["class_name"]) in classes
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"{path}", expected="objects with id and class_name", got=f"{error!r}"
        ) from error


def pair_frames(
    predicted: Mapping[str, IdMap], truth: Mapping[str, IdMap]
) -> Iterator[tuple[IdMap, IdMap]]:
    """Yields the predicted and the true id map of each true frame, by name.

    Args:
        predicted: Id maps by frame; frames without truth are skipped.
        truth: Id maps by frame; each frame must have a prediction.

    Raises:
        FormatError: A frame has no prediction.
    """
    missing = [name for name in truth if name not in predicted]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise FormatError(
            "predicted id maps",
            expected=f"one for each of {len(truth)} frames, by name",
            got=f"none for {', '.join(missing[:3])}{more}",
            do="Name them like the true frames; the predicted names are, for example, "
            f"{', '.join([*predicted][:3]) or 'none'}.",
        )
    return ((predicted[name], truth[name]) for name in truth)


def _folder(folder: str | os.PathLike[str], kind: str) -> Path:
    path = Path(folder)
    if not path.is_dir():
        raise FormatError(f"{folder}", expected=kind, got="no folder of that name")
    return path


def _png_files(folder: Path) -> dict[str, Path]:
    paths = {p.stem: p for p in folder.iterdir() if p.suffix.lower() == ".png"}
    if not paths:
        raise FormatError(f"{folder}", expected="PNG id maps", got="none")
    return paths


def _read_grayscale(path: Path) -> NDArray[np.uint8]:
    try:
        with open_picture(path) as image:
            return np.asarray(image.convert("L"))
    except OSError as error:
        raise FormatError(f"{path}", expected="a grayscale image", got=f"{error}") from error


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts numbers within names by value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
