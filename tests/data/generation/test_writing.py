"""Writing scenes, records and tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import FormatError
from scenewright.data.generation.tables import read_object_table, read_scene_table
from scenewright.data.generation.voxels import read_voxels
from scenewright.data.generation.writing import (
    file_hash,
    jpeg_bytes,
    known_objects,
    known_scenes,
    part_file,
    remove_outputs,
    write_scene,
    write_tables,
    write_voxels,
)
from scenewright.io.npz import write_npz
from tests.data.generation.generation_builders import (
    SHELF,
    STOOL,
    box,
    scene_image,
    scene_objects,
    write_data,
)


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_the_files_of_a_scene(tmp_path: Path) -> None:
    write_data(tmp_path)
    assert set(contents(tmp_path)) == {
        "masked_images/0000001/0.png", "masked_images/0000001/0_mask.png",
        "masked_images/0000001/1.png", "masked_images/0000001/1_mask.png",
        "masked_images/0000001/scene.jpg", "metadata.csv", "metadata_scene.csv",
        "parts/made-0000001.json", f"voxels/{SHELF}.ply", f"voxels/{STOOL}.ply",
    }  # fmt: skip
    with Image.open(tmp_path / "masked_images/0000001/1_mask.png") as picture:
        assert picture.mode == "RGB" and picture.size == (40, 30)
        assert np.array_equal(np.array(picture)[:, :, 1] == 255, scene_objects()[1].mask)
    with Image.open(tmp_path / "masked_images/0000001/0.png") as picture:
        assert picture.mode == "RGBA" and picture.size == (518, 518)
    shelf, _ = read_scene_table(tmp_path / "metadata_scene.csv")
    assert shelf.translation == (-1.0, 0.2, -4.0) and shelf.scale == 2.0
    assert shelf.rotation == pytest.approx((10.0, 30.0, 0.0))


def test_the_same_bytes_again(tmp_path: Path) -> None:
    first, second = write_data(tmp_path / "a"), write_data(tmp_path / "b")
    assert contents(first) == contents(second)
    write_data(first)
    assert contents(first) == contents(second)


def test_voxels_fit_the_cube(tmp_path: Path) -> None:
    count = write_voxels(tmp_path, "x", box((2.9, 1.0, 6.0)) + 100)
    voxels = read_voxels(tmp_path / "voxels/x.ply")
    assert len(voxels) == count
    assert voxels.min(axis=0).tolist() == [16, 26, 0]
    assert voxels.max(axis=0).tolist() == [47, 37, 63]


def test_tables_are_sorted_and_say_what_files_there_are(tmp_path: Path) -> None:
    write_data(tmp_path, scene_ids=("0000010", "0000002"))
    write_data(tmp_path, split="test", scene_ids=("0000005",))
    rows = read_scene_table(tmp_path / "metadata_scene.csv")
    assert [row.scene_id for row in rows] == ["0000002"] * 2 + ["0000010"] * 2
    assert [row.has_latent for row in rows] == [False] * 4 and not any(r.vggt_feature for r in rows)
    mean = np.zeros((8, 16, 16, 16), np.float32)
    write_npz(tmp_path / f"ss_latents/ss_enc_conv3d_16l8_fp16/{STOOL}.npz", {"mean": mean})
    write_npz(tmp_path / "vggt_features/0000010.npz", {"vggt_feature": mean})
    assert write_tables(tmp_path) == 3
    rows = read_scene_table(tmp_path / "metadata_scene.csv")
    assert [row.has_latent for row in rows] == [False, True] * 2
    assert [row.vggt_feature for row in rows] == ["", "", *["vggt_features/0000010.npz"] * 2]
    assert known_objects(tmp_path) == [SHELF, STOOL]
    assert known_scenes(tmp_path, "test") == {"0000005": "masked_images_test/0000005/scene.jpg"}
    assert [one.sha256 for one in read_object_table(tmp_path / "metadata.csv")] == [SHELF, STOOL]


def test_a_scene_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_data(tmp_path)
    jpeg = jpeg_bytes(scene_image())
    write_scene(tmp_path, "0000001", scene_image(), scene_objects()[:1], jpeg=jpeg)
    names = sorted(path.name for path in (tmp_path / "masked_images/0000001").iterdir())
    assert names == ["0.png", "0_mask.png", "scene.jpg"]


def test_only_a_folder_with_records_is_emptied(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "raw").mkdir(parents=True)
    remove_outputs(mine)
    assert (mine / "raw").is_dir()
    data = write_data(tmp_path / "data")
    (data / "notes.txt").write_text("kept")
    remove_outputs(data)
    assert [path.name for path in data.iterdir()] == ["notes.txt"]


def test_a_damaged_record(tmp_path: Path) -> None:
    write_data(tmp_path)
    path = part_file(tmp_path, "made-0000001", "train")
    path.write_text('{"rows": [{"scene": 1}], "objects": [], "cameras": {}}')
    with pytest.raises(FormatError) as caught:
        write_tables(tmp_path)
    assert str(caught.value) == (
        f"{path}: expected the record of a piece of generation data, got "
        '{"rows": [{"scene": 1}], "objects": [], "cameras": {}}. '
        "Remove this file and run the same command again."
    )


def test_the_hash_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a").startswith("ba7816bf8f01cfea414140de5dae2223")
