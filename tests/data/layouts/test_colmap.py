"""Captures with a COLMAP model, lenses that bend, and captures without depth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, Frame, PointCloud
from scenewright.data import check_capture, open_capture
from scenewright.geometry.distortion import Lens, lens_rays
from scenewright.geometry.projection import project
from scenewright.io import write_ply_points
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
from scenewright.pipelines.segment.steps import segment
from tests.data.capture_builders import (
    FLIP_YZ,
    FOCAL,
    HEIGHT,
    WIDTH,
    Room,
    make_room,
    render_rays,
    save_picture,
    write_colmap_capture,
    write_nerfstudio,
    write_plain,
)

BENT_SIZE = (160, 120)
LENSES = {
    "OPENCV": [150.0, 148.0, 70.3, 66.1, -0.2, 0.05, 0.002, -0.003],
    "SIMPLE_RADIAL": [150.0, 83.2, 55.1, 0.12],
    "OPENCV_FISHEYE": [70.0, 71.0, 82.2, 58.3, 0.03, -0.01, 0.002, 0.0],
    "PINHOLE": [150.0, 148.0, 50.3, 76.1],
}


@pytest.fixture(scope="module")
def room() -> Room:
    return make_room()


def every_file(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def message(folder: Path) -> str:
    with pytest.raises(CaptureError) as caught:
        open_capture(folder)
    return str(caught.value).replace(str(folder), "DIR")


def change_model(folder: Path, **parts: object) -> None:
    path = folder / "sparse/0"
    present = {
        "cameras": read_colmap_cameras(path / "cameras.bin"),
        "images": read_colmap_images(path / "images.bin"),
        "points": read_colmap_points(path / "points3D.bin"),
    }
    model = ColmapModel(**{**present, **parts})  # type: ignore[arg-type]
    write_colmap(path, model, overwrite=True)


def write_bent(folder: Path, room: Room, lens: Lens) -> list[str]:
    """Pictures and depth as the lens shows them; the names of the pictures."""
    columns, rows = np.meshgrid(np.arange(lens.width) + 0.5, np.arange(lens.height) + 0.5)
    rays = lens_rays(lens, np.stack([columns, rows], axis=-1))
    assert np.isfinite(rays).all()
    names = []
    for i, pose in enumerate(room.poses):
        image, depth = render_rays(pose, rays[..., 0], rays[..., 1])
        save_picture(folder / "images" / f"{i:04d}.png", image)
        save_picture(folder / "depths" / f"{i:04d}.png", np.round(1000 * depth).astype(np.uint16))
        names.append(f"{i:04d}.png")
    return names


def assert_straight(frame: Frame, room: Room) -> None:
    camera = frame.camera
    x = (np.arange(camera.width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(camera.height) + 0.5 - camera.cy) / camera.fy
    image, depth = render_rays(room.poses[frame.index], *np.meshgrid(x, y))
    assert frame.image is not None and frame.depth is not None
    # Edges of the crate fall on one pixel or its neighbor.
    difference = np.abs(frame.image.astype(int) - image).max(axis=-1)
    assert np.quantile(difference, 0.95) < 4
    assert np.quantile(np.abs(frame.depth - depth) / depth, 0.95) < 0.02
    assert (frame.depth > 0).all()


@pytest.mark.parametrize("model", LENSES)
def test_lenses_are_straightened_on_reading(model: str, room: Room, tmp_path: Path) -> None:
    width, height = BENT_SIZE
    lens = Lens.from_params(model, LENSES[model], width=width, height=height)
    names = write_bent(tmp_path, room, lens)
    camera = ColmapCamera(4, model, width, height, np.array(LENSES[model]))
    images = [ColmapImage(i, n, 4, np.linalg.inv(room.poses[i])) for i, n in enumerate(names)]
    write_colmap(tmp_path / "sparse", ColmapModel({4: camera}, tuple(images), no_points()))
    before = every_file(tmp_path)
    capture = open_capture(tmp_path)
    frames = list(capture)
    for frame in frames:
        assert_straight(frame, room)
        np.testing.assert_allclose(frame.world_from_cam, room.poses[frame.index], atol=1e-9)
        assert (frame.camera.cx, frame.camera.cy) == pytest.approx(lens.center)
        assert frame.camera is frames[0].camera or model == "PINHOLE", "one map for all frames"
    np.testing.assert_allclose(capture.camera.K, frames[0].camera.K)
    told = [line for line in capture.description if line.startswith("lens: ")]
    assert len(told) == (model != "PINHOLE")
    report = check_capture(tmp_path)
    assert [p.code for p in report.problems] == ["intrinsics-size"] * (model == "PINHOLE")
    assert report.is_usable
    assert every_file(tmp_path) == before


def no_points() -> ColmapPoints:
    return ColmapPoints.of(PointCloud(np.zeros((0, 3), np.float32)))


@pytest.mark.parametrize("fisheye", [False, True])
def test_transforms_with_a_lens(fisheye: bool, room: Room, tmp_path: Path) -> None:
    model = "OPENCV_FISHEYE" if fisheye else "OPENCV"
    lens = Lens.from_params(model, LENSES[model], width=BENT_SIZE[0], height=BENT_SIZE[1])
    names = write_bent(tmp_path, room, lens)
    keys = ("k1", "k2", "k3", "k4") if fisheye else ("k1", "k2", "p1", "p2")
    values: dict[str, object] = dict(zip(keys, lens.coefficients, strict=True))
    values |= {"fl_x": lens.focal[0], "fl_y": lens.focal[1], "w": 160, "h": 120}
    values |= {"cx": lens.center[0], "cy": lens.center[1], "aabb_scale": 4}
    values |= {"is_fisheye": True} if fisheye else {"camera_model": "OPENCV"}
    values["frames"] = [
        {
            "file_path": f"images/{name}",
            "depth_file_path": f"depths/{name}",
            "transform_matrix": (room.poses[i] @ FLIP_YZ).tolist(),
        }
        for i, name in enumerate(names)
    ]
    (tmp_path / "transforms.json").write_text(json.dumps(values))
    capture = open_capture(tmp_path)
    assert capture.layout == "nerfstudio"
    for frame in capture:
        assert_straight(frame, room)
    assert check_capture(tmp_path).problems == ()
    ngp = "aabb_scale of instant-ngp change no pose and are passed over"
    assert ngp in capture.description
    # The same lens, told by each frame.
    for frame_values in values["frames"]:  # type: ignore[attr-defined]
        frame_values |= {"fl_x": values.pop("fl_x", lens.focal[0]), "fl_y": lens.focal[1]}
    (tmp_path / "transforms.json").write_text(json.dumps(values))
    assert_straight(open_capture(tmp_path)[5], room)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"camera_model": "EQUIRECTANGULAR"},
            "transforms.json describes a camera of a kind that is not read: expected a "
            "camera_model among OPENCV, PINHOLE, SIMPLE_PINHOLE, SIMPLE_RADIAL, RADIAL, "
            "FULL_OPENCV, PERSPECTIVE, OPENCV_FISHEYE, FISHEYE, got EQUIRECTANGULAR. Export the "
            "pictures undistorted, as from a pinhole.",
        ),
        (
            {"k4": 0.25},
            "transforms.json gives the lens a coefficient that tools read differently: expected k1 "
            "to k4 of a fisheye, or k1, k2, k3, p1, p2 of another lens, got k4 0.25. Export the "
            "pictures undistorted, as from a pinhole.",
        ),
        (
            {"k1": "much"},
            "transforms.json holds intrinsics that are not numbers: expected numbers fl_x, fl_y, "
            "cx, cy, w, h, k1, k2, k3, p1, p2, got could not convert string to float: 'much'",
        ),
    ],
)
def test_lenses_that_are_refused(
    values: dict[str, object], told: str, room: Room, tmp_path: Path
) -> None:
    path = write_nerfstudio(tmp_path, room) / "transforms.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    assert message(tmp_path) == told


def test_full_brown_lens_by_its_third_coefficient(room: Room, tmp_path: Path) -> None:
    path = write_nerfstudio(tmp_path, room) / "transforms.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"k3": -0.05}))
    lines = open_capture(tmp_path).description
    assert any(
        line.startswith("lens: FULL_OPENCV with k1 0, k2 0, p1 0, p2 0, k3 -0.05") for line in lines
    )


@pytest.mark.parametrize("sparse", ["sparse/0", "sparse", "colmap/sparse/0", "."])
@pytest.mark.parametrize("binary", [True, False])
def test_where_the_model_may_lie(sparse: str, binary: bool, room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, sparse=sparse, binary=binary)
    capture = open_capture(folder)
    assert capture.layout == "colmap" and len(capture) == len(room)
    np.testing.assert_allclose(capture[3].world_from_cam, room.poses[3], atol=1e-9)
    assert capture.sparse_points is not None


def test_sparse_points_lie_on_what_is_seen(room: Room, tmp_path: Path) -> None:
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


def test_sparse_points_of_transforms(room: Room, tmp_path: Path) -> None:
    path = write_nerfstudio(tmp_path, room) / "transforms.json"
    assert open_capture(tmp_path).sparse_points is None
    cloud = PointCloud(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.uint8))
    write_ply_points(tmp_path / "sparse_pc.ply", cloud)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"ply_file_path": "sparse_pc.ply"}))
    capture = open_capture(tmp_path)
    assert "sparse points: sparse_pc.ply" in capture.description
    assert capture.sparse_points is not None
    assert np.array_equal(capture.sparse_points.points, np.eye(3))


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
        "error [picture-shape] 1 pictures have another shape than those that their intrinsics are "
        "for: expected the shape of 128 x 48 pixels, got 64 x 48 pixels in 0002. Use the pictures "
        "that were calibrated, neither turned nor cropped."
    )


def test_pictures_of_half_the_size(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room, depth=False)
    for i in range(len(room)):
        save_picture(folder / "images" / f"{i:04d}.png", room.images[i, ::2, ::2])
    camera = open_capture(folder)[0].camera
    assert (camera.width, camera.fx, camera.cx) == (WIDTH // 2, FOCAL / 2, WIDTH / 4)


def test_cameras_without_pictures_and_pictures_without_cameras(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    (folder / "images" / "0003.png").unlink()
    save_picture(folder / "images" / "extra.png", room.images[0])
    capture = open_capture(folder)
    assert len(capture) == len(room) - 1
    report = check_capture(folder)
    assert report.is_usable
    said = [str(problem).replace(str(folder), "DIR") for problem in report.problems]
    assert said[:2] == [
        "warning [missing-color] 1 cameras of the model have no picture and are left out: expected "
        "a picture in DIR/images for each, got none for 0003.png. Put these pictures back, or "
        "leave them out for good.",
        "warning [unplaced-color] 1 pictures have no camera in the model and are left out: "
        "expected a camera for each, got none for extra. Nothing is to be done if they are few; "
        "else run COLMAP again with more overlap.",
    ]


def test_no_picture_of_the_model_is_there(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    (folder / "images").rename(folder / "elsewhere")
    told = (
        "None of the 8 pictures of the model is there: expected 0000.png, 0001.png, 0002.png and "
        "5 more in DIR/images, got {}. Put the pictures that COLMAP was given into images/, under "
        "the same names."
    )
    assert message(folder) == told.format("no pictures in DIR/images")
    save_picture(folder / "images" / "a.png", room.images[0])
    assert message(folder) == told.format("a.png there")


def test_models_that_are_refused(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    model = read_colmap(folder / "sparse/0")
    change_model(folder, images=())
    assert message(folder) == (
        "DIR/sparse/0/images.bin lists no images: expected posed images. Run COLMAP again; it "
        "could not place any picture."
    )
    change_model(folder, images=(replace(model.images[0], camera_id=9),))
    assert message(folder) == (
        "DIR/sparse/0/images.bin: the camera of 0000.png is not there: expected one of the 1 "
        "cameras in cameras.bin, got number 9. Copy or export the model again."
    )
    around = ColmapCamera(1, "EQUIRECTANGULAR", 64, 48, np.array([64.0, 48.0]))
    change_model(folder, images=model.images, cameras={1: around})
    assert message(folder) == (
        "DIR/sparse/0/cameras.bin: camera 1 is a panorama: expected a lens before a flat sensor, "
        "got EQUIRECTANGULAR. Cut the panoramas into perspective pictures first."
    )
    change_model(folder, cameras=model.cameras, images=(replace(model.images[0], name="../a.png"),))
    assert message(folder).startswith("DIR/sparse/0/images.bin lists a file outside the capture")
    path = folder / "sparse/0/images.bin"
    path.write_bytes(path.read_bytes()[:-3])
    report = check_capture(folder)
    assert [problem.code for problem in report.problems] == ["not-a-capture"]
    assert "is cut short: expected 1 images" in str(report.problems[0])


def test_guessed_depth_is_not_read(room: Room, tmp_path: Path) -> None:
    folder = write_colmap_capture(tmp_path, room)
    (folder / "sparse/0/depth_params.json").write_text("{}")
    capture = open_capture(folder)
    assert not capture.has_depth and capture[0].depth is None
    assert "depths/ holds guessed depth (depth_params.json) and is not read" in capture.description


@pytest.mark.parametrize("layout", ["colmap", "plain", "nerfstudio"])
def test_captures_without_depth_open_and_are_not_broken(
    layout: str, room: Room, tmp_path: Path
) -> None:
    if layout == "colmap":
        write_colmap_capture(tmp_path, room, depth=False)
    elif layout == "plain":
        for path in (write_plain(tmp_path, room) / "depth").iterdir():
            path.unlink()
        (tmp_path / "depth").rmdir()
    else:
        path = write_nerfstudio(tmp_path, room) / "transforms.json"
        values = json.loads(path.read_text())
        for frame in values["frames"]:
            del frame["depth_file_path"]
        path.write_text(json.dumps(values))
    capture = open_capture(tmp_path)
    assert capture.layout == layout and not capture.has_depth
    assert "depth: none" in capture.description
    frame = capture[2]
    assert frame.depth is None and frame.image is not None
    assert np.array_equal(frame.image, room.images[2])
    np.testing.assert_allclose(frame.world_from_cam, room.poses[2], atol=1e-9)
    report = check_capture(tmp_path)
    assert report.is_usable
    assert [str(problem) for problem in report.problems] == [
        "warning [no-depth] The capture has no depth, without which 'segment' cannot work: "
        "expected a depth picture for every frame, got colour pictures only. Use "
        "'fit-splats', which needs pictures and poses only, or export depth with them."
    ]
    with pytest.raises(CaptureError) as caught:
        segment(tmp_path)
    assert str(caught.value) == (
        f"No frame of the capture {tmp_path} can be used: expected frames with a valid pose and "
        "depth, got 8 with no depth. Make surfels of the pictures alone: "
        f"scenewright fit-splats {tmp_path}"
    )
