"""Binary COLMAP files: speed, truncation, wrong numbers."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from scenewright.io.colmap import read_colmap_points, write_colmap
from tests.io.colmap_builders import AGAIN, make_model, message_of


def test_a_hundred_thousand_points_are_read_fast(tmp_path: Path) -> None:
    folder = write_colmap(tmp_path / "m", make_model(100_000))
    start = time.perf_counter()
    assert len(read_colmap_points(folder / "points3D.bin")) == 100_000
    assert time.perf_counter() - start < 2


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
    assert message_of(path, tmp_path) == (
        f"DIR/m/{name}.bin is truncated: expected {count} {what}, got the end of the file within "
        f"number {at}. {AGAIN}"
    )
    path.write_bytes(b"\1\0\0")
    assert message_of(path, tmp_path) == (
        f"DIR/m/{name}.bin is truncated: expected the number of {what} in 8 bytes, got 3 bytes. "
        f"{AGAIN}"
    )


@pytest.mark.parametrize("name", ["cameras", "images", "points3D"])
def test_wrong_numbers_of_records(name: str, tmp_path: Path) -> None:
    path = write_colmap(tmp_path / "m", make_model()) / f"{name}.bin"
    data = path.read_bytes()
    count = struct.unpack("<Q", data[:8])[0]
    what = "points" if name == "points3D" else name
    path.write_bytes(data + b"more")
    assert message_of(path, tmp_path) == (
        f"DIR/m/{name}.bin is longer than expected: expected {len(data)} bytes for {count} {what}, "
        f"got {len(data) + 4}. {AGAIN}"
    )
    path.write_bytes(struct.pack("<Q", 2**60) + data[8:])
    assert message_of(path, tmp_path) == (
        f"DIR/m/{name}.bin is truncated: expected {2**60} {what}, got the end of the file within "
        f"number {count + 1}. {AGAIN}"
    )


def test_unknown_number_of_a_model(tmp_path: Path) -> None:
    data = struct.pack("<QiiQQ3d", 1, 5, 99, 64, 48, 1, 2, 3)
    (tmp_path / "cameras.bin").write_bytes(data)
    assert message_of(tmp_path / "cameras.bin", tmp_path) == (
        "DIR/cameras.bin: camera 5 has an unknown model: expected 0 to 17, got 99. "
        "Undistort the images with COLMAP (colmap image_undistorter) and use its output."
    )
