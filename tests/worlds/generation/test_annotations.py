"""Reading the annotations of a 3D-FUTURE folder."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import FormatError, UnknownNameError
from scenewright.worlds.generation.annotations import FutureObject, decode_mask, open_future
from tests.worlds.generation.future_builders import (
    CABINET,
    FOV,
    STOOL,
    all_annotations,
    annotation,
    run_lengths,
    write_future,
)


def test_images_and_their_objects(tmp_path: Path) -> None:
    folder = open_future(write_future(tmp_path))
    assert [image.name for image in folder.images] == ["0000001", "0000002"]
    assert folder.num_without_file == 1 and folder.known_models == {}
    first, second = folder.images
    assert [one.model_id for one in first.objects] == [CABINET, STOOL]
    assert [one.category for one in first.objects] == ["Cabinet", "Stool"]
    assert first.objects[0].translation == (-0.6, -1.0, -4.0) and first.fov == FOV
    assert (first.num_without_pose, second.num_without_pose) == (0, 2)
    assert second.objects[0].fov is None and open_future(tmp_path).images[1].fov == FOV
    assert folder.model_path(STOOL).is_file() and not folder.model_path("lost").is_file()


def test_without_a_field_of_view_it_is_60_degrees(tmp_path: Path) -> None:
    tree = all_annotations()
    for one in tree["annotations"]:
        one.pop("fov")
    assert open_future(write_future(tmp_path, tree)).images[0].fov == pytest.approx(math.pi / 3)


def test_the_folder_may_be_in_raw_with_a_table_beside_it(tmp_path: Path) -> None:
    write_future(tmp_path / "raw", splits=("test",))
    (tmp_path / "metadata.csv").write_text(
        "sha256,file_identifier,aesthetic_score,captions\n"
        f'abc,3D-FUTURE-model/{STOOL},5.25,"[""a stool""]"\n'
    )
    folder = open_future(tmp_path, split="test")
    assert folder.root == tmp_path / "raw"
    row = folder.known_models[STOOL]
    assert (row.sha256, row.aesthetic_score, row.captions) == ("abc", 5.25, ("a stool",))


def some(segmentation: Any) -> FutureObject:
    return FutureObject(
        "m", "", (0, 0, 0), (0, 0, 0), segmentation, None, "set.json: annotations[4]"
    )


def test_masks_from_run_lengths_and_polygons() -> None:
    mask = np.zeros((5, 7), bool)
    mask[1:4, 2:6] = True
    mask[2, 3] = False
    assert np.array_equal(decode_mask(some(run_lengths(mask)), width=7, height=5), mask)
    square = [2.7, 1.2, 5.9, 1.2, 5.9, 3.9, 2.7, 3.9]
    filled = decode_mask(some([square, [0, 0, 0, 0, 0, 0]]), width=7, height=5)
    mask[2, 3] = mask[0, 0] = True
    assert np.array_equal(filled, mask)


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ([[1, 2, 3, 4]], "segmentation[0]: expected at least three points x0, y0, x1, y1, ..., "
         "got [1, 2, 3, 4]"),
        ([[1, 2, 3, 4, 5, None]], "segmentation[0]: expected at least three points"),
        ({"size": [4, 4], "counts": [16]}, "segmentation: expected the size of the image, 7 x 5, "
         "got 4 x 4"),
        ({"size": [5, 7], "counts": [3]}, "segmentation: expected counts that sum to 35"),
        (None, "segmentation: expected an object with size and counts, got None"),
    ],
)  # fmt: skip
def test_damaged_masks(segmentation: Any, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        decode_mask(some(segmentation), width=7, height=5)
    assert str(caught.value).startswith(f"set.json: annotations[4].{message}")


def test_folders_of_another_form(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        open_future(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: expected a 3D-FUTURE folder with 3D-FUTURE-scene and 3D-FUTURE-model, "
        "got no folder 3D-FUTURE-scene"
    )
    write_future(tmp_path)
    with pytest.raises(FormatError, match=r"test_set.json"):
        open_future(tmp_path, split="test")
    with pytest.raises(UnknownNameError, match="There is no split 'val'"):
        open_future(tmp_path, split="val")
    with pytest.raises(FormatError, match="expected a relative path below"):
        open_future(tmp_path).model_path("../secret")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pose": {"translation": [1, 2], "euler": [0, 0, 0]}},
         "annotations[0].pose.translation: expected three numbers, got [1, 2]"),
        ({"pose": {"translation": [1, 2, 3]}},
         "annotations[0].pose.euler: expected three numbers, got None"),
        ({"image_id": "1"}, "annotations[0].image_id: expected int, got 1"),
        ({"model_id": 7}, "annotations[0].model_id: expected str, got 7"),
        ({"fov": 4}, "annotations[0].fov: expected an angle between 0 and pi, got 4"),
    ],
)  # fmt: skip
def test_damaged_annotations(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    tree = all_annotations() | {"annotations": [annotation(CABINET, **change)]}
    write_future(tmp_path, tree)
    with pytest.raises(FormatError) as caught:
        open_future(tmp_path)
    source = tmp_path / "3D-FUTURE-scene" / "GT" / "train_set.json"
    assert str(caught.value) == f"{source}: {message}"


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({}, "annotations: expected a list of objects, got NoneType"),
        ({"annotations": [], "images": [3]}, "images: expected a list of objects, got list"),
        ({"annotations": [], "images": [{"file_name": "0000001", "id": 1, "width": 0}]},
         "images[0].width: expected 1 to 8192, got 0"),
        ({"annotations": [], "images": [{"id": 1}]}, "images[0].file_name: expected str, got None"),
    ],
)  # fmt: skip
def test_damaged_files(tree: dict[str, Any], message: str, tmp_path: Path) -> None:
    write_future(tmp_path)
    source = tmp_path / "3D-FUTURE-scene" / "GT" / "train_set.json"
    source.write_text(json.dumps(tree))
    with pytest.raises(FormatError) as caught:
        open_future(tmp_path)
    assert str(caught.value) == f"{source}: {message}"
