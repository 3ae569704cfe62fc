"""Masks that overlap, from a COCO file on the disk to the objects of the scene."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import MaskSet, Scene
from scenewright.fusion import OnlineSegmenter
from scenewright.models import create
from scenewright.pipelines.evaluate.scenes import SceneTruth, evaluate
from scenewright.pipelines.segment.steps import segment
from scenewright.worlds import SyntheticCapture, film_room


def annotation(mask: NDArray[np.bool_], score: float) -> dict[str, Any]:
    """A mask as an uncompressed COCO run-length annotation."""
    flat = mask.ravel(order="F")
    edges = [0, *(np.flatnonzero(flat[1:] != flat[:-1]) + 1).tolist(), flat.size]
    counts = [after - before for before, after in pairwise(edges)]
    if flat[0]:
        counts.insert(0, 0)
    return {"segmentation": {"size": list(mask.shape), "counts": counts}, "score": score}


def write_masks(room: SyntheticCapture, folder: Path, *, whole_score: float, copies: int) -> Path:
    """Writes the true masks of a room, each several times, below one mask of the whole picture."""
    folder.mkdir()
    for index in range(len(room)):
        masks = room.masks(index).dense()
        rows = [annotation(mask, 0.8) for mask in masks for _ in range(copies)]
        whole = annotation(np.ones(masks.shape[1:], bool), whole_score)
        # The whole comes last: order alone must not decide what is on top.
        (folder / f"{index:06d}.json").write_text(json.dumps([*rows, whole]))
    return folder


def fused(room: SyntheticCapture, folder: Path) -> Scene:
    """The scene of a room by the online segmenter, with the masks of a folder."""
    proposer = create("masks/folder", folder=folder)
    segmenter = OnlineSegmenter()
    for frame in room:
        masks = proposer.propose(frame)
        assert masks is not None and masks.dense().sum() > masks.height * masks.width
        segmenter.update(frame, masks)
    segmenter.finish()
    return segmenter.result()


@pytest.fixture(scope="module")
def room() -> SyntheticCapture:
    return film_room(3, num_frames=12, width=160, height=120)


def test_higher_score_is_on_top_and_of_equals_the_smaller() -> None:
    whole, part = np.zeros((2, 6, 8), bool)
    whole[:, :], part[2:4, 2:5] = True, True
    for scores, seen in (((0.5, 0.9), 2), ((0.9, 0.5), 1), ((0.7, 0.7), 2)):
        for order in ([0, 1], [1, 0]):
            masks = MaskSet.from_dense(np.stack([whole, part]), scores=np.array(scores, np.float32))
            picture = masks[order].to_id_map()
            assert (picture[part] == seen).all() and (picture[~part] == 1).all()


@pytest.mark.parametrize(("whole_score", "copies"), [(0.3, 1), (0.8, 1), (0.3, 2)])
def test_parts_on_a_whole_become_objects(
    whole_score: float, copies: int, room: SyntheticCapture, tmp_path: Path
) -> None:
    masks = write_masks(room, tmp_path / "masks", whole_score=whole_score, copies=copies)
    result = evaluate(fused(room, masks), SceneTruth(room.truth_points(), room.stuff_ids))
    assert result.quality.num_merged == 0
    assert result.ap["objects, constant scores"].ap50 > 0.8
    assert result.ap["objects, constant scores"].ap25 > 0.9


def test_a_whole_on_top_of_all_parts_hides_them(room: SyntheticCapture, tmp_path: Path) -> None:
    masks = write_masks(room, tmp_path / "masks", whole_score=0.9, copies=1)
    scene = segment(room, masks=masks, stride=4)
    assert len(scene.instances) <= 3
