from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, FrameSource
from scenewright.data import Capture, available_layouts, check_capture, open_capture
from tests.data.capture_builders import (
    FOCAL,
    HEIGHT,
    K_INTEGER,
    WIDTH,
    WRITERS,
    Room,
    as_4x4,
    make_room,
    save_matrix,
    save_picture,
    write_nerfstudio,
    write_plain,
    write_replica,
    write_scannet,
    write_scenenn,
    write_seven_scenes,
    write_stray,
    write_tum,
)


@pytest.fixture(scope="module")
def room() -> Room:
    return make_room()


def assert_shows(capture: Capture, room: Room) -> None:
    assert len(capture) == len(room)
    for i, frame in enumerate(capture):
        assert frame.index == i
        assert frame.camera.size == (HEIGHT, WIDTH)
        np.testing.assert_allclose(
            frame.camera.K, [[FOCAL, 0, WIDTH / 2], [0, FOCAL, HEIGHT / 2], [0, 0, 1]], atol=1e-9
        )
        assert frame.image is not None and frame.depth is not None
        np.testing.assert_array_equal(frame.image, room.images[i])
        np.testing.assert_allclose(frame.depth, room.depths[i] / 1000, atol=2e-4)
        np.testing.assert_allclose(frame.world_from_cam, room.poses[i], atol=1e-7)


@pytest.mark.parametrize("name", WRITERS)
def test_every_layout_shows_the_same_room(name: str, room: Room, tmp_path: Path) -> None:
    capture = open_capture(WRITERS[name](tmp_path / "place", room))
    assert capture.layout == name
    assert capture.name == "place"
    assert isinstance(capture, FrameSource)
    assert capture.description[0].startswith(f"layout: {name} (")
    assert_shows(capture, room)


@pytest.mark.parametrize("name", WRITERS)
def test_a_good_capture_has_no_problems(name: str, room: Room, tmp_path: Path) -> None:
    report = check_capture(WRITERS[name](tmp_path / "place", room))
    assert report.problems == ()
    assert report.layout == name
    assert report.num_frames == report.num_decoded == len(room)


def test_every_layout_has_a_writer() -> None:
    assert set(WRITERS) == set(available_layouts())


def test_scannet_frames_folder_itself(room: Room, tmp_path: Path) -> None:
    capture = open_capture(write_scannet(tmp_path / "scene0000_00", room) / "frames")
    assert capture.layout == "scannet"
    assert capture.name == "scene0000_00"
    assert capture.names[3] == "3"


def test_scannet_color_is_resized_to_depth(room: Room, tmp_path: Path) -> None:
    folder = write_scannet(tmp_path, room)
    for i in range(len(room)):
        large = room.images[i].repeat(2, axis=0).repeat(2, axis=1)
        save_picture(folder / "frames" / "color" / f"{i}.png", large)
    frame = open_capture(folder)[2]
    assert frame.image is not None
    assert frame.image.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(frame.image.astype(int) - room.images[2]).mean() < 3
    assert frame.camera.cx == pytest.approx(WIDTH / 2)


def test_scannet_lost_pose_is_none(room: Room, tmp_path: Path) -> None:
    folder = write_scannet(tmp_path, room)
    save_matrix(folder / "frames" / "pose" / "2.txt", np.full((4, 4), -np.inf))
    capture = open_capture(folder)
    assert capture[2].world_from_cam is None
    assert capture[3].world_from_cam is not None


def test_scenenn_trajectory_log(room: Room, tmp_path: Path) -> None:
    capture = open_capture(write_scenenn(tmp_path, room, log=True))
    assert_shows(capture, room)
    assert capture.names[0] == "image00001"


@pytest.mark.parametrize(
    ("name", "missing", "focal", "center"),
    [
        ("7scenes", "camera-intrinsics.txt", 585.0, (320.5, 240.5)),
        ("scenenn", "intrinsic/intrinsic_depth.txt", 544.47329, (320.5, 240.5)),
        ("tum", "intrinsics.txt", 525.0, (320.0, 240.0)),
        ("replica", "cam_params.json", 600.0, (600.0, 340.0)),
    ],
)
def test_default_intrinsics(
    name: str,
    missing: str,
    focal: float,
    center: tuple[float, float],
    room: Room,
    tmp_path: Path,
) -> None:
    folder = WRITERS[name](tmp_path, room)
    (folder / missing).unlink()
    camera = open_capture(folder).camera
    full = camera.resized(1200, 680) if name == "replica" else camera.resized(640, 480)
    np.testing.assert_allclose((full.fx, full.cx, full.cy), (focal, *center))
    said = open_capture(folder).description
    assert any(Path(missing).name in line or "default" in line for line in said)


