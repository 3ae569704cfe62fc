from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.data import CaptureReport, check_capture
from tests.data.capture_builders import (
    FLIP_YZ,
    HEIGHT,
    K_INTEGER,
    WIDTH,
    Room,
    make_room,
    save_matrix,
    save_picture,
    write_plain,
    write_tum,
)


@pytest.fixture(scope="module")
def room() -> Room:
    return make_room(12)


def changed(room: Room, poses: np.ndarray) -> Room:
    return Room(room.images, room.depths, poses)


def codes(report: CaptureReport) -> list[str]:
    return [problem.code for problem in report.problems]


def mended(folder: Path, **settings: object) -> list[str]:
    (folder / "capture.json").write_text(json.dumps(settings))
    return codes(check_capture(folder))


def test_inverted_poses(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, changed(room, np.linalg.inv(room.poses)))
    report = check_capture(folder)
    assert codes(report) == ["pose-direction"]
    problem = report.errors[0]
    assert problem.what == "The poses are the inverse of what they are read as (world_from_cam)"
    assert problem.do == (
        'Put {"pose": "cam_from_world"} into capture.json in the capture\'s folder, or invert '
        "the matrices."
    )
    assert mended(folder, pose="cam_from_world") == []


def test_flipped_axes(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, changed(room, room.poses @ FLIP_YZ))
    report = check_capture(folder)
    assert codes(report) == ["pose-axes"]
    assert '{"axes": "opengl"}' in report.errors[0].do
    assert mended(folder, axes="opengl") == []


def test_flipped_and_inverted(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, changed(room, np.linalg.inv(room.poses @ FLIP_YZ)))
    assert codes(check_capture(folder)) == ["pose-direction", "pose-axes"]
    assert mended(folder, axes="opengl", pose="cam_from_world") == []


def test_poses_in_millimeters(room: Room, tmp_path: Path) -> None:
    poses = room.poses.copy()
    poses[:, :3, 3] *= 1000
    folder = write_plain(tmp_path, changed(room, poses))
    report = check_capture(folder)
    assert codes(report) == ["pose-scale"]
    assert '{"pose_scale": 1000}' in report.errors[0].do
    assert mended(folder, pose_scale=1000) == []


def test_plausible_depth_in_another_unit_than_the_poses(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, Room(room.images, room.depths * np.uint16(5), room.poses))
    report = check_capture(folder)
    assert codes(report) == ["pose-scale"]
    assert '{"depth_scale": 5000}' in report.errors[0].do
    assert mended(folder, depth_scale=5000) == []


