"""COLMAP models: round trips of every camera model, what COLMAP writes, damaged files."""

from __future__ import annotations

import struct
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from scenewright.core import FormatError, OutputError, PointCloud
from scenewright.geometry.distortion import LENS_MODELS
from scenewright.io.colmap import (
    COLMAP_MODELS,
    PANORAMA,
    ColmapCamera,
    ColmapImage,
    ColmapModel,
    ColmapPoints,
    colmap_suffix,
    read_colmap,
    read_colmap_cameras,
    read_colmap_images,
    read_colmap_points,
    write_colmap,
)

SUFFIXES = {True: ".bin", False: ".txt"}
NAMES = ("0001.jpg", "left/a picture.png", "küche/0002.JPG")


def load_pycolmap() -> Any:
    # Pillow first: loaded after pycolmap, its PNG encoder breaks the heap.
    pytest.importorskip("PIL.Image")
    return pytest.importorskip("pycolmap")


def make_model(num_points: int = 20) -> ColmapModel:
    """A camera of every model, three images, colored points."""
    generator = np.random.default_rng(5)
    cameras = {}
    for number, model in enumerate(COLMAP_MODELS, start=3):
        size = 2 if model == PANORAMA else len(LENS_MODELS[model].params)
        params = generator.uniform(1, 700, size) / 3
        cameras[number] = ColmapCamera(number, model, 640 + number, 480, params)
    images = []
    for i, name in enumerate(NAMES):
        pose = np.eye(4)
        pose[:3, :3] = Rotation.random(random_state=i).as_matrix()
        pose[:3, 3] = generator.normal(size=3)
        images.append(ColmapImage(10 * i + 1, name, 3 + i, pose))
    points = ColmapPoints(
        generator.permutation(num_points).astype(np.uint64) + 5,
        generator.normal(size=(num_points, 3)),
        generator.integers(0, 256, (num_points, 3)).astype(np.uint8),
        generator.random(num_points),
    )
    return ColmapModel(cameras, tuple(images), points)


def assert_equal(read: ColmapModel, written: ColmapModel) -> None:
    assert list(read.cameras) == list(written.cameras)
    for number, camera in written.cameras.items():
        own = read.cameras[number]
        assert (own.camera_id, own.model) == (number, camera.model)
        assert (own.width, own.height) == (camera.width, camera.height)
        assert np.array_equal(own.params, camera.params)
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


def test_numbers_of_the_models_are_those_of_colmap() -> None:
    pycolmap = load_pycolmap()
    theirs = {n: int(m) for n, m in pycolmap.CameraModelId.__members__.items() if int(m) >= 0}
    assert theirs == {name: number for number, name in enumerate(COLMAP_MODELS)}


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
    # Give an image points and a point a track, so that there is something to pass over.
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


def test_binary_goes_before_text_and_points_may_be_missing(tmp_path: Path) -> None:
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


def test_points_as_a_cloud() -> None:
    points = make_model().points
    points.points[3] = np.nan
    cloud = points.cloud()
    assert len(cloud) == 19 and cloud.colors is not None
    assert np.array_equal(cloud.colors[3], points.colors[4])
    back = ColmapPoints.of(PointCloud(cloud.points))
    assert np.array_equal(back.points, cloud.points.astype(float))
    assert (back.colors == 128).all() and back.ids.tolist() == list(range(1, 20))


def test_a_hundred_thousand_points_are_read_fast(tmp_path: Path) -> None:
    folder = write_colmap(tmp_path / "m", make_model(100_000))
    start = time.perf_counter()
    assert len(read_colmap_points(folder / "points3D.bin")) == 100_000
    assert time.perf_counter() - start < 2


def told(path: Path, tmp_path: Path) -> str:
    stem = path.stem
    read = {"cameras": read_colmap_cameras, "images": read_colmap_images}.get(
        stem, read_colmap_points
    )
    with pytest.raises(FormatError) as caught:
        read(path)
    return str(caught.value).replace(str(tmp_path), "DIR")


AGAIN = "Copy or export the model again."


@pytest.mark.parametrize(
    ("name", "count", "kept", "at"),
    [
        ("cameras", 18, 20, 1),
        ("cameras", 18, -1, 18),
        ("images", 3, 40, 1),
        ("images", 3, 85, 1),
        ("images", 3, -4, 3),
        ("points3D", 20, 60, 2),
        ("points3D", 20, -1, 20),
    ],
)
def test_truncated_files(name: str, count: int, kept: int, at: int, tmp_path: Path) -> None:
    path = write_colmap(tmp_path / "m", make_model()) / f"{name}.bin"
    path.write_bytes(path.read_bytes()[:kept])
    what = "points" if name == "points3D" else name
    assert told(path, tmp_path) == (
        f"DIR/m/{name}.bin is cut short: expected {count} {what}, got the end of the file within "
        f"number {at}. {AGAIN}"
    )
    path.write_bytes(b"\1\0\0")
    assert told(path, tmp_path) == (
        f"DIR/m/{name}.bin is cut short: expected the number of {what} in 8 bytes, got 3 bytes. "
        f"{AGAIN}"
    )


