"""Stored intrinsics, depth values and poses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.data.encodings import DepthEncoding, Intrinsics
from tests.data.capture_builders import (
    Room,
    message_of,
    write_nerfstudio,
    write_plain,
)


def test_unusable_numbers_in_intrinsics(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    (folder / "transforms.json").write_text(json.dumps(values | {"fl_y": -60}))
    assert message_of(folder) == (
        "The intrinsics of the capture are not usable: expected finite numbers, focal lengths "
        "of 0.01 to 1e+07 pixels, a principal point within 1e+07 pixels, and images of 1 to 65536 "
        "pixels per side, got fx 60, fy -60, cx 32, cy 24 for 64 x 48 pixels. "
        "Correct their file, which docs/captures.md names for each layout."
    )


def test_numbers_that_no_camera_has(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    for cell, value in ((2, 1e19), (5, -1e8), (0, 1e-3), (4, 1e9)):
        K = np.array([60.0, 0, 31.5, 0, 60.0, 23.5, 0, 0, 1])
        K[cell] = value
        np.savetxt(folder / "intrinsics.txt", K.reshape(3, 3))
        assert message_of(folder).startswith(
            "The intrinsics of the capture are not usable: expected finite numbers, focal lengths "
            "of 0.01 to 1e+07 pixels, a principal point within 1e+07 pixels"
        )


def test_fill_values_and_negative_depth_are_no_readings() -> None:
    stored = np.array([[-1, 1500, 0, 30000]], np.int16)
    np.testing.assert_allclose(DepthEncoding().meters(stored), [[0, 1.5, 0, 30]])
    # 65535 marks missing readings in 16-bit files alone.
    fine = np.array([[65535, 150_000, 2**32 - 1]], np.uint32)
    np.testing.assert_allclose(DepthEncoding(1e5).meters(fine), [[0.65535, 1.5, 42949.67]])
    far = np.array([[1e10, 2.0, 3e38]], np.float32)
    np.testing.assert_allclose(DepthEncoding(0.001).meters(far), [[0, 2000.0, 0]])


def test_depth_units_rotated_bits_and_marks_without_reading() -> None:
    stored = np.array([[0, 1500, 65535]], np.uint16)
    np.testing.assert_allclose(DepthEncoding().meters(stored), [[0, 1.5, 0]])
    np.testing.assert_allclose(DepthEncoding(scale=5000).meters(stored), [[0, 0.3, 0]])
    units = np.array([[12345, 7]], np.uint16)
    rotated = (units << np.uint16(3)) | (units >> np.uint16(13))
    encoding = DepthEncoding(scale=10000, rotated=True)
    np.testing.assert_allclose(encoding.meters(rotated), [[1.2345, 0.0007]], rtol=1e-6)
    floats = np.array([[1.5, -1.0, np.nan, np.inf]], np.float32)
    np.testing.assert_allclose(DepthEncoding(scale=1).meters(floats), [[1.5, 0, 0, 0]])


def test_intrinsics_move_to_half_integer_centers_and_scale() -> None:
    K = np.array([[100.0, 0, 31.5], [0, 100.0, 23.5], [0, 0, 1]])
    shared = Intrinsics(K).camera(64, 48)
    assert (shared.cx, shared.cy, shared.width) == (32, 24, 64)
    half = Intrinsics(K, size=(64, 48)).camera(32, 24)
    assert (half.fx, half.cx, half.cy) == (50, 16, 12)
    stored = Intrinsics(K, pixel_center="half").camera(64, 48)
    assert (stored.cx, stored.cy) == (31.5, 23.5)


def test_distorted_intrinsics_give_a_pinhole_camera() -> None:
    K = np.array([[100.0, 0, 32.0], [0, 100.0, 24.0], [0, 0, 1]])
    lens = Intrinsics(K, (64, 48), "half", "OPENCV", (-0.2, 0.05, 0.0, 0.0))
    assert lens.is_distorted and not Intrinsics(K, (64, 48), "half").is_distorted
    camera = lens.camera(64, 48)
    assert camera.size == (48, 64) and (camera.cx, camera.cy) == (32, 24)
    assert lens.lens(32, 24).focal == pytest.approx((50.0, 50.0))