def test_seven_scenes_marks_without_reading(room: Room, tmp_path: Path) -> None:
    folder = write_seven_scenes(tmp_path, room)
    depth = room.depths[0].copy()
    depth[:5] = 65535
    depth[5:7] = 0
    save_picture(folder / "frame-000000.depth.png", depth)
    read = open_capture(folder)[0].depth
    assert read is not None
    assert (read[:7] == 0).all() and (read[7:] > 0).all()


def test_tum_interpolates_between_poses(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    lines = (folder / "groundtruth.txt").read_text().splitlines()
    kept = [line for i, line in enumerate(lines[1:]) if i != 3]
    (folder / "groundtruth.txt").write_text("\n".join(kept))
    capture = open_capture(folder)
    assert capture[3].world_from_cam is None, "the gap of 0.2 s is too long"
    assert capture[2].world_from_cam is not None
    shifted = []  # poses halfway between the pictures
    for line in lines[1:]:
        time, rest = line.split(" ", 1)
        shifted.append(f"{float(time) + 0.05:.6f} {rest}")
    (folder / "groundtruth.txt").write_text("\n".join(shifted))
    pose = open_capture(folder)[4].world_from_cam
    assert pose is not None
    np.testing.assert_allclose(pose[:3, 3], room.poses[3:5, :3, 3].mean(axis=0), atol=1e-4)


def test_tum_pairs_by_time_and_uses_each_once(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    lines = (folder / "depth.txt").read_text().splitlines()
    (folder / "depth.txt").write_text("\n".join(line for line in lines if "100.300000" not in line))
    capture = open_capture(folder)
    assert len(capture) == len(room) - 1
    assert [frame.time for frame in capture][:4] == [100.0, 100.1, 100.2, 100.4]


def test_tum_intrinsics_by_folder_name(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "rgbd_dataset_freiburg3_office", room)
    (folder / "intrinsics.txt").unlink()
    capture = open_capture(folder)
    assert capture.camera.resized(640, 480).fx == pytest.approx(535.4)
    assert any("freiburg3" in line for line in capture.description)


def test_replica_params_one_level_above(room: Room, tmp_path: Path) -> None:
    folder = write_replica(tmp_path / "office0", room)
    (folder / "cam_params.json").rename(tmp_path / "cam_params.json")
    assert_shows(open_capture(folder), room)


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


def test_stray_large_color_and_confidence(room: Room, tmp_path: Path) -> None:
    folder = write_stray(tmp_path, room, enlarge=3)
    trust = np.full((HEIGHT, WIDTH), 2, np.uint8)
    trust[:10] = 0
    save_picture(folder / "confidence" / "000001.png", trust)
    capture = open_capture(folder)
    frame = capture[1]
    assert frame.camera.cx == pytest.approx(WIDTH / 2)
    assert frame.image is not None and frame.image.shape == (HEIGHT, WIDTH, 3)
    assert frame.depth is not None
    assert (frame.depth[:10] == 0).all() and (frame.depth[10:] > 0).all()
    assert frame.time == pytest.approx(7 + 1 / 60)
    assert capture.up is not None and capture.up.tolist() == [0, 1, 0]


def test_stray_video_only_tells_how_to_unpack(room: Room, tmp_path: Path) -> None:
    folder = write_stray(tmp_path, room)
    (folder / "rgb").rename(folder / "elsewhere")
    (folder / "rgb.mp4").write_bytes(b"")
    with pytest.raises(CaptureError, match=r"ffmpeg -i rgb\.mp4 .* rgb/%06d\.jpg"):
        open_capture(folder)


def test_custom_names_of_other_tools(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "intrinsics.txt").unlink()
    save_matrix(folder / "intrinsic_depth.txt", as_4x4(K_INTEGER))
    (folder / "pose").rename(folder / "poses")
    assert_shows(open_capture(folder), room)
