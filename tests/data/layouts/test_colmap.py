"""Captures with a COLMAP model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, PointCloud
from scenewright.data import check_capture, open_capture
from scenewright.geometry.distortion import Lens
from scenewright.geometry.projection import project
from scenewright.io.colmap import (
    ColmapCamera,
    ColmapImage,
    ColmapModel,
    ColmapPoints,
    read_colmap,
    read_colmap_cameras,
    read_colmap_images,
    read_colmap_points,
    write_colmap,
)
from tests.data.capture_builders import (
    FOCAL,
    HEIGHT,
    WIDTH,
    Room,
    assert_shows,
    message_of,
    save_picture,
    write_colmap_capture,
)
from tests.data.layouts.distorted_builders import (
    DISTORTED_SIZE,
    LENSES,
    assert_undistorted,
    write_distorted,
)


def every_file(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def change_model(folder: Path, **parts: object) -> None:
    path = folder / "sparse/0"
    present = {
        "cameras": read_colmap_cameras(path / "cameras.bin"),
        "images": read_colmap_images(path / "images.bin"),
        "points": read_colmap_points(path / "points3D.bin"),
    }
    model = ColmapModel(**{**present, **parts})  # type: ignore[arg-type]
    write_colmap(path, model, overwrite=True)


@pytest.mark.parametrize("model", LENSES)
def test_lenses_are_undistorted_on_reading(model: str, room: Room, tmp_path: Path) -> None:
    width, height = DISTORTED_SIZE
    lens = Lens.from_params(model, LENSES[model], width=width, height=height)
    names = write_distorted(tmp_path, room, lens)
    camera = ColmapCamera(4, model, width, height, np.array(LENSES[model]))
    images = [ColmapImage(i, n, 4, np.linalg.inv(room.poses[i])) for i, n in enumerate(names)]
    write_colmap(tmp_path / "sparse", ColmapModel({4: camera}, tuple(images), no_points()))
    before = every_file(tmp_path)
    capture = open_capture(tmp_path)
    frames = list(capture)
    for frame in frames:
        assert_undistorted(frame, room)
        assert frame.world_from_cam is not None
        np.testing.assert_allclose(frame.world_from_cam, room.poses[frame.index], atol=1e-9)
        assert (frame.camera.cx, frame.camera.cy) == pytest.approx(lens.center)
        assert frame.camera is frames[0].camera or model == "PINHOLE", "one map for all frames"
    np.testing.assert_allclose(capture.camera.K, frames[0].camera.K)
    expected = [line for line in capture.description if line.startswith("lens: ")]
    assert len(expected) == (model != "PINHOLE")
    report = check_capture(tmp_path)
    assert [p.code for p in report.problems] == ["intrinsics-size"] * (model == "PINHOLE")
    assert report.is_usable
    assert every_file(tmp_path) == before


def no_points() -> ColmapPoints:
    return ColmapPoints.of(PointCloud(np.zeros((0, 3), np.float32)))


@pytest.mark.parametrize("sparse", ["sparse/0", "sparse", "colmap/sparse/0", "."])
@pytest.mark.parametrize("binary", [True, False])
def test_folders_of_the_model(sparse: str, binary: bool, room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, sparse=sparse, binary=binary)
    capture = open_capture(folder)
    assert capture.layout == "colmap" and len(capture) == len(room)
    assert capture.is_metric is False
    pose = capture[3].world_from_cam
    assert pose is not None
    np.testing.assert_allclose(pose, room.poses[3], atol=1e-9)
    assert capture.sparse_points is not None


def test_sparse_points_lie_on_the_surface(room: Room, tmp_path: Path) -> None:
    capture = open_capture(write_colmap_capture(tmp_path, room))
    cloud = capture.sparse_points
    assert cloud is not None and cloud.colors is not None and len(cloud) == WIDTH
    frame = capture[0]
    assert frame.world_from_cam is not None and frame.depth is not None
    cam_from_world = np.linalg.inv(frame.world_from_cam)
    seen = cloud.points @ cam_from_world[:3, :3].T + cam_from_world[:3, 3]
    columns, rows = np.floor(project(seen, frame.camera)).astype(int).T
    np.testing.assert_allclose(seen[:, 2], frame.depth[rows, columns], rtol=1e-4)
    assert np.array_equal(cloud.colors, room.images[0, rows, columns])
    (tmp_path / "capture.json").write_text('{"pose_scale": 10, "depth_scale": 10000}')
    scaled = open_capture(tmp_path)
    assert scaled.sparse_points is not None
    np.testing.assert_allclose(scaled.sparse_points.points * 10, cloud.points, rtol=1e-6)
    pose = scaled[0].world_from_cam
    assert pose is not None
    np.testing.assert_allclose(pose[:3, 3] * 10, frame.world_from_cam[:3, 3])


def test_subfolders_and_other_suffixes(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    images = []
    for i, image in enumerate(read_colmap(folder / "sparse/0").images):
        side = "left" if i % 2 else "right"
        for kind in ("images", "depths"):
            (folder / kind / side).mkdir(exist_ok=True)
            (folder / kind / image.name).rename(folder / kind / side / f"{i // 2:03d}.png")
        images.append(replace(image, name=f"{side}/{i // 2:03d}.JPG"))
    change_model(folder, images=tuple(images))
    capture = open_capture(folder)
    names = list(capture.names)
    assert names[:2] == ["left_000", "left_001"] and len(set(names)) == len(room)
    assert capture[0].image is not None and np.array_equal(capture[0].image, room.images[1])
    assert capture[4].image is not None and np.array_equal(capture[4].image, room.images[0])
    assert capture[4].depth is not None
    assert check_capture(folder).problems == ()


def test_cameras_of_several_sizes(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, depth=False)
    model = read_colmap(folder / "sparse/0")
    wide = ColmapCamera(2, "PINHOLE", 128, HEIGHT, np.array([FOCAL, FOCAL, 64.0, 24.0]))
    images = list(model.images)
    images[2] = replace(images[2], camera_id=2)
    save_picture(folder / "images" / "0002.png", np.tile(room.images[2], (1, 2, 1)))
    change_model(folder, cameras={**model.cameras, 2: wide}, images=tuple(images))
    capture = open_capture(folder)
    assert [frame.camera.width for frame in capture][:4] == [64, 64, 128, 64]
    assert [p.code for p in check_capture(folder).problems] == ["no-depth"]
    save_picture(folder / "images" / "0002.png", room.images[2])
    problem = check_capture(folder).errors[0]
    assert str(problem) == (
        "error [picture-shape] 1 images have a different aspect ratio than their intrinsics: "
        "expected the aspect ratio of 128 x 48 pixels, got 64 x 48 pixels in 0002. Use the images "
        "as they were calibrated, neither rotated nor cropped."
    )


def test_images_of_half_the_size(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, depth=False)
    for i in range(len(room)):
        save_picture(folder / "images" / f"{i:04d}.png", room.images[i, ::2, ::2])
    camera = open_capture(folder)[0].camera
    assert (camera.width, camera.fx, camera.cx) == (WIDTH // 2, FOCAL / 2, WIDTH / 4)


def test_images_without_files_and_files_without_poses(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    (folder / "images" / "0003.png").unlink()
    save_picture(folder / "images" / "extra.png", room.images[0])
    capture = open_capture(folder)
    assert len(capture) == len(room) - 1
    report = check_capture(folder)
    assert report.is_usable
    texts = [str(problem).replace(str(folder), "DIR") for problem in report.problems]
    assert texts[:2] == [
        "warning [missing-color] 1 images of the model have no file and are not used: expected "
        "a file in DIR/images for each, got none for 0003.png. Restore these files, or ignore "
        "them.",
        "warning [unplaced-color] 1 image files have no pose in the model and are not used: "
        "expected a pose for each, got none for extra. Ignore this if they are few; otherwise "
        "run COLMAP again with more overlap.",
    ]


def test_no_image_of_the_model_is_found(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    (folder / "images").rename(folder / "elsewhere")
    expected = (
        "None of the 8 images of the model was found: expected 0000.png, 0001.png, 0002.png and "
        "5 more in DIR/images, got {}. Put the input images of COLMAP into images/ under the same "
        "names."
    )
    assert message_of(folder) == expected.format("no images in DIR/images")
    save_picture(folder / "images" / "a.png", room.images[0])
    assert message_of(folder) == expected.format("a.png")


def test_models_that_are_refused(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    model = read_colmap(folder / "sparse/0")
    change_model(folder, images=())
    assert message_of(folder) == (
        "DIR/sparse/0/images.bin lists no images: expected images with poses. Run COLMAP again; it "
        "could not register any image."
    )
    change_model(folder, images=(replace(model.images[0], camera_id=9),))
    assert message_of(folder) == (
        "DIR/sparse/0/images.bin: the camera of 0000.png is missing: expected one of the 1 "
        "cameras in cameras.bin, got camera id 9. Copy or export the model again."
    )
    around = ColmapCamera(1, "EQUIRECTANGULAR", 64, 48, np.array([64.0, 48.0]))
    change_model(folder, images=model.images, cameras={1: around})
    assert message_of(folder) == (
        "DIR/sparse/0/cameras.bin: camera 1 is a panorama: expected a perspective or fisheye "
        "camera, "
        "got EQUIRECTANGULAR. Split the panoramas into perspective images first."
    )
    change_model(folder, cameras=model.cameras, images=(replace(model.images[0], name="../a.png"),))
    assert message_of(folder).startswith("DIR/sparse/0/images.bin lists a file outside the capture")
    path = folder / "sparse/0/images.bin"
    path.write_bytes(path.read_bytes()[:-3])
    report = check_capture(folder)
    assert [problem.code for problem in report.problems] == ["not-a-capture"]
    assert "is truncated: expected 1 images" in str(report.problems[0])


def test_relative_depth_is_not_used(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    (folder / "sparse/0/depth_params.json").write_text("{}")
    capture = open_capture(folder)
    assert not capture.has_depth and capture[0].depth is None
    assert (
        "depths/ contains relative depth (depth_params.json) and is not used" in capture.description
    )


def test_depth_maps_of_the_dense_reconstruction(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, depth=False, sparse="sparse")
    maps = folder / "stereo" / "depth_maps"
    maps.mkdir(parents=True)
    for i, depth in enumerate(room.depths):
        header = f"{depth.shape[1]}&{depth.shape[0]}&1&".encode()
        data = header + (depth / 1000).astype("<f4").tobytes()
        (maps / f"{i:04d}.png.geometric.bin").write_bytes(data)
    assert_shows(open_capture(folder), room)
    (maps / "0002.png.geometric.bin").write_bytes(data[:100])
    with pytest.raises(CaptureError, match="expected a depth map of COLMAP"):
        open_capture(folder)[2]


def test_the_largest_of_several_models_is_used(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, sparse="sparse/1")
    model = read_colmap(folder / "sparse/1")
    write_colmap(folder / "sparse/0", replace(model, images=model.images[:2]))
    capture = open_capture(folder)
    assert len(capture) == len(room)
    (problem,) = [p for p in check_capture(folder).problems if p.code == "several-models"]
    assert problem.severity == "warning"
    assert problem.got == f"sparse/1 ({len(room)} images) is used, not sparse/0 (2 images)"


@pytest.mark.parametrize("sparse", ["sparse/1", "sparse/12", "colmap_text"])
def test_models_in_other_folders(sparse: str, room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, sparse=sparse)
    assert len(open_capture(folder)) == len(room)
    assert not [p for p in check_capture(folder).problems if p.code == "several-models"]


@pytest.mark.parametrize("dense", ["dense", "dense/0"])
def test_undistorted_images_of_a_workspace(dense: str, room: Room, tmp_path: Path) -> None:
    write_colmap_capture(tmp_path / dense, room, sparse="sparse")
    capture = open_capture(tmp_path)
    assert len(capture) == len(room) and capture.root == tmp_path / dense


def test_only_smaller_copies_of_the_images(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, depth=False)
    (folder / "images").rename(folder / "full")
    for i in range(len(room)):
        save_picture(folder / "images_2" / f"{i:04d}.png", room.images[i][::2, ::2])
    frame = open_capture(folder)[0]
    assert frame.camera.size == (HEIGHT // 2, WIDTH // 2)
    assert frame.camera.fx == pytest.approx(FOCAL / 2)


def test_frames_outside_of_the_training_images_are_for_tests(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    assert open_capture(folder).test_names == ()
    for i in range(len(room)):
        if i not in (2, 5):
            save_picture(folder / "images_train" / f"{i:04d}.png", room.images[i])
    capture = open_capture(folder)
    assert capture.test_names == ("0002", "0005")
    assert capture.subset(stop=4).test_names == ("0002",)
    assert "test frames of the publisher: 2" in capture.description


def test_a_shift_keeps_points_far_from_the_origin_exact(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    near = open_capture(folder).sparse_points
    far = np.array([155_000.0, 80_000.0, 250.0])
    model = read_colmap(folder / "sparse/0")
    images = []
    for image in model.images:
        pose = np.linalg.inv(image.cam_from_world)
        pose[:3, 3] += far
        images.append(replace(image, cam_from_world=np.linalg.inv(pose)))
    points = replace(model.points, points=model.points.points + far)
    change_model(folder, images=tuple(images), points=points)
    (folder / "capture.json").write_text(f'{{"origin": {far.tolist()}}}')
    shifted = open_capture(folder)
    assert near is not None and shifted.sparse_points is not None
    np.testing.assert_allclose(shifted.sparse_points.points, near.points, atol=1e-5)
