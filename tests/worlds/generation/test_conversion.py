"""Scenes from a tiny folder of the form of 3D-FUTURE."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import CaptureError, ConventionError, FormatError
from scenewright.data.generation import GenerationDataset, placed_voxels
from scenewright.data.generation.poses import rotation_from_euler
from scenewright.data.generation.writing import write_tables
from scenewright.worlds.generation.annotations import open_future
from scenewright.worlds.generation.conversion import Skipped, convert_scene
from tests.worlds.generation.future_builders import (
    CABINET,
    FOV,
    POSES,
    SIDE,
    SIZES,
    STOOL,
    all_annotations,
    annotation,
    corners_of,
    write_future,
)


def test_poses_voxels_and_pixels_agree(tmp_path: Path) -> None:
    source = open_future(write_future(tmp_path / "3d-future"))
    record, skipped = convert_scene(source, source.images[0], tmp_path / "out")
    assert len(record.rows) == 2 and skipped == Skipped()
    write_tables(tmp_path / "out")
    scene = GenerationDataset(tmp_path / "out")[0]
    assert [one.scale for one in scene.objects] == [1.6, 0.5]
    query = scene.objects[0]
    focal = SIDE / 2 / np.tan(FOV / 2)
    for one, pose in zip(scene.objects, scene.poses, strict=True):
        assert one.voxels is not None and one.mask is not None
        placed = placed_voxels(one.voxels, pose) * query.scale
        points = placed @ rotation_from_euler(query.rotation).T + query.translation
        corners = corners_of(one.model_id) @ rotation_from_euler(one.rotation).T
        corners += POSES[one.model_id][0]
        cell = one.scale / 64
        assert np.abs(points.min(axis=0) - corners.min(axis=0)).max() < cell
        assert np.abs(points.max(axis=0) - corners.max(axis=0)).max() < cell
        pixels = np.array([1, -1]) * points[:, :2] * focal / -points[:, 2:] + SIDE / 2
        seen = one.mask[tuple(np.clip(pixels, 0, SIDE - 1).astype(int).T[::-1])]
        assert seen.mean() > 0.95


def test_the_image_is_kept_and_meshes_are_named(tmp_path: Path) -> None:
    source = open_future(write_future(tmp_path / "raw"))
    record, _ = convert_scene(source, source.images[0], tmp_path / "out")
    image = tmp_path / "out/masked_images/0000001/scene.jpg"
    assert image.read_bytes() == source.images[0].path.read_bytes()
    cabinet, stool = record.objects
    mesh = (tmp_path / "raw/3D-FUTURE-model" / STOOL / "raw_model.obj").read_bytes()
    assert stool.sha256 == hashlib.sha256(mesh).hexdigest()
    assert stool.local_path == f"raw/3D-FUTURE-model/{STOOL}/raw_model.obj"
    assert cabinet.file_identifier == f"3D-FUTURE-model/{CABINET}"
    assert cabinet.captions == ("Cabinet",) and cabinet.num_voxels > 1000


def test_positions_of_mesh_origins_are_those_of_the_annotations(tmp_path: Path) -> None:
    source = open_future(write_future(tmp_path / "raw"))
    ours, _ = convert_scene(source, source.images[0], tmp_path / "a")
    published, _ = convert_scene(source, source.images[0], tmp_path / "b", mesh_origin=True)
    for row, other in zip(ours.rows, published.rows, strict=True):
        assert other.translation == pytest.approx(POSES[row.model_id][0])
        turn = rotation_from_euler(np.array(POSES[row.model_id][1]))
        middle = turn @ (0, SIZES[row.model_id][1] / 2, 0)
        assert row.translation == pytest.approx(
            np.array(other.translation, float) + middle, abs=2e-6
        )
        assert (row.rotation, row.scale) == (other.rotation, other.scale)


def test_the_render_covers_the_masks(tmp_path: Path) -> None:
    source = open_future(write_future(tmp_path / "raw", splits=("test",)), split="test")
    record, _ = convert_scene(source, source.images[0], tmp_path / "out", split="test")
    write_tables(tmp_path / "out")
    render = np.array(Image.open(tmp_path / "out/scene_test_render/0000001.png"))
    assert render.shape == (SIDE, SIDE, 4)
    scene = GenerationDataset(tmp_path / "out", split="test")[0]
    masks = np.any([one.mask for one in scene.objects if one.mask is not None], axis=0)
    alpha = render[:, :, 3] > 0
    assert (alpha & masks).sum() / (alpha | masks).sum() > 0.93
    red, _, blue = render[alpha][:, :3].mean(axis=0)
    assert red > 1.5 * blue
    assert record.cameras["0000001"]["fov"] == pytest.approx(FOV)


def test_annotations_that_are_left_out_are_counted(tmp_path: Path) -> None:
    source = open_future(write_future(tmp_path / "raw"))
    record, skipped = convert_scene(source, source.images[1], tmp_path / "out")
    assert len(record.rows) == 1
    assert skipped == Skipped(no_pose=2, no_model=1, empty=1)
    assert str(skipped) == "2 without a pose, 1 without a mesh, 1 without pixels"


def test_known_models_keep_their_hash(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text(
        f"sha256,file_identifier,aesthetic_score\nabc,3D-FUTURE-model/{STOOL},4.75\n"
    )
    source = open_future(write_future(tmp_path / "raw").parent)
    record, _ = convert_scene(source, source.images[1], tmp_path / "out")
    assert record.objects[0].sha256 == "abc" and record.objects[0].aesthetic_score == 4.75
    assert (tmp_path / "out/voxels/abc.ply").is_file()


def test_scenes_that_cannot_be_converted(tmp_path: Path) -> None:
    tree = all_annotations() | {"annotations": [annotation(STOOL, model_id="lost")]}
    source = open_future(write_future(tmp_path / "raw", tree))
    out = tmp_path / "out"
    with pytest.raises(ConventionError) as caught:
        convert_scene(source, source.images[0], out)
    assert str(caught.value) == (
        f"{source.images[0].path}: expected an annotated object with a pose, a mesh and pixels, "
        "got 1 without a mesh"
    )
    with pytest.raises(ConventionError, match="got no annotations"):
        convert_scene(source, source.images[1], out)
    image = source.images[0].path
    Image.new("RGB", (9, 9)).save(image)
    with pytest.raises(FormatError, match=f"{image}: expected 96 x 96 pixels, as annotated, got 9"):
        convert_scene(source, source.images[0], out)
    image.write_bytes(b"\xff\xd8cut")
    with pytest.raises(CaptureError, match=f"{image} cannot be decoded"):
        convert_scene(source, source.images[0], out)
    assert not out.exists()


def test_a_damaged_mesh_is_named(tmp_path: Path) -> None:
    source = open_future(write_future(tmp_path / "raw"))
    path = source.model_path(STOOL)
    path.write_text("v 0 0 0\n")
    with pytest.raises(FormatError, match=f"{path}: mesh"):
        convert_scene(source, source.images[0], tmp_path / "out")
    assert not (tmp_path / "out/parts").exists()