def test_depth_a_thousand_times_too_large(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    report = check_capture(folder, depth_scale=1)
    assert codes(report) == ["depth-scale"]
    median = np.median(room.depths)
    assert report.errors[0].what == ("Depth does not look like metres at 1 stored units per metre")
    assert report.errors[0].expected == "a median of 0.2 to 20 m"
    assert float(report.errors[0].got.removesuffix(" m")) == pytest.approx(median, rel=0.1)
    assert "depth_scale=1000" in report.errors[0].do


def test_depth_a_thousand_times_too_small(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    for i in range(len(room)):
        np.save(folder / "depth" / f"{i:06d}.npy", room.depths[i].astype(np.float32) / 1000)
        (folder / "depth" / f"{i:06d}.png").unlink()
    report = check_capture(folder)
    assert codes(report) == ["depth-scale"]
    assert "depth_scale=1:" in report.errors[0].do
    assert mended(folder, depth_scale=1) == []


def test_shuffled_poses_fit_nothing(room: Room, tmp_path: Path) -> None:
    # Far apart and turned at random, so that no reading of them explains the depth.
    generator = np.random.default_rng(3)
    poses = room.poses.copy()
    poses[:, :3, 3] = generator.uniform(-1.5, 1.5, (len(room), 3))
    report = check_capture(write_plain(tmp_path, changed(room, poses)))
    assert codes(report) == ["pose-fit"]
    assert report.is_usable


def test_broken_files_are_all_found(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room, suffix=".jpg")
    cut = folder / "depth" / "000003.png"
    cut.write_bytes(cut.read_bytes()[:-12])
    jpeg = folder / "color" / "000005.jpg"
    jpeg.write_bytes(jpeg.read_bytes()[:-200])
    (folder / "color" / "000006.jpg").write_bytes(b"")
    (folder / "depth" / "000007.png").unlink()
    (folder / "pose" / "000008.txt").write_text("1 2 3")
    (folder / "pose" / "000009.txt").unlink()
    save_matrix(folder / "pose" / "000010.txt", np.full((4, 4), np.nan))
    save_matrix(folder / "pose" / "000011.txt", np.diag([1.1, 1.1, 1.1, 1]))
    (folder / "intrinsics.txt").write_text("60 60")
    report = check_capture(folder, num_samples=2)
    found = {problem.code: problem for problem in report.problems}
    assert set(found) == {
        "intrinsics",
        "missing-depth",
        "number-gap",
        "pose-missing",
        "pose-not-finite",
        "pose-not-rigid",
        "pose-unreadable",
        "truncated-file",
    }
    assert found["truncated-file"].frames == ("000003", "000005", "000006")
    assert found["truncated-file"].what.startswith("3 files like this one: ")
    assert found["missing-depth"].frames == ("000007",)
    assert found["pose-unreadable"].frames == ("000008",)
    assert found["pose-missing"].frames == ("000009",)
    assert found["pose-not-finite"].frames == ("000010",)
    assert found["pose-not-rigid"].frames == ("000011",)
    assert [p.severity for p in report.problems] == sorted(p.severity for p in report.problems)
    assert not report.is_usable


def test_single_truncated_png_names_the_file(room: Room, tmp_path: Path) -> None:
    path = write_plain(tmp_path, room) / "depth" / "000003.png"
    size = len(path.read_bytes()) - 12
    path.write_bytes(path.read_bytes()[:size])
    (problem,) = check_capture(tmp_path, num_samples=2).problems
    assert str(problem) == (
        f"error [truncated-file] {path} is cut short: expected an end mark (b'IEND') in the last "
        f"bytes, got {size} bytes without one. Copy or export this file again, or take the "
        "frame's files out of the capture."
    )


def test_damage_inside_is_found_by_full_decoding(room: Room, tmp_path: Path) -> None:
    path = write_plain(tmp_path, room) / "depth" / "000004.png"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    path.write_bytes(bytes(data))
    report = check_capture(tmp_path, full=True)
    assert codes(report) == ["unreadable"]
    assert report.errors[0].frames == ("000004",)
    assert report.num_decoded == len(room) - 1


def test_intrinsics_of_another_size(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    for i in range(len(room)):
        large = room.images[i].repeat(2, axis=0).repeat(2, axis=1)
        save_picture(folder / "color" / f"{i:06d}.png", large)
    K = K_INTEGER.copy()
    K[:2] *= 2
    save_matrix(folder / "intrinsics.txt", K)
    report = check_capture(folder)
    assert codes(report)[0] == "intrinsics-size"
    assert "color-depth-size" in codes(report)
    assert report.errors[0].got == "63, 47, as in pictures of the colour pictures' 128 x 96 pixels"


def test_unusual_focal_length(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    K = K_INTEGER.copy()
    K[0, 0] = 6.0
    save_matrix(folder / "intrinsics.txt", K)
    assert "intrinsics-focal" in codes(check_capture(folder))


def test_sizes_that_do_not_fit(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    save_picture(folder / "depth" / "000002.png", room.depths[2][::2, ::2])
    report = check_capture(folder)
    assert codes(report) == ["mixed-sizes"]
    assert report.errors[0].frames == ("000002",)
    for i in range(len(room)):
        save_picture(folder / "color" / f"{i:06d}.png", room.images[i][:, :HEIGHT])
    assert "color-depth-shape" in codes(check_capture(folder))


def test_frames_without_content(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    nothing = np.zeros((HEIGHT, WIDTH), np.uint16)
    few = nothing.copy()
    few[:2] = room.depths[5][:2]
    save_picture(folder / "depth" / "000004.png", nothing)
    save_picture(folder / "depth" / "000005.png", few)
    save_picture(folder / "color" / "000006.png", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    found = {p.code: p.frames for p in check_capture(folder).warnings}
    assert found == {
        "empty-depth": ("000004",),
        "sparse-depth": ("000005",),
        "empty-image": ("000006",),
    }


def test_stuck_trajectory(room: Room, tmp_path: Path) -> None:
    poses = room.poses.copy()
    poses[5] = poses[4]
    report = check_capture(write_plain(tmp_path, changed(room, poses)))
    assert codes(report) == ["pose-duplicate"]
    assert report.warnings[0].frames == ("000005",)


def test_no_poses_at_all(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "pose").rename(tmp_path / "elsewhere")
    report = check_capture(folder)
    assert [p.code for p in report.errors] == ["pose-missing"]
    assert report.errors[0].what == "12 of 12 frames have no pose and are not used"


def test_gaps_in_time_and_disorder(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    assert codes(check_capture(folder)) == []
    for name in ("rgb.txt", "depth.txt"):
        lines = (folder / name).read_text().splitlines()
        (folder / name).write_text("\n".join(lines[:3] + lines[10:]))
    assert "time-gap" in codes(check_capture(folder))
    plain = write_plain(tmp_path / "plain", room)
    times = list(range(len(room)))
    times[3], times[4] = times[4], times[3]
    assert mended(plain, times=times) == ["time-order"]


def test_no_capture_is_a_problem_not_an_exception(tmp_path: Path) -> None:
    report = check_capture(tmp_path / "nowhere")
    assert codes(report) == ["not-a-capture"]
    assert report.layout is None and report.num_frames == 0
    json.dumps(report.as_dict())
