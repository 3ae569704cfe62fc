"""Id maps of a run against true masks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError
from scenewright.io import read_json
from scenewright.io.id_maps import ID_MAPS
from scenewright.metrics import (
    IdMapFolder,
    match_id_maps,
    match_prompts,
    open_id_maps,
    open_replica,
    pair_frames,
    read_lerf_masks,
    replica_background,
)
from scenewright.metrics.images.prompt_masks import resize_nearest
from scenewright.pipelines.evaluate.scenes import TRUTH_INSTANCES
from scenewright.pipelines.evaluate.splats import SplatEvaluation, run_stages
from scenewright.runs.stages import StageCost

IdMap = NDArray[np.int32]
_Prompts = dict[str, dict[str, NDArray[np.uint8]]]
"""Masks by frame and prompt."""
_TRUE_FOLDER = "instance"
_LAST_NUMBER = re.compile(r"(\d+)\D*$")
_REPLICA_INFO = ("info_semantic.json", "habitat/info_semantic.json")


def evaluate_id_maps(run: str | Path, truth: str | Path) -> SplatEvaluation:
    """Compares the id maps of a run with true masks, paired one to one.

    Args:
        run: A run of `decompose_run` (or of `segment_run` with id maps), or a folder of id maps.
        truth: Folder of true id maps, of a capture that holds them as ``instance/``, of a scene of
            LERF-Mask, or of a sequence of Replica; recognized by its contents.

    Raises:
        FormatError: There are no id maps, or the frames or sizes do not match.
    """
    path, folder = Path(run), Path(truth)
    found = open_id_maps(path / ID_MAPS if (path / ID_MAPS).is_dir() else path)
    stages = run_stages(path)
    if not folder.is_dir():
        raise FormatError(f"{truth}", expected="a folder of true masks", got="no such folder")
    if _is_lerf(folder):
        masks = _by_view(read_lerf_masks(folder), folder, found)
        scores, _ = match_prompts(masks, found)
        note = "prompts were matched to ids by overlap, one to one, not by text"
        return SplatEvaluation(masks={"LERF-Mask": scores}, stages=stages, notes=(note,))
    if _is_replica(folder):
        wanted = open_replica(folder, background_ids=_replica_stuff(folder))
        return _match("Replica", _by_number(found, wanted), wanted, stages)
    maps_folder = folder / _TRUE_FOLDER if (folder / _TRUE_FOLDER).is_dir() else folder
    true_maps = open_id_maps(maps_folder)
    result = _match("all", found, true_maps, stages)
    stuff = _stuff(folder, maps_folder)
    if stuff:
        objects = _match("objects", found, true_maps, stages, stuff=stuff)
        result = result.joined(objects)
    return result


def _match(
    name: str,
    found: Mapping[str, IdMap],
    wanted: Mapping[str, IdMap],
    stages: Mapping[str, StageCost],
    *,
    stuff: frozenset[int] = frozenset(),
) -> SplatEvaluation:
    """Compares the frames that are views of the run, and notes the others."""
    shared = [frame for frame in wanted if frame in found] or list(wanted)
    notes: tuple[str, ...] = ()
    if len(shared) < len(wanted):
        left = len(wanted) - len(shared)
        notes = (f"{left} of {len(wanted)} true frames are not views of the run",)

    def pairs() -> Iterator[tuple[IdMap, IdMap]]:
        for predicted, truth in pair_frames(found, {key: wanted[key] for key in shared}):
            things = truth if not stuff else np.where(np.isin(truth, list(stuff)), 0, truth)
            if predicted.shape != truth.shape:
                predicted = resize_nearest(predicted, truth.shape)
            yield predicted, things.astype(np.int32)

    both = list(pairs())
    result = match_id_maps([predicted for predicted, _ in both], [truth for _, truth in both])
    return SplatEvaluation(masks={name: result}, stages=stages, notes=notes)


def _is_lerf(folder: Path) -> bool:
    return (folder / "test_mask").is_dir() or folder.name == "test_mask"


def _by_view(masks: _Prompts, folder: Path, found: Mapping[str, IdMap]) -> _Prompts:
    """The masks by the names of views: test view n is the n-th that is not among the training ones.

    Masks whose frames are named as the views are, or whose scene has no training images beside
    them, stay as they are.
    """
    scene = folder.parent if folder.name == "test_mask" else folder
    if any(name in found for name in masks) or not (scene / "images_train").is_dir():
        return masks
    learned = {path.stem for path in (scene / "images_train").iterdir()}
    tests = sorted({path.stem for path in (scene / "images").iterdir()} - learned)
    numbers = {name: int(name) for name in masks if name.isdecimal() and int(name) < len(tests)}
    if len(numbers) < len(masks):
        return masks
    return {tests[number]: masks[name] for name, number in numbers.items()}


def _is_replica(folder: Path) -> bool:
    inside = folder / "semantic_instance"
    return inside.is_dir() or any(folder.glob("semantic_instance_*.png"))


def _replica_stuff(folder: Path) -> frozenset[int]:
    for parent in (folder, *folder.absolute().parents[:2]):
        for name in _REPLICA_INFO:
            if (parent / name).is_file():
                return replica_background(parent / name)
    return frozenset()


def _by_number(found: IdMapFolder, wanted: Mapping[str, IdMap]) -> Mapping[str, IdMap]:
    """Predicted id maps by the frame numbers of Replica."""
    names = {}
    for name in found:
        match = _LAST_NUMBER.search(name)
        if match:
            names[str(int(match[1]))] = name
    return {number: found[names[number]] for number in wanted if number in names}


def _stuff(folder: Path, maps_folder: Path) -> frozenset[int]:
    """Ids of walls, floors and the like, from an instances.json beside the id maps."""
    for path in (folder / TRUTH_INSTANCES, maps_folder.parent / TRUTH_INSTANCES):
        if path.is_file():
            rows = read_json(path).get("instances", [])
            return frozenset(int(row["id"]) for row in rows if row.get("is_stuff"))
    return frozenset()
