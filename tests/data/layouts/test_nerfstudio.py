"""transforms.json: intrinsics, lenses, depth and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import PointCloud
from scenewright.data import check_capture, open_capture
from scenewright.geometry.distortion import Lens
from scenewright.io import write_ply_points
from scenewright.models.classical.mask_folder import MaskFolder
from tests.data.capture_builders import (
    FLIP_YZ,
    Room,
    assert_shows,
    message_of,
    save_picture,
    write_nerfstudio,
    write_plain,
)
from tests.data.layouts.distorted_builders import (
    DISTORTED_SIZE,
    LENSES,
    assert_undistorted,
    write_distorted,
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], "expected a JSON object, got list"),
        ({}, "lists no frames: expected a list called 'frames'"),
        ({"frames": [{}]}, "a frame has no 'file_path'"),
        ({"frames": [{"file_path": "a.png"}]}, "the pose of a.png cannot be read"),
        (
            {"frames": [{"file_path": "a.png", "transform_matrix": np.eye(4).tolist()}]},
            "contains no intrinsics",
        ),
        (
            {
                "fl_x": "long",
                "w": 4,
                "h": 4,
                "frames": [{"file_path": "a.png", "transform_matrix": np.eye(4).tolist()}],
            },
            "contains intrinsics that are not numbers",
        ),
    ],
)
def test_broken_transforms(values: object, expected: str, tmp_path: Path) -> None:
    (tmp_path / "transforms.json").write_text(json.dumps(values))
    assert expected in message_of(tmp_path)


def test_nerfstudio_own_intrinsics_and_unit(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    shared = {key: values.pop(key) for key in ("fl_x", "fl_y", "cx", "cy", "w", "h")}
    for frame in values["frames"]:
        frame |= shared
    values["depth_unit_scale_factor"] = 0.0005
    (folder / "transforms.json").write_text(json.dumps(values))
    for i in range(len(room)):
        save_picture(folder / "depth" / f"{i:04d}.png", room.depths[i] * np.uint16(2))
    assert_shows(open_capture(folder), room)


def test_nerfstudio_float_depth(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    for i, frame in enumerate(values["frames"]):
        frame["depth_file_path"] = f"depth/{i:04d}.npy"
        np.save(folder / "depth" / f"{i:04d}.npy", room.depths[i].astype(np.float32))
    (folder / "transforms.json").write_text(json.dumps(values))
    assert_shows(open_capture(folder), room)


def test_masks_of_stored_images_are_undistorted_with_them(room: Room, tmp_path: Path) -> None:
    size = {"width": DISTORTED_SIZE[0], "height": DISTORTED_SIZE[1]}
    lens = Lens.from_params("OPENCV", LENSES["OPENCV"], **size)
    names = write_distorted(tmp_path, room, lens)
    keys = ("k1", "k2", "p1", "p2")
    values: dict[str, object] = dict(zip(keys, lens.coefficients, strict=True))
    values |= {"fl_x": lens.focal[0], "fl_y": lens.focal[1], "w": 160, "h": 120}
    values |= {"cx": lens.center[0], "cy": lens.center[1]}
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
    frame = capture[2]
    assert frame.depth is not None and frame.stored_pixels is not None
    # The depth images as id maps: what the depth becomes, the masks become.
    found = MaskFolder(tmp_path / "depths", frame_names=capture.names).propose(frame)
    assert found is not None
    np.testing.assert_allclose(found.to_id_map() / 1000, frame.depth, atol=1e-6)
    assert open_capture(write_plain(tmp_path / "plain", room))[2].stored_pixels is None


@pytest.mark.parametrize("fisheye", [False, True])
def test_transforms_with_a_lens(fisheye: bool, room: Room, tmp_path: Path) -> None:
    model = "OPENCV_FISHEYE" if fisheye else "OPENCV"
    lens = Lens.from_params(model, LENSES[model], width=DISTORTED_SIZE[0], height=DISTORTED_SIZE[1])
    names = write_distorted(tmp_path, room, lens)
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
        assert_undistorted(frame, room)
    assert check_capture(tmp_path).problems == ()
    ngp = "aabb_scale of instant-ngp: ignored, not part of the poses"
    assert ngp in capture.description
    # The same lens, given in each frame.
    for frame_values in values["frames"]:  # type: ignore[attr-defined]
        frame_values |= {"fl_x": values.pop("fl_x", lens.focal[0]), "fl_y": lens.focal[1]}
    (tmp_path / "transforms.json").write_text(json.dumps(values))
    assert_undistorted(open_capture(tmp_path)[5], room)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"camera_model": "EQUIRECTANGULAR"},
            "transforms.json has an unsupported camera model: expected a "
            "camera_model among OPENCV, PINHOLE, SIMPLE_PINHOLE, SIMPLE_RADIAL, RADIAL, "
            "FULL_OPENCV, PERSPECTIVE, OPENCV_FISHEYE, FISHEYE, got EQUIRECTANGULAR. Export "
            "undistorted images.",
        ),
        (
            {"k4": 0.25},
            "transforms.json has a lens coefficient that tools interpret differently: expected k1 "
            "to k4 of a fisheye, or k1, k2, k3, p1, p2 of another lens, got k4 0.25. Export "
            "undistorted images.",
        ),
        (
            {"k1": "much"},
            "transforms.json contains intrinsics that are not numbers: expected numbers fl_x, "
            "fl_y, "
            "cx, cy, w, h, k1, k2, k3, p1, p2, got could not convert string to float: 'much'",
        ),
    ],
)
def test_lenses_that_are_refused(
    values: dict[str, object], expected: str, room: Room, tmp_path: Path
) -> None:
    path = write_nerfstudio(tmp_path, room) / "transforms.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    assert message_of(tmp_path) == expected


def test_full_brown_lens_by_its_third_coefficient(room: Room, tmp_path: Path) -> None:
    path = write_nerfstudio(tmp_path, room) / "transforms.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"k3": -0.05}))
    lines = open_capture(tmp_path).description
    assert any(
        line.startswith("lens: FULL_OPENCV with k1 0, k2 0, p1 0, p2 0, k3 -0.05") for line in lines
    )


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


def test_depth_of_nerf_capture(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    for frame in values["frames"]:
        frame["depth_path"] = frame.pop("depth_file_path")
    values["integer_depth_scale"] = 0.001
    (folder / "transforms.json").write_text(json.dumps(values))
    assert_shows(open_capture(folder), room)


def test_files_of_splits(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    (folder / "transforms.json").unlink()
    for split, part in (("train", slice(0, 5)), ("val", slice(5, 6)), ("test", slice(6, 8))):
        content = values | {"frames": values["frames"][part]}
        (folder / f"transforms_{split}.json").write_text(json.dumps(content))
    capture = open_capture(folder)
    assert_shows(capture, room)
    assert (
        "frames of transforms_train.json, transforms_val.json, transforms_test.json"
        in capture.description
    )


def test_images_in_a_folder_beside_it(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path / "scan", room)
    (folder / "nerf").mkdir()
    values = json.loads((folder / "transforms.json").read_text())
    for frame in values["frames"]:
        frame["file_path"] = "../" + frame["file_path"].removeprefix("./")
        frame["depth_file_path"] = "../" + frame["depth_file_path"]
    (folder / "nerf" / "transforms.json").write_text(json.dumps(values))
    assert_shows(open_capture(folder / "nerf"), room)


def test_frames_without_an_image_are_left_out_and_listed(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    for name in ("0001", "0003"):
        (folder / "images" / f"{name}.png").unlink()
    capture = open_capture(folder)
    assert len(capture) == len(room) - 2 and not {"0001", "0003"} & set(capture.names)
    pose = capture[1].world_from_cam
    assert pose is not None
    np.testing.assert_allclose(pose, room.poses[2], atol=1e-9)
    (problem,) = [p for p in check_capture(folder).problems if p.code == "missing-color"]
    assert problem.severity == "warning" and problem.frames == ("0001", "0003")
    assert problem.what == f"2 of {len(room)} frames have no image file and are not used"


def test_alpha_and_masks_say_what_shows_the_scene(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    height, width = room.images[0].shape[:2]
    left = np.zeros((height, width), np.uint8)
    left[:, : width // 2] = 255
    save_picture(folder / "images" / "0000.png", np.dstack([room.images[0], left]))
    save_picture(folder / "masks" / "0001.png", left // 255)
    values["frames"][1]["mask_path"] = "masks/0001.png"
    (folder / "transforms.json").write_text(json.dumps(values))
    capture = open_capture(folder)
    for i in (0, 1):
        np.testing.assert_array_equal(capture[i].alpha, left)
    assert capture[2].alpha is None


def test_frames_of_the_test_files_are_for_tests(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    frames = values["frames"]
    listed = {**values, "test_filenames": ["images/0002.png"], "train_filenames": []}
    (folder / "transforms.json").write_text(json.dumps(listed))
    assert open_capture(folder).test_names == ("0002",)
    (folder / "transforms.json").unlink()
    for name, part in (("train", frames[:4]), ("val", frames[4:5]), ("test", frames[5:6])):
        (folder / f"transforms_{name}.json").write_text(json.dumps({**values, "frames": part}))
    capture = open_capture(folder)
    assert len(capture) == 6 and capture.test_names == ("0004", "0005")


def test_names_without_a_suffix(room: Room, tmp_path: Path) -> None:
    path = write_nerfstudio(tmp_path, room) / "transforms.json"
    path.write_text(path.read_text().replace(".png", ""))
    assert_shows(open_capture(tmp_path), room)


def test_the_matrix_of_larger_images_without_their_size(long_room: Room, tmp_path: Path) -> None:
    path = write_nerfstudio(tmp_path, long_room) / "transforms.json"
    values = json.loads(path.read_text())
    del values["w"], values["h"]
    path.write_text(json.dumps(values | {k: 2 * values[k] for k in ("fl_x", "fl_y", "cx", "cy")}))
    report = check_capture(tmp_path)
    assert [p.code for p in report.errors] == ["intrinsics-size"]
