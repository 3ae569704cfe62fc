"""Folders of true masks and of predicted id maps."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import FormatError
from scenewright.io import write_id_map, write_id_maps
from scenewright.metrics import (
    format_masks,
    lerf_id_maps,
    match_id_maps,
    match_prompts,
    open_id_maps,
    open_replica,
    pair_frames,
    read_lerf_masks,
    replica_background,
)

IDS = np.zeros((12, 16), np.int32)
IDS[2:8, 2:8] = 4
IDS[5:11, 9:15] = 300


def write_grayscale(path: Path, inside: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.where(inside, 255, 0).astype(np.uint8)).save(path)


@pytest.fixture
def lerf(tmp_path: Path) -> Path:
    scene = tmp_path / "figurines"
    for frame, shift in (("0", 0), ("10", 1), ("2", 0)):
        ids = np.roll(IDS, shift, axis=1)
        write_grayscale(scene / "test_mask" / frame / "green apple.png", ids == 4)
        write_grayscale(scene / "test_mask" / frame / "rubics cube.png", ids == 300)
    (scene / "test_mask" / "7").mkdir()
    (scene / "images").mkdir()
    return scene


def test_lerf_layout(lerf: Path) -> None:
    for folder in (lerf, lerf / "test_mask"):
        masks = read_lerf_masks(folder)
        assert list(masks) == ["0", "2", "10"]
        assert list(masks["0"]) == ["green apple", "rubics cube"]
        assert np.array_equal(masks["0"]["green apple"] > 128, IDS == 4)
    maps, prompts = lerf_id_maps(masks)
    assert prompts == {1: "green apple", 2: "rubics cube"}
    assert np.array_equal(maps["2"], np.where(IDS == 4, 1, np.where(IDS == 300, 2, 0)))


def test_smaller_masks_lie_on_top() -> None:
    large, small = np.full((6, 6), 255, np.uint8), np.zeros((6, 6), np.uint8)
    small[2:4, 2:4] = 255
    maps, prompts = lerf_id_maps({"0": {"a whole": large, "b part": small}})
    assert prompts == {1: "a whole", 2: "b part"}
    assert np.array_equal(maps["0"], np.where(small > 0, 2, 1))
    with pytest.raises(FormatError) as caught:
        lerf_id_maps({"0": {"a": large, "b": small[:3]}})
    assert str(caught.value) == "masks of frame 0: expected one size, got [(3, 6), (6, 6)]"


def test_from_folders_to_a_table(lerf: Path, tmp_path: Path) -> None:
    masks = read_lerf_masks(lerf)
    write_id_maps(
        tmp_path / "predicted",
        [(name, np.roll(IDS, 1, axis=1) if name == "10" else IDS) for name in masks],
    )
    predicted = open_id_maps(tmp_path / "predicted")
    assert list(predicted) == ["0", "2", "10"] and len(predicted) == 3
    scores, chosen = match_prompts(masks, predicted)
    assert chosen == {"green apple": 4, "rubics cube": 300} and scores.mean_iou == 1
    pairs = [*pair_frames(predicted, lerf_id_maps(masks)[0])]
    match = match_id_maps([found for found, _ in pairs], [wanted for _, wanted in pairs])
    assert match.mean_iou == match.mean_boundary_iou == 1
    assert format_masks({"by prompt": scores, "by id": match}) == (
        "            mIoU  boundary mIoU  true  predicted\n"
        "---------  -----  -------------  ----  ---------\n"
        "by prompt  100.0          100.0     2          -\n"
        "by id      100.0          100.0     2          2"
    )


def test_replica_layout(tmp_path: Path) -> None:
    folder = tmp_path / "office_0" / "semantic_instance"
    folder.mkdir(parents=True)
    for number in (10, 9, 100):
        write_id_map(folder / f"semantic_instance_{number}.png", IDS)
    write_id_map(folder / "semantic_class_9.png", IDS)
    info = tmp_path / "info_semantic.json"
    info.write_text(
        json.dumps(
            {"objects": [{"id": 4, "class_name": "wall"}, {"id": 300, "class_name": "chair"}]}
        )
    )
    background = replica_background(info)
    assert background == {4}
    assert replica_background(info, classes=("chair",)) == {300}
    for path in (folder, folder.parent):
        maps = open_replica(path, background_ids=background)
        assert list(maps) == ["9", "10", "100"]
        assert np.array_equal(maps["9"], np.where(IDS == 4, 0, IDS))
    assert np.array_equal(open_replica(folder)["100"], IDS)


def test_what_is_missing_is_named(tmp_path: Path, lerf: Path) -> None:
    (tmp_path / "empty").mkdir()
    empty, absent = tmp_path / "empty", tmp_path / "absent"
    for function, path, message in (
        (open_id_maps, absent,
         f"{absent}: expected a folder of id maps, got no folder of that name"),
        (open_id_maps, empty, f"{empty}: expected PNG id maps, got none"),
        (read_lerf_masks, absent,
         f"{absent}: expected a scene of LERF-Mask, got no folder of that name"),
        (read_lerf_masks, empty,
         f"{empty}: expected masks as test_mask/<frame>/<prompt>.png, got no such file"),
        (open_replica, absent,
         f"{absent}: expected a sequence of Replica, got no folder of that name"),
        (open_replica, empty,
         f"{empty}: expected files semantic_instance_<number>.png, got no such file"),
    ):  # fmt: skip
        with pytest.raises(FormatError) as caught:
            function(path)
        assert str(caught.value) == message
    with pytest.raises(FormatError) as caught:
        pair_frames({"frame_00001": IDS}, dict.fromkeys("abcde", IDS))
    assert str(caught.value) == (
        "predicted id maps: expected one for each of 5 frames, by name, got none for a, b, c and "
        "2 more. Name them like the true frames; the predicted names are, for example, "
        "frame_00001."
    )
    bad = lerf / "test_mask" / "0" / "green apple.png"
    bad.write_bytes(b"not an image")
    with pytest.raises(FormatError, match=r"green apple\.png: expected a grayscale image, got"):
        read_lerf_masks(lerf)
    (empty / "info.json").write_text('{"objects": [{"id": 3}]}')
    with pytest.raises(FormatError) as caught:
        replica_background(empty / "info.json")
    assert str(caught.value) == (
        f"{empty / 'info.json'}: expected objects with id and class_name, got "
        "KeyError('class_name')"
    )
