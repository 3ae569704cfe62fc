"""COCO files of a frame and of a capture, with their categories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.models.classical.coco_files import (
    is_coco_of_capture,
    read_annotations,
    read_coco_of_capture,
)

CATEGORIES = [{"id": 3, "name": "chair", "supercategory": "seat"}, {"id": 8, "name": "cup"}]
IMAGES = [{"id": 4, "file_name": "color/000000.jpg"}, {"id": 9, "file_name": "000001.png"}]


def test_annotations_go_to_their_images_with_the_categories(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    rows = [{"image_id": 9, "category_id": 3}, {"image_id": 4}, {"image_id": 9}]
    path.write_text(json.dumps({"images": IMAGES, "annotations": rows, "categories": CATEGORIES}))
    found = read_coco_of_capture(path)
    assert found["000000"].rows == [rows[1]] and found["000001"].rows == [rows[0], rows[2]]
    assert found["000001"].where == f"{path}, image '000001'"
    assert all(item.categories == {3: "chair", 8: "cup"} for item in found.values())


@pytest.mark.parametrize("categories", [None, []])
def test_a_file_without_categories(tmp_path: Path, categories: object) -> None:
    path = tmp_path / "0.json"
    path.write_text(json.dumps({"annotations": [], "categories": categories}))
    assert read_annotations(path).categories == {}
    path.write_text("[]")
    assert read_annotations(path).categories == {} and read_annotations(path).rows == []


def test_categories_of_one_frame(tmp_path: Path) -> None:
    path = tmp_path / "0.json"
    path.write_text(json.dumps({"annotations": [{}], "categories": CATEGORIES}))
    found = read_annotations(path)
    assert found.rows == [{}] and found.categories == {3: "chair", 8: "cup"}


def test_bad_categories_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    path.write_text(json.dumps({"images": [], "annotations": [], "categories": {"1": "chair"}}))
    with pytest.raises(FormatError) as caught:
        read_coco_of_capture(path)
    assert str(caught.value) == f"{path}: expected categories as a list, got {{'1': 'chair'}}"


def test_what_a_file_of_a_capture_is() -> None:
    assert is_coco_of_capture({"images": [], "annotations": []})
    assert not is_coco_of_capture({"annotations": []}) and not is_coco_of_capture([])


def test_a_file_of_labelme_is_named(tmp_path: Path) -> None:
    path = tmp_path / "000000.json"
    path.write_text(json.dumps({"shapes": [{"label": "a", "points": [[5, 5]]}]}))
    with pytest.raises(FormatError, match=r"got a file of LabelMe\. Convert its polygons"):
        read_annotations(path)
