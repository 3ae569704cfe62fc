"""Scenes of a folder, and folders with mistakes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, FormatError, UnknownNameError
from scenewright.data.generation import GenerationDataset, relative_poses
from tests.data.generation.generation_builders import (
    SCALES,
    SHELF,
    STOOL,
    edit_table,
    scene_image,
    scene_objects,
    write_data,
)

SCENE = "masked_images/0000001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_data(tmp_path)


def test_a_scene(root: Path) -> None:
    dataset = GenerationDataset(root)
    assert dataset.scene_ids == ("0000001",) and len(dataset) == 1
    scene = dataset[0]
    assert scene.scene_id == "0000001" and scene.features is None
    assert np.abs(scene.image.astype(int) - scene_image()).mean() < 8  # JPEG
    shelf, stool = scene.objects
    assert (shelf.model_id, shelf.sha256, shelf.captions) == ("shelf", SHELF, ("shelf",))
    assert stool.mask is not None and np.array_equal(stool.mask, scene_objects()[1].mask)
    assert shelf.cutout.shape == (518, 518, 4) and shelf.latent is None
    assert shelf.voxels is not None and shelf.voxels.max(axis=0).tolist() == [47, 38, 63]
    expected = relative_poses(
        np.array([[-1.0, 0.2, -4.0], [1.0, -0.5, -3.0]]),
        np.array([[10.0, 30.0, 0.0], [10.0, -60.0, 0.0]]),
        np.array([SCALES[SHELF], SCALES[STOOL]]),
    )
    assert np.allclose(scene.poses, expected, atol=1e-6)
    assert dataset[:1][0].scene_id == "0000001"


def test_another_query_comes_first(root: Path) -> None:
    scene = GenerationDataset(root).scene("0000001", query=1)
    assert [one.model_id for one in scene.objects] == ["stool", "shelf"]
    assert scene.poses[0].tolist() == [0, 0, 0, 1, 0, 0, 0, 1]
    assert scene.poses[1, 7] == pytest.approx(SCALES[SHELF] / SCALES[STOOL])


def test_scenes_and_objects_can_be_left_out(root: Path) -> None:
    assert len(GenerationDataset(root, max_objects=1)) == 0
    kept = GenerationDataset(root, min_aesthetic_score=4.5)
    assert [one.model_id for one in kept[0].objects] == ["shelf"]


def test_published_tables_of_the_test_split_name_other_folders(tmp_path: Path) -> None:
    root = write_data(tmp_path, split="test")
    edit_table(root / "metadata_scene_test.csv", "masked_images_test/", "masked_images/")
    assert len(GenerationDataset(root, split="test")[0].objects) == 2


def test_rows_of_single_objects(root: Path) -> None:
    table = root / "metadata_scene.csv"
    picture = root / "renders_cond" / "x" / "000.png"
    picture.parent.mkdir(parents=True)
    Image.fromarray(np.full((8, 8, 4), 9, np.uint8)).save(picture)
    name = "renders_cond/x/000.png"
    with open(table, "a") as stream:
        stream.write(
            f"{STOOL},stool,False,False,False,,{name},{name},{STOOL},a/b,5,[],False,True,9,True,,False\n"
        )
    scene = GenerationDataset(root).scene(STOOL)
    assert scene.poses.tolist() == [[0, 0, 0, 1, 0, 0, 0, 1]]
    assert scene.objects[0].mask is None and scene.objects[0].voxels is not None
    assert scene.image.shape == (8, 8, 3)


def test_unknown_ids(root: Path) -> None:
    dataset = GenerationDataset(root)
    with pytest.raises(UnknownNameError) as caught:
        dataset.scene("0000009")
    table = root / "metadata_scene.csv"
    assert str(caught.value) == (
        f"There is no scene '0000009' in {table}: expected one of its 1 scenes"
    )
    with pytest.raises(ConventionError, match="query of scene 0000001: expected 0 to 1, got 2"):
        dataset.scene("0000001", query=2)
    with pytest.raises(UnknownNameError, match="There is no split 'val'"):
        GenerationDataset(root, split="val")
    with pytest.raises(FormatError, match=r"metadata_scene_test.csv: expected a CSV table, got no"):
        GenerationDataset(root, split="test")


@pytest.mark.parametrize(
    ("name", "row", "kind"),
    [
        (f"{SCENE}/scene.jpg", 1, "picture"),
        (f"{SCENE}/1.png", 2, "picture"),
        (f"{SCENE}/1_mask.png", 2, "picture"),
        (f"voxels/{STOOL}.ply", 2, "PLY file"),
    ],
)
def test_missing_and_truncated_files_are_named_with_their_row(
    name: str, row: int, kind: str, root: Path
) -> None:
    path, table = root / name, root / "metadata_scene.csv"
    dataset = GenerationDataset(root)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    where = re.escape(f"{table}, row {row} (scene 0000001): {path}")
    with pytest.raises(FormatError, match=where):
        dataset[0]
    path.unlink()
    with pytest.raises(FormatError) as caught:
        dataset[0]
    assert str(caught.value) == (
        f"{table}, row {row} (scene 0000001): {path}: expected a {kind}, got no such path"
    )


def test_a_promised_latent_is_missing(root: Path) -> None:
    table = root / "metadata_scene.csv"
    text = table.read_text().replace(",False\n", ",True\n")
    table.write_text(text)
    with pytest.raises(
        FormatError, match=rf"row 1 \(scene 0000001\): .*{SHELF}.npz: expected a npz"
    ):
        GenerationDataset(root)[0]


def test_pictures_that_do_not_fit(root: Path) -> None:
    dataset = GenerationDataset(root)
    mask = root / SCENE / "0_mask.png"
    Image.new("RGB", (30, 40)).save(mask)
    with pytest.raises(FormatError) as caught:
        dataset[0]
    assert str(caught.value).endswith(
        f"(scene 0000001): {mask}: expected the size of the scene image, 40 x 30, got 30 x 40"
    )
    cutout = root / SCENE / "0.png"
    Image.new("RGB", (518, 518)).save(cutout)
    with pytest.raises(FormatError) as caught:
        dataset[0]
    assert str(caught.value).endswith(f"{cutout}: expected a picture of mode RGBA, got RGB")


def test_names_that_leave_the_folder(root: Path) -> None:
    edit_table(root / "metadata_scene.csv", f"{SCENE}/0.png", "../0.png")
    with pytest.raises(
        FormatError, match=r"names the file '\.\./0\.png': expected a relative path"
    ):
        GenerationDataset(root)[0]


def test_rows_of_a_scene_that_do_not_fit_together(root: Path) -> None:
    table = root / "metadata_scene.csv"
    good = table.read_text()
    head, first, second = good.splitlines()
    other = second.replace(f"{SCENE}/scene.jpg", f"{SCENE}/other.jpg")
    table.write_text("\n".join([head, first, other, ""]))
    with pytest.raises(FormatError) as caught:
        GenerationDataset(root)
    assert str(caught.value) == (
        f"{table}, row 2 (scene 0000001): expected the scene image of row 1, got {SCENE}/other.jpg"
    )
    single = re.sub(r'"\[.*?\]","\[.*?\]",[0-9.]+', "False,False,False", second)
    table.write_text("\n".join([head, first, single, ""]))
    with pytest.raises(FormatError, match=r"row 2 \(scene 0000001\): expected a pose in every row"):
        GenerationDataset(root)
