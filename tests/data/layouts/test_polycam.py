"""Raw exports of Polycam."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import CaptureError
from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import Room, assert_shows, write_polycam


def test_the_corrected_cameras_are_preferred(room: Room, tmp_path: Path) -> None:
    keyframes = write_polycam(tmp_path, room) / "keyframes"
    for kind in ("images", "cameras"):
        (keyframes / kind).rename(keyframes / f"corrected_{kind}")
        (keyframes / kind).mkdir()
    capture = open_capture(tmp_path)
    assert_shows(capture, room)
    assert "corrected_images/ and corrected_cameras/: intrinsics and poses per frame" in (
        capture.description
    )
    assert capture.up is not None and capture.up.tolist() == [0, 1, 0]


def test_photographs_without_depth(room: Room, tmp_path: Path) -> None:
    keyframes = write_polycam(tmp_path, room) / "keyframes"
    (keyframes / "depth").rename(tmp_path / "elsewhere")
    capture = open_capture(tmp_path)
    assert len(capture) == len(room) and not capture.has_depth


def test_depth_of_some_frames_only(long_room: Room, tmp_path: Path) -> None:
    keyframes = write_polycam(tmp_path, long_room) / "keyframes"
    next((keyframes / "depth").iterdir()).unlink()
    assert "missing-depth" in [p.code for p in check_capture(tmp_path).warnings]


def test_a_camera_file_of_something_else(room: Room, tmp_path: Path) -> None:
    path = next((write_polycam(tmp_path, room) / "keyframes" / "cameras").iterdir())
    path.write_text('{"fx": 60}')
    with pytest.raises(CaptureError) as caught:
        open_capture(tmp_path)
    assert str(caught.value) == (
        f"{path} does not describe a camera: expected numbers t_00 to t_23, fx, fy, cx, cy, width, "
        "height, got KeyError 't_00'. Export the raw data again."
    )
