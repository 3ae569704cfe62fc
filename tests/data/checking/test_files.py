"""Checks of files by their headers and ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.data import check_capture
from tests.data.capture_builders import (
    HEIGHT,
    K_INTEGER,
    Room,
    save_matrix,
    save_picture,
    write_plain,
)
from tests.data.checking.check_builders import codes


def test_single_truncated_png_names_the_file(long_room: Room, tmp_path: Path) -> None:
    path = write_plain(tmp_path, long_room) / "depth" / "000003.png"
    size = len(path.read_bytes()) - 12
    path.write_bytes(path.read_bytes()[:size])
    (problem,) = check_capture(tmp_path, num_samples=2).problems
    assert str(problem) == (
        f"error [truncated-file] {path} is truncated: expected an end mark (b'IEND') in the last "
        f"bytes, got {size} bytes without one. Copy or export this file again, or remove the "
        "files of this frame from the capture."
    )


def test_intrinsics_of_another_size(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    for i in range(len(long_room)):
        large = long_room.images[i].repeat(2, axis=0).repeat(2, axis=1)
        save_picture(folder / "color" / f"{i:06d}.png", large)
    K = K_INTEGER.copy()
    K[:2] *= 2
    save_matrix(folder / "intrinsics.txt", K)
    report = check_capture(folder)
    assert codes(report)[0] == "intrinsics-size"
    assert "color-depth-size" in codes(report)
    assert report.errors[0].got == "63, 47, which fits the color images, 128 x 96 pixels"


def test_intrinsics_that_are_divided_by_the_size(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    save_matrix(folder / "intrinsics.txt", np.diag([1 / 64, 1 / 48, 1]) @ K_INTEGER)
    report = check_capture(folder)
    assert codes(report) == ["intrinsics-size"]
    assert report.errors[0].do.startswith("The matrix is divided by the size of the images")


def test_unusual_focal_length(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    K = K_INTEGER.copy()
    K[0, 0] = 6.0
    save_matrix(folder / "intrinsics.txt", K)
    assert "intrinsics-focal" in codes(check_capture(folder))


def test_sizes_that_differ(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    save_picture(folder / "depth" / "000002.png", long_room.depths[2][::2, ::2])
    report = check_capture(folder)
    assert codes(report) == ["mixed-sizes"]
    assert report.errors[0].frames == ("000002",)
    for i in range(len(long_room)):
        save_picture(folder / "color" / f"{i:06d}.png", long_room.images[i][:, :HEIGHT])
    assert "color-depth-shape" in codes(check_capture(folder))