@pytest.mark.parametrize("name", ["cameras", "images", "points3D"])
def test_files_that_say_less_or_far_more_than_they_hold(name: str, tmp_path: Path) -> None:
    path = write_colmap(tmp_path / "m", make_model()) / f"{name}.bin"
    data = path.read_bytes()
    count = struct.unpack("<Q", data[:8])[0]
    what = "points" if name == "points3D" else name
    path.write_bytes(data + b"more")
    assert told(path, tmp_path) == (
        f"DIR/m/{name}.bin holds more than it says: expected {len(data)} bytes for {count} {what}, "
        f"got {len(data) + 4}. {AGAIN}"
    )
    path.write_bytes(struct.pack("<Q", 2**60) + data[8:])
    assert told(path, tmp_path) == (
        f"DIR/m/{name}.bin is cut short: expected {2**60} {what}, got the end of the file within "
        f"number {count + 1}. {AGAIN}"
    )


def test_bytes_of_any_kind_never_escape_the_error(tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    folder = write_colmap(tmp_path / "m", make_model())
    messages = []
    for name in ("cameras", "images", "points3D"):
        data = (folder / f"{name}.bin").read_bytes()
        for suffix in (".bin", ".txt"):
            for _ in range(20):
                damaged = bytearray(data)
                for place in generator.integers(0, len(data), 8):
                    damaged[place] = generator.integers(0, 256)
                path = tmp_path / f"{name}{suffix}"
                path.write_bytes(damaged)
                try:
                    messages.append(told(path, tmp_path))
                except pytest.fail.Exception:
                    continue  # Damage inside a number cannot be seen.
    # Every binary file under the name of a text is found out, and some of the others.
    assert len(messages) >= 60
    assert all(message.startswith("DIR/") for message in messages)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1 FISHY 64 48 1 2 3",
            "DIR/cameras.txt: camera 1 has a model that is not known: expected one of "
            f"{', '.join(COLMAP_MODELS)}, got FISHY. Undistort the pictures with COLMAP (colmap "
            "image_undistorter) and use its output.",
        ),
        (
            "7 OPENCV 64 48 1 2 3",
            "DIR/cameras.txt: camera 7 has another number of parameters: expected 8 for the model "
            f"OPENCV, got 3. {AGAIN}",
        ),
        (
            "7 SIMPLE_PINHOLE 64 48 nan 2 3",
            "DIR/cameras.txt: camera 7 is not usable: expected a size of 1 x 1 pixels or more, "
            f"finite numbers, a positive focal length, got 64 x 48 pixels, nan 2 3. {AGAIN}",
        ),
        (
            "# comment\n7 SIMPLE_PINHOLE wide 48 1 2 3",
            "DIR/cameras.txt, line 2: expected CAMERA_ID MODEL WIDTH HEIGHT PARAMS, got "
            f"'7 SIMPLE_PINHOLE wide 48 1 2 3'. {AGAIN}",
        ),
        (
            "1 SIMPLE_PINHOLE 4 4 5 2 2\n1 SIMPLE_PINHOLE 4 4 5 2 2",
            f"DIR/cameras.txt lists a camera twice: expected 2 numbers that differ, got 1. {AGAIN}",
        ),
    ],
)
def test_wrong_cameras(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "cameras.txt").write_text(text)
    assert told(tmp_path / "cameras.txt", tmp_path) == message


def test_unknown_number_of_a_model(tmp_path: Path) -> None:
    data = struct.pack("<QiiQQ3d", 1, 5, 99, 64, 48, 1, 2, 3)
    (tmp_path / "cameras.bin").write_bytes(data)
    assert told(tmp_path / "cameras.bin", tmp_path) == (
        "DIR/cameras.bin: camera 5 has a model that is not known: expected 0 to 17, got 99. "
        "Undistort the pictures with COLMAP (colmap image_undistorter) and use its output."
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "images",
            "1 1 0 0 0 0 0 0 1",
            "DIR/images.txt, line 1: expected IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, got "
            f"'1 1 0 0 0 0 0 0 1'. {AGAIN}",
        ),
        (
            "images",
            "1 1 0 0 0 0 0 0 1 a.jpg\n2 1 0 0 0 0 0 0 1 b.jpg",
            "DIR/images.txt, line 2: expected threes of X Y POINT3D_ID, or an empty line, after "
            f"each image, got '2 1 0 0 0 0 0 0 1 b.jpg'. {AGAIN}",
        ),
        (
            "points3D",
            "1 0 0 0 300 0 0 0.5",
            "DIR/points3D.txt, line 1: expected POINT3D_ID X Y Z R G B ERROR, colors from 0 to 255"
            f", got '1 0 0 0 300 0 0 0.5'. {AGAIN}",
        ),
    ],
)
def test_wrong_lines(name: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.txt").write_text(text)
    assert told(tmp_path / f"{name}.txt", tmp_path) == message


def test_missing_parts(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read_colmap(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} holds no COLMAP model: expected cameras.bin and images.bin, or cameras.txt "
        "and images.txt"
    )
    model = make_model()
    few = ColmapModel({3: model.cameras[3]}, model.images, model.points)
    folder = write_colmap(tmp_path / "m", few)
    with pytest.raises(FormatError) as caught:
        read_colmap(folder)
    assert str(caught.value) == (
        f"{folder / 'images.bin'}: the camera of left/a picture.png is not there: expected one of "
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
