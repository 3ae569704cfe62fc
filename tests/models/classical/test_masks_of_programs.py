"""Folders of masks as programs that segment videos leave them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.models.classical.coco import decode_runs, runs_of
from scenewright.models.classical.mask_folder import MaskFolder
from tests.models.classical.mask_folder_builders import IDS, proposed, write_ids
from tests.models.models_builders import make_frame


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
