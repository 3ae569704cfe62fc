"""COLMAP models: round trips of every camera model, what COLMAP writes, damaged files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import FormatError, OutputError
from scenewright.io.colmap import ColmapImage, ColmapModel, colmap_suffix, read_colmap, write_colmap
from tests.io.colmap_builders import AGAIN, load_pycolmap, make_model, message_of

SUFFIXES = {True: ".bin", False: ".txt"}


def assert_equal(read: ColmapModel, written: ColmapModel) -> None:
    assert list(read.cameras) == list(written.cameras)
    for number, camera in written.cameras.items():
        back = read.cameras[number]
        assert (back.camera_id, back.model) == (number, camera.model)
        assert (back.width, back.height) == (camera.width, camera.height)
        assert np.array_equal(back.params, camera.params)
    for one, other in zip(read.images, written.images, strict=True):
        assert (one.image_id, one.name) == (other.image_id, other.name)
        assert one.camera_id == other.camera_id
        np.testing.assert_allclose(one.cam_from_world, other.cam_from_world, atol=1e-14)
    assert np.array_equal(read.points.ids, written.points.ids)
    assert np.array_equal(read.points.points, written.points.points)
    assert np.array_equal(read.points.colors, written.points.colors)
    assert np.array_equal(read.points.errors, written.points.errors)


@pytest.mark.parametrize("binary", [True, False])
def test_round_trip_of_every_camera_model(binary: bool, tmp_path: Path) -> None:
    model = make_model()
    folder = write_colmap(tmp_path / "sparse" / "0", model, binary=binary)
    assert colmap_suffix(folder) == SUFFIXES[binary]
    assert_equal(read_colmap(folder), model)


@pytest.mark.parametrize("binary", [True, False])
def test_what_colmap_itself_writes_and_reads(binary: bool, tmp_path: Path) -> None:
    pycolmap = load_pycolmap()
    model = make_model()
    # COLMAP ends a name at the first space when it reads text.
    images = tuple(replace(image, name=image.name.replace(" ", "_")) for image in model.images)
    model = replace(model, images=images)
    (tmp_path / "theirs").mkdir()
    theirs = pycolmap.Reconstruction(str(write_colmap(tmp_path / "ours", model, binary=binary)))
    assert (theirs.num_cameras(), theirs.num_images()) == (len(model.cameras), len(model.images))
    pose = theirs.image(11).cam_from_world().matrix()
    np.testing.assert_allclose(pose, model.images[1].cam_from_world[:3], atol=1e-12)
    # Add observations and a track, so that there is something to skip.
    for image in theirs.images.values():
        image.points2D = pycolmap.Point2DList(
            [pycolmap.Point2D(np.array([k, 2.5])) for k in range(7 * image.image_id % 5)]
        )
    theirs.add_observation(7, pycolmap.TrackElement(11, 0))
    (theirs.write_binary if binary else theirs.write_text)(str(tmp_path / "theirs"))
    read = read_colmap(tmp_path / "theirs")
    by_id = np.argsort(model.points.ids)
    order = np.argsort(read.points.ids)
    assert np.array_equal(read.points.points[order], model.points.points[by_id])
    poses = {image.name: image.cam_from_world for image in read.images}
    for image in model.images:
        np.testing.assert_allclose(poses[image.name], image.cam_from_world, atol=1e-12)


def test_binary_takes_precedence_and_points_are_optional(tmp_path: Path) -> None:
    model = make_model()
    write_colmap(tmp_path / "m", model)
    (tmp_path / "m" / "cameras.txt").write_text("nonsense")
    (tmp_path / "m" / "images.txt").write_text("nonsense")
    (tmp_path / "m" / "points3D.bin").unlink()
    read = read_colmap(tmp_path / "m")
    assert len(read.images) == 3 and len(read.points) == 0
    assert len(read.points.cloud()) == 0


def test_an_image_without_rotation_has_no_pose(tmp_path: Path) -> None:
    model = make_model()
    lost = ColmapImage(4, "lost.jpg", 3, np.full((4, 4), np.nan))
    changed = ColmapModel(model.cameras, (*model.images, lost), model.points)
    for binary in (True, False):
        folder = write_colmap(tmp_path / f"{binary}", changed, binary=binary)
        assert np.isnan(read_colmap(folder).images[3].cam_from_world).all()
        assert np.isfinite(read_colmap(folder).images[2].cam_from_world).all()


def test_random_damage_raises_no_other_error(tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    folder = write_colmap(tmp_path / "m", make_model())
    messages = []
    for name in ("cameras", "images", "points3D"):
        data = (folder / f"{name}.bin").read_bytes()
        for suffix in (".bin", ".txt"):
            for _ in range(20):
                damaged = bytearray(data)
                for offset in generator.integers(0, len(data), 8):
                    damaged[offset] = generator.integers(0, 256)
                path = tmp_path / f"{name}{suffix}"
                path.write_bytes(damaged)
                try:
                    messages.append(message_of(path, tmp_path))
                except pytest.fail.Exception:
                    continue  # Damage inside of a number goes unnoticed.
    # Every binary file with the name of a text file is refused, and some of the others.
    assert len(messages) >= 60
    assert all(message.startswith("DIR/") for message in messages)


def test_missing_parts(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read_colmap(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} contains no COLMAP model: expected cameras.bin and images.bin, or cameras.txt "
        "and images.txt"
    )
    model = make_model()
    few = ColmapModel({3: model.cameras[3]}, model.images, model.points)
    folder = write_colmap(tmp_path / "m", few)
    with pytest.raises(FormatError) as caught:
        read_colmap(folder)
    assert str(caught.value) == (
        f"{folder / 'images.bin'}: the camera of left/an image.png is missing: expected one of "
        f"the 1 cameras in cameras.bin, got number 4. {AGAIN}"
    )


def test_a_model_is_not_overwritten_by_accident(tmp_path: Path) -> None:
    folder = write_colmap(tmp_path / "m", make_model())
    before = (folder / "points3D.bin").read_bytes()
    with pytest.raises(OutputError, match="does not exist yet"):
        write_colmap(folder, make_model(3))
    assert (folder / "points3D.bin").read_bytes() == before
    write_colmap(folder, make_model(3), overwrite=True)
    assert len(read_colmap(folder).points) == 3
