"""A folder of masks per category or per frame."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, FormatError
from scenewright.models.classical.coco import decode_runs, runs_of
from scenewright.models.classical.mask_folder import MaskFolder
from scenewright.models.classical.mask_subfolders import (
    files_by_stem,
    files_of_subfolders,
    label_of,
)
from tests.models.classical.mask_folder_builders import IDS, message, proposed, write_ids
from tests.models.models_builders import make_frame


def test_a_folder_per_category(tmp_path: Path) -> None:
    write_ids(tmp_path / "chair" / "000000.png", np.where(IDS == 1, 255, 0).astype(np.uint8))
    write_ids(tmp_path / "coffee cup" / "000000.png")
    write_ids(tmp_path / "coffee cup" / "000001.png", np.zeros_like(IDS))
    folder = MaskFolder(tmp_path, frame_names=["000000", "000001", "000002"])
    masks = proposed(folder)
    assert masks.labels == ("chair", "coffee cup", "coffee cup")
    assert masks.ids.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(masks.dense(), [IDS == 1, IDS == 1, IDS == 3])
    assert len(proposed(folder, "000001")) == 0
    assert folder.propose(make_frame("000002")) is None


def test_a_folder_per_frame_with_a_picture_per_mask(tmp_path: Path) -> None:
    one, three = (np.where(IDS == i, 255, 0).astype(np.uint8) for i in (1, 3))
    write_ids(tmp_path / "frame5" / "chair_0.png", one)
    write_ids(tmp_path / "frame5" / "coffee_table-12.png", np.maximum(one, three))
    write_ids(tmp_path / "frame5" / "lamp.png", three)
    write_ids(tmp_path / "frame6" / "0.png", three)
    (tmp_path / "frame7").mkdir()
    folder = MaskFolder(tmp_path, frame_names=["frame-000005", "000006", "000007", "000008"])
    masks = proposed(folder, "000005")
    assert masks.labels == ("chair", "coffee_table", "lamp")
    np.testing.assert_array_equal(masks.dense(), [IDS == 1, IDS > 0, IDS == 3])
    assert proposed(folder, "000006").labels == ("",)
    assert len(proposed(folder, "000007")) == 0
    assert folder.propose(make_frame("000008")) is None


def test_the_pictures_of_a_capture_are_not_categories(tmp_path: Path) -> None:
    write_ids(tmp_path / "depth" / "000000.png")
    write_ids(tmp_path / "instance" / "000000.png")
    with pytest.raises(CaptureError) as caught:
        MaskFolder(tmp_path)
    assert message(caught) == (
        f"Mask folder {tmp_path}: expected files named FRAME.png, .npy, .npz or .json, or a "
        "folder per category, object or frame, got depth, instance, ..."
    )


@pytest.mark.parametrize(
    ("stem", "label"),
    [("3", ""), ("chair", "chair"), ("chair_3", "chair"), ("coffee table 07", "coffee table"),
     ("coffee_table-1", "coffee_table"), ("0003_", "0003")],
)  # fmt: skip
def test_labels_in_the_names_of_pictures(stem: str, label: str) -> None:
    assert label_of(stem) == label


def test_nothing_in_subfolders(tmp_path: Path) -> None:
    assert files_of_subfolders(tmp_path, "") == {}
    (tmp_path / "chair").mkdir()
    (tmp_path / ".git").mkdir()
    write_ids(tmp_path / ".git" / "0.png")
    assert files_of_subfolders(tmp_path, "") == {}


def test_suffix_and_left_out_files(tmp_path: Path) -> None:
    for name in ("0.segm", "0.depth", "1.segm", "labels.segm"):
        write_ids(tmp_path / f"{name}.png")
    left_out = [tmp_path / "labels.segm.png"]
    found = files_by_stem(tmp_path, (".png",), ".segm", leave_out=left_out)
    assert found == {"0": tmp_path / "0.segm.png", "1": tmp_path / "1.segm.png"}
    np.save(tmp_path / "1.segm.npy", IDS)
    with pytest.raises(FormatError) as caught:
        files_by_stem(tmp_path, (".png", ".npy"), ".segm", leave_out=left_out)
    assert message(caught) == (
        f"Folder {tmp_path}: expected one file per frame, got 1.segm.npy and 1.segm.png. Keep only "
        "one of the two file types."
    )


def test_a_folder_per_object_has_the_ids_of_the_folders(tmp_path: Path) -> None:
    for sub, ids in (("0", 1), ("7", 3)):
        for frame in ("000000", "000001"):
            write_ids(
                tmp_path / sub / f"{frame}.png", np.where(IDS == ids, 255, 0).astype(np.uint8)
            )
    folder = MaskFolder(tmp_path, frame_names=["000000", "000001"])
    masks = proposed(folder)
    assert masks.ids.tolist() == [1, 8] and masks.labels == ("", "")
    np.testing.assert_array_equal(masks.dense(), [IDS == 1, IDS == 3])


def test_folders_of_frames_whose_names_hold_no_number(tmp_path: Path) -> None:
    write_ids(tmp_path / "left" / "0.png", np.where(IDS == 1, 255, 0).astype(np.uint8))
    write_ids(tmp_path / "right" / "0.png", np.where(IDS == 3, 255, 0).astype(np.uint8))
    folder = MaskFolder(tmp_path, frame_names=["left", "right"])
    np.testing.assert_array_equal(proposed(folder, "right").dense(), [IDS == 3])


def test_the_table_of_segment_anything_gives_scores(tmp_path: Path) -> None:
    for number, ids in enumerate((1, 3)):
        write_ids(
            tmp_path / "000000" / f"{number}.png", np.where(IDS == ids, 255, 0).astype(np.uint8)
        )
    table = tmp_path / "000000" / "metadata.csv"
    table.write_text("id,area,predicted_iou,stability_score\n0,15,0.75,0.9\n1,8,1.02,0.9\n")
    assert proposed(MaskFolder(tmp_path)).scores.tolist() == [0.75, 1.0]
    table.write_text("id,area\n0,15\n")
    with pytest.raises(FormatError) as caught:
        MaskFolder(tmp_path)
    assert message(caught) == (
        f"{table}: expected the table of Segment Anything, with columns id and predicted_iou, got "
        "a file that cannot be read so ('predicted_iou'). Remove the file; every mask then has "
        "score 1."
    )


def test_grounded_sam2(tmp_path: Path) -> None:
    (tmp_path / "mask_data").mkdir()
    (tmp_path / "json_data").mkdir()
    np.save(tmp_path / "mask_data" / "mask_000000.npy", IDS.astype(np.uint16))
    labels = {"1": {"instance_id": 1, "class_name": "chair"}, "3": {"class_name": "lamp"}}
    text = json.dumps({"mask_name": "mask_000000.npy", "mask_height": 6, "labels": labels})
    (tmp_path / "json_data" / "mask_000000.json").write_text(text)
    masks = proposed(MaskFolder(tmp_path, frame_names=["000000"]))
    assert masks.ids.tolist() == [1, 3] and list(masks.labels) == ["chair", "lamp"]


@pytest.mark.parametrize("name", ["Annotations", "mask_data", "id_maps", "object_mask"])
def test_the_name_of_the_folder_is_no_label(name: str, tmp_path: Path) -> None:
    write_ids(tmp_path / name / "000000.png")
    (tmp_path / "pred.json").write_text('{"annotations": []}')
    masks = proposed(MaskFolder(tmp_path, frame_names=["000000"]))
    assert masks.ids.tolist() == [1, 3] and set(masks.labels) == {""}


def test_id_maps_beside_such_a_folder(tmp_path: Path) -> None:
    write_ids(tmp_path / "000000.png")
    write_ids(tmp_path / "Annotations" / "000000.png", 2 * IDS)
    assert proposed(MaskFolder(tmp_path)).ids.tolist() == [1, 3]


def test_pixels_in_json(tmp_path: Path) -> None:
    rows = [{"segmentation": (IDS == i).tolist(), "area": 1} for i in (1, 3)]
    (tmp_path / "000000.json").write_text(json.dumps(rows))
    masks = MaskFolder(tmp_path).propose(make_frame("000000"))
    assert masks is not None
    assert masks.areas().tolist() == [int((IDS == i).sum()) for i in (1, 3)]
    starts, lengths, size = decode_runs((IDS == 3).astype(int).tolist())
    expected = runs_of(IDS == 3)
    assert size == IDS.shape
    assert starts.tolist() == expected[0].tolist() and lengths.tolist() == expected[1].tolist()


def test_one_file_for_all_frames(tmp_path: Path) -> None:
    np.save(tmp_path / "masks.npy", np.stack([IDS, IDS]))
    with pytest.raises(CaptureError, match="save one file per frame"):
        MaskFolder(tmp_path, frame_names=["000000", "000001"])
