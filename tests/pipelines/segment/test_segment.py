"""Masks that overlap, from a COCO file on the disk to the objects of the scene."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import MaskSet, Scene
from scenewright.fusion import OnlineSegmenter
from scenewright.io import load_scene
from scenewright.io.id_maps import read_id_map, write_id_map
from scenewright.models import create
from scenewright.pipelines.evaluate.scenes import SceneTruth, evaluate
from scenewright.pipelines.segment.steps import segment
from scenewright.worlds import SyntheticCapture, film_room
from tests.command_builders import Call


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


def true_labels(capture: Path) -> dict[int, str]:
    """The label of each true object of a capture."""
    truth = json.loads((capture / "instances.json").read_text("utf-8"))
    return {row["id"]: row["category"] for row in truth["instances"]}


def write_coco(capture: Path, path: Path) -> Path:
    """The true masks of a capture as one COCO file with categories."""
    names = true_labels(capture)
    words = sorted(set(names.values()))
    images, rows = [], []
    for number, picture in enumerate(sorted((capture / "instance").glob("*.png"))):
        images.append({"id": number, "file_name": f"color/{picture.stem}.jpg"})
        ids = read_id_map(picture)
        for i in np.unique(ids[ids > 0]).tolist():
            category = 10 + words.index(names[i])
            rows.append({**annotation(ids == i, 0.9), "image_id": number, "category_id": category})
    categories = [{"id": 10 + i, "name": word} for i, word in enumerate(words)]
    content = {"images": images, "annotations": rows, "categories": categories}
    path.write_text(json.dumps(content))
    return path


def write_named_folder(capture: Path, folder: Path) -> Path:
    """The true id maps of a capture beside a file with the names of the ids."""
    shutil.copytree(capture / "instance", folder)
    (folder / "labels.json").write_text(json.dumps(true_labels(capture)))
    return folder


def write_folders_of_categories(capture: Path, folder: Path) -> Path:
    """The true id maps of a capture, those of each category in its folder."""
    names = true_labels(capture)
    for picture in sorted((capture / "instance").glob("*.png")):
        ids = read_id_map(picture)
        for word in sorted(set(names.values())):
            mine = np.isin(ids, [i for i, name in names.items() if name == word])
            write_id_map(folder / word / picture.name, np.where(mine, ids, 0))
    return folder


def objects_by_truth(scene: Scene, capture: Path) -> dict[int, int]:
    """The true object that most points of each instance lie on."""
    truth = load_scene(capture / "gt_points.ply").points
    cloud = scene.points
    assert truth is not None and truth.instance_id is not None
    assert cloud is not None and cloud.instance_id is not None
    nearest = truth.instance_id[cKDTree(truth.points).query(cloud.points)[1]]
    return {
        i: int(np.bincount(nearest[cloud.instance_id == i]).argmax())
        for i in scene.instances.id.tolist()
    }


@pytest.mark.parametrize("write", [write_coco, write_named_folder, write_folders_of_categories])
def test_names_of_masks_reach_the_files_the_table_and_info(
    write: Callable[[Path, Path], Path], capture: Path, tmp_path: Path, call: Call
) -> None:
    masks = write(capture, tmp_path / "masks.json")
    run = tmp_path / "run"
    outcome = call("segment", capture, "-o", run, "--masks", masks, "--threads", "1")
    assert outcome.code == 0, outcome.err
    scene, names = load_scene(run / "scene"), true_labels(capture)
    shown = objects_by_truth(scene, capture)
    assert len(shown) > 10
    assert {row.id: row.label for row in scene.instances} == {i: names[k] for i, k in shown.items()}
    assert all(max(scores.values()) > 0.8 for scores in scene.instances.label_scores)

    boxes = json.loads((run / "instances.json").read_text("utf-8"))["instances"]
    assert [row["label"] for row in boxes] == list(scene.instances.label)
    assert all(row["label"] == next(iter(row["label_scores"])) for row in boxes)
    for row in scene.instances:
        assert re.search(rf"^\W*{row.id}\W+{row.label}\b", outcome.out, re.MULTILINE), row.label
    told = call("info", run)
    counts = Counter(scene.instances.label)
    assert all(f"{count} {label}" in told.out for label, count in counts.items())
