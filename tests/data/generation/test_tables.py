"""The tables: exact columns, round trips, and rows with mistakes."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.data.generation.folders import LATENTS
from scenewright.data.generation.tables import (
    ObjectRow,
    SceneRow,
    read_object_table,
    read_scene_table,
    row_name,
    write_object_table,
    write_scene_table,
)
from tests.data.generation.generation_builders import edit_table

PUBLISHED = (
    "scene_id,model_id,translation,rotation,scale,vggt_feature,masked_image_path,scene_image_path,"
    "sha256,file_identifier,aesthetic_score,captions,rendered,voxelized,num_voxels,cond_rendered,"
    "local_path,ss_latent_ss_enc_conv3d_16l8_fp16"
)
OWNER = ObjectRow("ab", "made/chair", 12, ("a chair", 'with "quotes", and ü'), "raw/c.glb", 5.5)
ROW = SceneRow(
    "0000007", "chair", (0.5, -1.0, -3.25), (10.0, 20.5, -30.0), 0.875,
    "masked_images/0000007/0.png", "masked_images/0000007/scene.jpg", "ab",
)  # fmt: skip


def write(path: Path) -> Path:
    write_scene_table(path, [ROW.cells(OWNER, {LATENTS: False})] * 2)
    return path


def test_columns_and_cells_are_the_published_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "metadata_scene.csv")
    assert path.read_text().splitlines()[0] == PUBLISHED
    with open(path, newline="") as stream:
        cells = next(csv.DictReader(stream))
    assert (
        cells["translation"] == "[0.5, -1.0, -3.25]" and cells["rotation"] == "[10.0, 20.5, -30.0]"
    )
    assert (cells["scale"], cells["vggt_feature"]) == ("0.875", "")
    assert (cells["rendered"], cells["voxelized"], cells["cond_rendered"]) == (
        "False", "True", "True",
    )  # fmt: skip
    assert cells["num_voxels"] == "12"


def test_rows_come_back(tmp_path: Path) -> None:
    first, second = read_scene_table(write(tmp_path / "metadata_scene.csv"))
    assert (first.translation, first.rotation, first.scale) == (
        ROW.translation, ROW.rotation, ROW.scale,
    )  # fmt: skip
    assert (first.has_latent, first.voxelized, first.aesthetic_score) == (False, True, 5.5)
    assert first.captions == OWNER.captions and first.number == 1 and second.number == 2
    assert row_name(Path("m.csv"), second) == "m.csv, row 2 (scene 0000007)"


def test_objects_come_back(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    write_object_table(
        path, [OWNER.cells({LATENTS: True}), ObjectRow("cd", "x/y").cells({LATENTS: False})]
    )
    first, second = read_object_table(path)
    assert first == OWNER
    assert math.isnan(second.aesthetic_score) and second.num_voxels == 0
    assert path.read_text().splitlines()[0] == PUBLISHED[PUBLISHED.index("sha256") :]


def test_rows_of_single_objects_have_no_pose(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv")
    edit_table(path, '"[0.5, -1.0, -3.25]","[10.0, 20.5, -30.0]",0.875', "False,False,False")
    (row, _) = read_scene_table(path)
    assert (row.translation, row.rotation, row.scale) == (None, None, None)


def test_columns_in_another_order_and_missing_optional_ones(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        "sha256,extra,scale,rotation,translation,scene_image_path,masked_image_path,model_id,scene_id\n"
        'ab,?,2,"[1,2,3]","[4,5,6]",s.jpg,0.png,m,0000001\n'
    )
    (row,) = read_scene_table(path)
    assert (row.sha256, row.scale, row.translation, row.scene_id) == (
        "ab", 2.0, (4.0, 5.0, 6.0), "0000001",
    )  # fmt: skip
    assert row.has_latent is None and row.voxelized is None


def test_missing_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv")
    edit_table(path, "rotation,scale,", "turn,scale,")
    with pytest.raises(FormatError) as caught:
        read_scene_table(path)
    assert str(caught.value) == (
        f"{path} lacks columns: expected scene_id, model_id, translation, rotation, scale, "
        "masked_image_path, scene_image_path, sha256, got none called rotation"
    )
    path.write_text("")
    with pytest.raises(FormatError, match="got none called scene_id, model_id"):
        read_scene_table(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("-1.0, -3.25]", "-1.0]", "column translation: expected three numbers such as "
         "[0.1, 0.2, -3.0], got '[0.5, -1.0]'"),
        ("[0.5, ", "[oops, ", "column translation: expected three numbers such as "
         "[0.1, 0.2, -3.0], got '[oops, -1.0, -3.25]'"),
        ("20.5", "NaN", "column rotation: expected finite numbers, got '[10.0, NaN, -30.0]'"),
        (",0.875,", ",0,", "column scale: expected a number above 0, got '0'"),
        (",0.875,", ",,", "column scale: expected a number above 0, got an empty cell"),
        (",0.875,", ",big,", "column scale: expected a number, got 'big'"),
        (",ab,", ",,", "column sha256: expected a value, got an empty cell"),
        (",True,12,", ",yes,12,", "column voxelized: expected True or False, got 'yes'"),
        (",5.5,", ",high,", "column aesthetic_score: expected a number, got 'high'"),
    ],
)  # fmt: skip
def test_bad_cells(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv")
    edit_table(path, old, new)
    with pytest.raises(FormatError) as caught:
        read_scene_table(path)
    assert str(caught.value) == f"{path}, row 1, {message}"


@pytest.mark.parametrize("captions", ["{}", "[1]", "[", "chair"])
def test_bad_captions(captions: str, tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_text(f"sha256,file_identifier,captions\nab,x/y,{captions}\n")
    with pytest.raises(FormatError) as caught:
        read_object_table(path)
    assert str(caught.value) == (
        f"{path}, row 1, column captions: expected a JSON list of texts, got '{captions}'"
    )


def test_damaged_tables(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    with pytest.raises(FormatError, match=f"{path}: expected a CSV table, got no such path"):
        read_scene_table(path)
    write(path)
    path.write_text(path.read_text() + "0000009,cut\n")
    with pytest.raises(FormatError, match=f"{path}, row 3: expected 18 cells, got 2"):
        read_scene_table(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match=f"{path}: expected a CSV table, got one that cannot be"):
        read_scene_table(path)
