"""A folder of masks per category or per frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, FormatError
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
