"""Layouts of precomputed masks, matching by name, and errors for wrong folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from scenewright.core import (
    CaptureError,
    FormatError,
    ShapeError,
    WeightsError,
)
from scenewright.models import create
from scenewright.models.classical.mask_folder import MaskFolder
from tests.models.classical.mask_folder_builders import IDS, message, proposed, write_ids
from tests.models.models_builders import make_frame

TABLE = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 2.0]], np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_id_maps(tmp_path: Path, dtype: type) -> None:
    ids: NDArray[Any] = IDS.astype(dtype)
    if dtype is np.uint16:
        ids = np.where(ids == 3, 40_000, ids).astype(dtype)
    write_ids(tmp_path / "000000.png", ids)
    masks = proposed(create("masks/folder", folder=tmp_path))
    np.testing.assert_array_equal(masks.to_id_map(), ids)
    assert masks.embeddings is None


def test_no_file_is_none_and_an_empty_id_map_is_an_empty_set(tmp_path: Path) -> None:
    write_ids(tmp_path / "000000.png", np.zeros_like(IDS))
    folder = MaskFolder(tmp_path)
    assert len(proposed(folder)) == 0
    assert folder.propose(make_frame("000001")) is None


@pytest.mark.parametrize(
    ("stem", "frame_name"),
    [
        ("000000", "000000"),
        ("0", "000000"),
        ("000012", "12"),
        ("5", "frame-000005"),
        ("frame-5", "frame-000005"),
        ("frame-000005", "5"),
    ],
)
def test_matching(tmp_path: Path, stem: str, frame_name: str) -> None:
    write_ids(tmp_path / f"{stem}.png")
    folder = MaskFolder(tmp_path, frame_names=[frame_name, "999"])
    assert folder.match_rule == ("equal name" if stem == frame_name else "equal number")
    assert len(proposed(folder, frame_name)) == 2


def test_matching_does_not_mix_different_prefixes(tmp_path: Path) -> None:
    write_ids(tmp_path / "depth-5.png")
    assert MaskFolder(tmp_path).propose(make_frame("frame-5")) is None


def test_two_files_of_one_number(tmp_path: Path) -> None:
    write_ids(tmp_path / "5.png")
    write_ids(tmp_path / "05.png")
    folder = MaskFolder(tmp_path)
    assert len(proposed(folder, "5")) == 2
    with pytest.raises(FormatError, match=r"Masks of frame '005' in .*: expected one file, got"):
        folder.propose(make_frame("005"))


def test_two_kinds_of_file_for_one_frame(tmp_path: Path) -> None:
    write_ids(tmp_path / "5.png")
    (tmp_path / "5.json").write_text("[]")
    with pytest.raises(
        FormatError, match=r"got 5\.json and 5\.png\. Keep only one of the two file types\."
    ):
        MaskFolder(tmp_path)


def test_suffix(tmp_path: Path) -> None:
    write_ids(tmp_path / "000000.segm.png")
    write_ids(tmp_path / "000000.depth.png", np.full((6, 8), 900, np.uint16))
    masks = proposed(MaskFolder(tmp_path, suffix=".segm", frame_names=["000000"]))
    assert masks.ids.tolist() == [1, 3]
    with pytest.raises(CaptureError) as caught:
        MaskFolder(tmp_path, frame_names=["000000"])
    assert message(caught) == (
        f"Masks in {tmp_path} match none of the 1 frames: expected names such as '000000', "
        "got '000000.depth', '000000.segm'. Set the part that follows the frame name: "
        "suffix='.depth' or '.segm' (--mask-suffix)."
    )


def test_no_file_matches(tmp_path: Path) -> None:
    write_ids(tmp_path / "kitchen.png")
    with pytest.raises(CaptureError) as caught:
        MaskFolder(tmp_path, frame_names=["0", "1", "2", "3"])
    assert message(caught) == (
        f"Masks in {tmp_path} match none of the 4 frames: expected names such as "
        "'0', '1', '2', ..., got 'kitchen'. Rename the files after the frames."
    )


@pytest.mark.parametrize(
    ("name", "advice"),
    [("0.jpg", "JPEG changes ids"), ("0.pt", "numpy.save"), ("0.pkl", "Pickles can run programs")],
)
def test_files_that_are_not_read_are_explained(name: str, advice: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(CaptureError, match=advice):
        MaskFolder(tmp_path)


def test_missing_and_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as caught:
        MaskFolder(tmp_path / "nowhere")
    assert message(caught) == (
        f"Mask folder {tmp_path / 'nowhere'}: expected a folder or a JSON file, got no such path"
    )
    with pytest.raises(CaptureError) as caught:
        MaskFolder(tmp_path)
    assert message(caught) == (
        f"Mask folder {tmp_path}: expected files named FRAME.png, .npy, .npz or .json, or a "
        "folder per category, object or frame, got an empty folder"
    )


def test_wrong_size(tmp_path: Path) -> None:
    path = tmp_path / "000000.png"
    write_ids(path, IDS[:, :4].copy())
    with pytest.raises(ShapeError) as caught:
        MaskFolder(tmp_path).propose(make_frame())
    assert message(caught) == (
        f"Id map {path}: expected 8 x 6 pixels, as frame '000000', or the same "
        "shape, got 4 x 6. Make the masks on the images of the capture, neither cropped nor turned."
    )


def write_embeddings(folder: Path, kind: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"000000.{kind}"
    if kind == "npy":
        np.save(path, TABLE)
    elif kind == "npz":
        np.savez(path, embeddings=TABLE, other=TABLE)
    elif kind == "safetensors":
        save_file({"any name": TABLE}, path)
    else:
        torch = pytest.importorskip("torch")
        torch.save(torch.from_numpy(TABLE), path)


@pytest.mark.parametrize("kind", ["npy", "npz", "safetensors", "pt"])
def test_embeddings_row_r_is_id_r_plus_1(tmp_path: Path, kind: str) -> None:
    write_ids(tmp_path / "mask" / "000000.png")
    write_embeddings(tmp_path / "mask_embeddings", kind)
    masks = proposed(MaskFolder(tmp_path, allow_torch_load=kind == "pt"))
    assert masks.ids.tolist() == [1, 3]
    assert masks.embeddings is not None
    np.testing.assert_allclose(masks.embeddings, [[0.6, 0.8], [0.0, 1.0]], atol=1e-6)


def test_pickles_need_permission(tmp_path: Path) -> None:
    write_ids(tmp_path / "mask" / "000000.png")
    path = tmp_path / "mask_embeddings" / "000000.pt"
    path.parent.mkdir()
    path.write_bytes(b"anything")
    with pytest.raises(WeightsError) as caught:
        MaskFolder(tmp_path)
    assert message(caught) == (
        f"Embeddings {path}: expected .npy, .npz or .safetensors, got a pickle (.pt). "
        "If you trust its source, set allow_torch_load=True (reads tensors only); "
        "or set use_embeddings=False."
    )
    assert proposed(MaskFolder(tmp_path, use_embeddings=False)).embeddings is None


def test_an_id_without_embedding(tmp_path: Path) -> None:
    write_ids(tmp_path / "mask" / "000000.png")
    path = tmp_path / "mask_embeddings" / "000000.npy"
    path.parent.mkdir()
    np.save(path, TABLE[:2])
    with pytest.raises(FormatError) as caught:
        MaskFolder(tmp_path).propose(make_frame())
    assert message(caught) == (
        f"Embeddings {path}: expected a row for each id up to 3 of 000000.png, got 2 rows"
    )


def test_a_frame_without_embeddings_is_left_out(tmp_path: Path) -> None:
    write_ids(tmp_path / "mask" / "000000.png")
    write_ids(tmp_path / "mask" / "000001.png")
    write_ids(tmp_path / "mask" / "000002.png", np.zeros_like(IDS))
    write_embeddings(tmp_path / "mask_embeddings", "npy")
    folder = MaskFolder(tmp_path)
    assert len(proposed(folder)) == 2
    assert folder.propose(make_frame("000001")) is None
    assert len(proposed(folder, "000002")) == 0


ANNOTATION = {"segmentation": {"size": [6, 8], "counts": [0, 12, 36]}, "score": 0.5}


@pytest.mark.parametrize("content", [[ANNOTATION], {"image": {}, "annotations": [ANNOTATION]}])
def test_coco_per_frame(tmp_path: Path, content: object) -> None:
    (tmp_path / "000000.json").write_text(json.dumps(content))
    (tmp_path / "000001.json").write_text("[]")
    folder = MaskFolder(tmp_path)
    masks = proposed(folder)
    assert masks.scores.tolist() == [0.5]
    np.testing.assert_array_equal(masks.dense()[0], np.arange(8)[None, :].repeat(6, 0) < 2)
    assert len(proposed(folder, "000001")) == 0


@pytest.mark.parametrize("as_file", [True, False])
def test_coco_of_the_capture(tmp_path: Path, as_file: bool) -> None:
    path = tmp_path / "instances.json"
    images = [
        {"id": 4, "file_name": "color/000000.jpg"},
        {"id": 9, "file_name": "color/000001.jpg"},
    ]
    annotations = [{**ANNOTATION, "image_id": 4, "id": 11}, {**ANNOTATION, "image_id": 4, "id": 12}]
    path.write_text(json.dumps({"images": images, "annotations": annotations}))
    folder = MaskFolder(path if as_file else tmp_path, frame_names=["000000"])
    assert proposed(folder).ids.tolist() == [11, 12]
    assert len(proposed(folder, "000001")) == 0
    assert folder.propose(make_frame("000002")) is None


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "expected a JSON file"),
        ("{}", "expected an object with 'images' and 'annotations', got other JSON"),
        ('{"images": [3], "annotations": []}', "expected images with id and file_name, got 3"),
        ('{"images": [], "annotations": [{"image_id": 2}]}', "expected a known image_id, got 2"),
    ],
)
def test_bad_coco_of_the_capture(tmp_path: Path, content: str, text: str) -> None:
    path = tmp_path / "instances.json"
    path.write_text(content)
    with pytest.raises(FormatError) as caught:
        MaskFolder(path)
    assert text in message(caught)


def test_bad_coco_of_a_frame(tmp_path: Path) -> None:
    (tmp_path / "0.json").write_text("3")
    (tmp_path / "1.json").write_text("[]")
    with pytest.raises(FormatError, match="expected a list of annotations or an object with"):
        MaskFolder(tmp_path).propose(make_frame("0"))


def write_json(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("name", ["labels.json", "categories.json"])
@pytest.mark.parametrize("inside", ["", "mask"])
def test_one_file_names_the_ids_of_all_frames(tmp_path: Path, name: str, inside: str) -> None:
    write_ids(tmp_path / inside / "000000.png")
    write_ids(tmp_path / inside / "000001.png", np.where(IDS == 3, 4, IDS).astype(np.uint8))
    write_json(tmp_path / name, {"1": "chair", "3": {"label": "cup", "score": 0.5}})
    folder = MaskFolder(tmp_path, frame_names=["000000", "000001"])
    masks = proposed(folder)
    assert masks.labels == ("chair", "cup") and masks.scores.tolist() == [1.0, 0.5]
    assert proposed(folder, "000001").labels == ("chair", "")


def test_labels_with_embeddings(tmp_path: Path) -> None:
    write_ids(tmp_path / "mask" / "000000.png")
    write_embeddings(tmp_path / "mask_embeddings", "npy")
    write_json(tmp_path / "mask" / "labels.json", {"3": "cup"})
    masks = proposed(MaskFolder(tmp_path))
    assert masks.labels == ("", "cup") and masks.embeddings is not None


def test_a_file_per_frame_names_its_ids_and_goes_before_that_of_all(tmp_path: Path) -> None:
    write_ids(tmp_path / "0.png")
    write_ids(tmp_path / "1.png")
    write_json(tmp_path / "labels.json", {"1": "chair"})
    write_json(tmp_path / "mask_labels" / "1.json", {"labels": {"3": {"class_name": "cup"}}})
    folder = MaskFolder(tmp_path)
    assert proposed(folder, "000000").labels == ("chair", "")
    assert proposed(folder, "000001").labels == ("", "cup")


def test_labels_of_other_frames(tmp_path: Path) -> None:
    write_ids(tmp_path / "mask" / "000000.png")
    write_json(tmp_path / "mask_labels" / "frame0.json", {"1": "chair"})
    with pytest.raises(CaptureError) as caught:
        MaskFolder(tmp_path)
    assert message(caught) == (
        f"Labels in {tmp_path / 'mask_labels'} match none of the 1 id maps: expected names such "
        "as '000000', got 'frame0'. Rename the files after the id maps."
    )


def test_two_files_of_labels(tmp_path: Path) -> None:
    write_ids(tmp_path / "mask" / "000000.png")
    for path in (tmp_path / "labels.json", tmp_path / "mask" / "categories.json"):
        write_json(path, {"1": "chair"})
    with pytest.raises(FormatError) as caught:
        MaskFolder(tmp_path)
    got = "labels.json and mask/categories.json"
    assert message(caught) == f"Folder {tmp_path}: expected one file of labels, got {got}"


LABELED = {**ANNOTATION, "category_id": 2}
CATEGORIES = [{"id": 2, "name": "cup"}]


def test_categories_of_the_capture(tmp_path: Path) -> None:
    """A COCO file may have the name of a file of labels, as FiftyOne writes it."""
    images = [{"id": 4, "file_name": "000000.jpg"}]
    content = {"images": images, "annotations": [{**LABELED, "image_id": 4}]}
    write_json(tmp_path / "labels.json", {**content, "categories": CATEGORIES})
    assert proposed(MaskFolder(tmp_path)).labels == ("cup",)
    write_json(tmp_path / "labels.json", {**content, "categories": [{"id": 5, "name": "cup"}]})
    with pytest.raises(FormatError) as caught:
        MaskFolder(tmp_path).propose(make_frame())
    assert message(caught) == (
        f"{tmp_path / 'labels.json'}, image '000000', annotation 0: expected a category_id of "
        "the 1 categories, got 2. Add the category, with its name, to 'categories'."
    )


def test_categories_beside_annotations_of_frames(tmp_path: Path) -> None:
    write_json(tmp_path / "0.json", [LABELED])
    write_json(tmp_path / "1.json", {"annotations": [LABELED], "categories": CATEGORIES})
    write_json(tmp_path / "categories.json", [{"id": 2, "name": "bowl"}])
    folder = MaskFolder(tmp_path)
    assert proposed(folder, "0").labels == ("bowl",)
    assert proposed(folder, "1").labels == ("cup",)


@pytest.mark.shared
def test_shared_captures(shared_dir: Path) -> None:
    for folder, suffix, name in (
        ("house-masks/living-room/damaged", "", "0"),
        ("apc-shelf", ".segm", "frame-000006"),
    ):
        root = shared_dir / "data" / folder
        backend = MaskFolder(root, suffix=suffix, frame_names=[name])
        masks = backend.propose(make_frame(name, width=640, height=480))
        assert masks is not None and len(masks) > 0


def test_separate_masks_in_an_array(tmp_path: Path) -> None:
    stack = np.stack([IDS == 1, np.zeros_like(IDS, bool), IDS > 0])
    np.save(tmp_path / "0.npy", stack)
    np.savez_compressed(tmp_path / "1.npz", masks=np.moveaxis(stack, 0, 2))
    np.save(tmp_path / "2.npy", np.kron(stack, np.ones((1, 2, 2), bool)))
    folder = MaskFolder(tmp_path, frame_names=["0", "1", "2"])
    for name in "012":
        masks = proposed(folder, name)
        assert masks.ids.tolist() == [1, 3]
        np.testing.assert_array_equal(masks.dense(), stack[[0, 2]])


def test_separate_masks_of_another_shape(tmp_path: Path) -> None:
    np.save(tmp_path / "0.npy", np.ones((2, 5, 5), bool))
    with pytest.raises(ShapeError, match=r"0\.npy: expected 8 x 6 pixels, as frame '0', or the"):
        MaskFolder(tmp_path).propose(make_frame("0"))


def test_masks_are_undistorted_with_their_frame(tmp_path: Path) -> None:
    write_ids(tmp_path / "0.png")
    rle = [{"segmentation": {"size": [6, 8], "counts": [0, 12, 36]}}]
    (tmp_path / "1.json").write_text(json.dumps(rle))
    rows, columns = np.mgrid[0:6, 0:8] + 0.5
    shifted = np.stack([columns + 1, rows], axis=-1).astype(np.float32)
    shifted[:, -1] = np.nan
    for undistort in (True, False):
        folder = MaskFolder(tmp_path, undistort=undistort)
        ids = folder.propose(make_frame("0", stored_pixels=shifted))
        run = folder.propose(make_frame("1", stored_pixels=shifted))
        assert ids is not None and run is not None
        moved = np.pad(IDS[:, 1:], ((0, 0), (0, 1)))
        np.testing.assert_array_equal(ids.to_id_map(), moved if undistort else IDS)
        assert run.areas().tolist() == [6 if undistort else 12]
