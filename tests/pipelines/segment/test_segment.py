"""From masks on the disk to the objects of the scene, and what is made of unusual streams."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import ROLES, Camera, Frame, MaskSet, Scene
from scenewright.fusion import OnlineSegmenter
from scenewright.io import load_scene
from scenewright.io.id_maps import read_id_map, write_id_map
from scenewright.models import create
from scenewright.pipelines.evaluate.scenes import SceneTruth, evaluate
from scenewright.pipelines.segment import steps
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.segment.steps import SegmentResult, segment, segment_frames
from scenewright.pipelines.sources.captures import open_frames
from scenewright.worlds import SyntheticCapture, film_room, look_at
from tests.builders import known, turn
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
    told = " ".join(call("info", run).out.split())  # Long lines are wrapped.
    counts = Counter(scene.instances.label)
    assert all(f"{count} {label}" in told for label, count in counts.items())


def assert_sound(result: SegmentResult) -> None:
    """Fails unless the tables, points and meshes of a result fit together."""
    scene = result.scene
    table, fragments = scene.instances, scene.fragments
    ids = table.id.tolist()
    assert len(ids) == len(set(ids)) > 0 and not set(ids) & set(fragments.id.tolist())
    for one in (table, fragments):
        assert set(one.role.tolist()) <= set(ROLES)
        assert ((one.score >= 0) & (one.score <= 1)).all()
        assert np.isfinite(one.center).all() and (one.size > 0).all() and (one.size < 20).all()
        assert (np.asarray(one.num_frames) >= 1).all()
    assert (table.score >= result.config.min_score).all()
    sizes = -np.asarray(table.num_points)
    order = list(zip(table.is_stuff.tolist(), sizes.tolist(), strict=True))
    assert order == sorted(order)
    cloud = known(scene.points)
    assert np.isfinite(cloud.points).all()
    counts = np.bincount(known(cloud.instance_id), minlength=max(ids) + 1)
    assert counts[ids].tolist() == np.asarray(table.num_points).tolist()
    assert set(scene.assets) <= set(ids) and len(scene.assets) > 0


def by_default(frames: list[Frame]) -> SegmentResult:
    """The result of frames of which nothing else is known, without any option."""
    result = segment_frames(open_frames(frames), SegmentSettings())
    assert_sound(result)
    return result


def moved(room: SyntheticCapture, turn: NDArray[np.float64]) -> list[Frame]:
    """The frames of a room in a world that is turned by (3, 3) `turn` and far from the origin."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn, (30.0, -20.0, 5.0)
    return [replace(frame, world_from_cam=pose @ known(frame.world_from_cam)) for frame in room]


def heads_down(frame: Frame) -> Frame:
    """The same view by a camera that is held upside down."""
    camera, pose = frame.camera, known(frame.world_from_cam).copy()
    pose[:3, :2] *= -1
    fx, fy, cx, cy = camera.K[0, 0], camera.K[1, 1], camera.K[0, 2], camera.K[1, 2]
    turned = Camera.from_focal(
        fx, fy, camera.width - cx, camera.height - cy, width=camera.width, height=camera.height
    )
    return replace(
        frame,
        camera=turned,
        world_from_cam=pose,
        image=np.ascontiguousarray(known(frame.image)[::-1, ::-1]),
        depth=np.ascontiguousarray(known(frame.depth)[::-1, ::-1]),
    )


def test_a_tilted_world_has_its_floor_below(room: SyntheticCapture) -> None:
    tilt = turn(np.deg2rad(70), axis=0) @ turn(np.deg2rad(25), axis=1)
    result = by_default(moved(room, tilt))
    up = known(result.scene.up)
    assert up @ tilt @ room.up > np.cos(np.deg2rad(3))
    heights = known(result.scene.points).points @ up
    floors = result.scene.instances.id[result.scene.instances.role == "floor"]
    assert len(floors) > 0
    on_floor = np.isin(known(known(result.scene.points).instance_id), floors)
    assert np.quantile(heights[on_floor], 0.95) < np.quantile(heights, 0.01) + 0.25


def test_without_gravity_nothing_is_a_floor(
    room: SyntheticCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "estimate_up", lambda *_: None)
    frames = [heads_down(frame) if i % 2 else frame for i, frame in enumerate(room)]
    result = by_default(frames)
    assert result.scene.up is None and result.up_source == "unknown"
    assert set(result.scene.instances.role.tolist()) <= {"object", "surface"}


def test_a_room_without_its_floor(room: SyntheticCapture) -> None:
    frames = []
    for frame in room:
        pose, depth = known(frame.world_from_cam), known(frame.depth).copy()
        v, u = np.mgrid[: frame.camera.height, : frame.camera.width] + 0.5
        rays = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(frame.camera.K).T
        height = (rays @ pose[2, :3]) * depth + pose[2, 3]
        depth[height < 0.6] = 0
        frames.append(replace(frame, depth=depth))
    result = by_default(frames)
    roles = result.scene.instances.role.tolist()
    assert "wall" in roles and "floor" not in roles


def test_a_single_frame_by_default(room: SyntheticCapture) -> None:
    result = by_default([room[0]])
    assert (result.num_frames, result.num_segmented) == (1, 1)
    assert set(np.asarray(result.scene.instances.num_frames).tolist()) == {1}


def test_outdoors_the_ground_is_no_object(room: SyntheticCapture) -> None:
    """A camera 1.5 m above level ground without end, with a block on it."""
    frames = []
    for index in range(6):
        pose = look_at(np.array([0.4 * index, -2.5, 1.5]), np.array([0.4 * index, 1.0, 0.0]))
        camera = room.camera
        v, u = np.mgrid[: camera.height, : camera.width] + 0.5
        rays = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(camera.K).T
        down = rays @ pose[2, :3]
        depth = np.where(down < -0.01, -pose[2, 3] / np.minimum(down, -0.01), 0)
        image = np.full((*camera.size, 3), (90, 110, 70), np.uint8)
        side = slice(50, 80)
        image[side, side] = (200, 40, 30)
        depth[side, side] = depth[80, 65]
        frames.append(Frame(index, camera, pose, image, depth.astype(np.float32), name=f"{index}"))
    result = by_default(frames)
    table = result.scene.instances
    largest = int(np.argmax(np.asarray(table.num_points)))
    assert table.role[largest] in ("floor", "surface") and "ceiling" not in table.role.tolist()
