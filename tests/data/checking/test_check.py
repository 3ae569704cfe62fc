"""The whole check of a capture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.data import check_capture
from tests.data.capture_builders import (
    HEIGHT,
    WIDTH,
    Room,
    save_matrix,
    save_picture,
    write_plain,
)
from tests.data.checking.check_builders import codes, codes_with_settings, with_poses


def enlarged(room: Room, *, depth: int, poses: float) -> Room:
    """The room with larger depth and translations."""
    moved = room.poses.copy()
    moved[:, :3, 3] *= poses
    return Room(room.images, room.depths * np.uint16(depth), moved)


@pytest.mark.parametrize("scale", [1000, 10_000])
def test_depth_that_is_far_too_large(scale: int, long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, enlarged(long_room, depth=scale // 1000, poses=1))
    report = check_capture(folder, depth_scale=1)
    assert codes(report) == ["depth-scale"]
    median = np.median(long_room.depths) * scale / 1000
    assert report.errors[0].what == ("Depth does not look like meters at 1 stored units per meter")
    assert report.errors[0].expected == "a median of 0.2 to 20 m"
    assert float(report.errors[0].got.removesuffix(" m")) == pytest.approx(median, rel=0.1)
    assert f"depth_scale={scale}" in report.errors[0].do


def test_depth_a_thousand_times_too_small(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    for i in range(len(long_room)):
        np.save(folder / "depth" / f"{i:06d}.npy", long_room.depths[i].astype(np.float32) / 1000)
        (folder / "depth" / f"{i:06d}.png").unlink()
    report = check_capture(folder)
    assert codes(report) == ["depth-scale"]
    assert "depth_scale=1:" in report.errors[0].do
    assert codes_with_settings(folder, depth_scale=1) == []


def test_large_depth_is_right_if_the_poses_fit_it(long_room: Room, tmp_path: Path) -> None:
    outdoors = enlarged(long_room, depth=12, poses=12)
    assert np.median(outdoors.depths) > 20_000
    assert codes(check_capture(write_plain(tmp_path, outdoors))) == []


def test_large_depth_in_another_unit_than_the_poses(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, enlarged(long_room, depth=10, poses=1))
    report = check_capture(folder)
    assert codes(report) == ["depth-scale"] and not report.is_usable
    assert '{"depth_scale": 10000}' in report.errors[0].do
    assert codes_with_settings(folder, depth_scale=10000) == []


def test_large_depth_that_is_right_and_poses_in_another_unit(
    long_room: Room, tmp_path: Path
) -> None:
    folder = write_plain(tmp_path, enlarged(long_room, depth=12, poses=12_000))
    assert codes(check_capture(folder)) == ["pose-scale"]
    assert codes_with_settings(folder, pose_scale=1000) == []


def test_depth_and_poses_in_millimeters(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, enlarged(long_room, depth=1, poses=1000))
    report = check_capture(folder, depth_scale=1)
    assert codes(report) == ["depth-scale"] and not report.is_usable
    assert report.errors[0].do.endswith(' The poses are in that unit, too: add "pose_scale": 1000.')
    assert codes_with_settings(folder, depth_scale=1000, pose_scale=1000) == []


def test_large_depth_that_nothing_contradicts_is_only_unusual(
    long_room: Room, tmp_path: Path
) -> None:
    outdoors = enlarged(long_room, depth=12, poses=12)
    single = Room(outdoors.images[:1], outdoors.depths[:1], outdoors.poses[:1])
    report = check_capture(write_plain(tmp_path, single))
    assert codes(report) == ["depth-scale"] and report.is_usable
    assert report.warnings[0].do.startswith(
        'Nothing, if the scene is of that size. Otherwise: Put {"depth_scale": 10000} into'
    )


def test_broken_files_are_all_found(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room, suffix=".jpg")
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
        "pose-scaled",
        "pose-unreadable",
        "truncated-file",
    }
    assert found["truncated-file"].frames == ("000003", "000005", "000006")
    assert found["truncated-file"].what.startswith("3 files such as this one: ")
    assert found["missing-depth"].frames == ("000007",)
    assert found["pose-unreadable"].frames == ("000008",)
    assert found["pose-missing"].frames == ("000009",)
    assert found["pose-not-finite"].frames == ("000010",)
    assert found["pose-scaled"].frames == ("000011",)
    assert [p.severity for p in report.problems] == sorted(p.severity for p in report.problems)
    assert not report.is_usable


def test_damaged_data_is_found_by_full_decoding(long_room: Room, tmp_path: Path) -> None:
    path = write_plain(tmp_path, long_room) / "depth" / "000004.png"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    path.write_bytes(bytes(data))
    report = check_capture(tmp_path, full=True)
    assert codes(report) == ["unreadable"]
    assert report.errors[0].frames == ("000004",)
    assert report.num_decoded == len(long_room) - 1


@pytest.mark.parametrize(("is_buffer", "severity"), [(True, "error"), (False, "warning")])
def test_depth_that_hardly_varies(
    is_buffer: bool, severity: str, long_room: Room, tmp_path: Path
) -> None:
    # A camera that stands still before a wall; what turns in a room sees no wall.
    still = np.repeat(long_room.poses[:1], len(long_room), axis=0)
    poses = long_room.poses if is_buffer else still
    folder = write_plain(tmp_path, with_poses(long_room, poses))
    near, far = 0.05, 100.0
    for i, stored in enumerate(long_room.depths):
        meters = stored / 1000
        buffer = far / (far - near) * (1 - near / meters)
        (folder / "depth" / f"{i:06d}.png").unlink()
        flat = buffer if is_buffer else 2 + 0.01 * meters
        np.save(folder / "depth" / f"{i:06d}.npy", flat.astype(np.float32))
    (folder / "capture.json").write_text('{"depth_scale": 1}')
    found = {p.code: p for p in check_capture(folder).problems}
    assert found["depth-flat"].severity == severity
    assert ("depth = near * far" in found["depth-flat"].do) == is_buffer
    assert "depth-scale" not in found


def test_frames_without_content(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    nothing = np.zeros((HEIGHT, WIDTH), np.uint16)
    few = nothing.copy()
    few[:2] = long_room.depths[5][:2]
    save_picture(folder / "depth" / "000004.png", nothing)
    save_picture(folder / "depth" / "000005.png", few)
    save_picture(folder / "color" / "000006.png", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    found = {p.code: p.frames for p in check_capture(folder).warnings}
    assert found == {
        "empty-depth": ("000004",),
        "sparse-depth": ("000005",),
        "empty-image": ("000006",),
    }


def test_a_folder_that_is_no_capture_is_a_problem(tmp_path: Path) -> None:
    report = check_capture(tmp_path / "nowhere")
    assert codes(report) == ["not-a-capture"]
    assert report.layout is None and report.num_frames == 0
    json.dumps(report.as_dict())
