"""Recordings of Record3D."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import HEIGHT, WIDTH, Room, assert_shows, write_record3d


def change(folder: Path, **values: Any) -> None:
    """Replaces values of the metadata."""
    path = folder / "metadata"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_what_the_app_writes_besides_the_pictures(room: Room, tmp_path: Path) -> None:
    folder = write_record3d(tmp_path, room)
    (folder / "icon").write_bytes(b"")
    capture = open_capture(folder)
    assert_shows(capture, room)
    assert "8 poses and 8 cameras of frames from metadata" in capture.description
    assert capture.up is not None and capture.up.tolist() == [0, 1, 0]
    assert capture[3].time == 3 / 60


def test_one_camera_for_all_frames_is_listed_by_columns(room: Room, tmp_path: Path) -> None:
    folder = write_record3d(tmp_path, room)
    change(folder, perFrameIntrinsicCoeffs=None)
    assert_shows(open_capture(folder), room)


def test_depth_of_low_confidence_is_dropped(room: Room, tmp_path: Path) -> None:
    lzfse = pytest.importorskip("lzfse")
    folder = write_record3d(tmp_path, room)
    trust = np.full((HEIGHT, WIDTH), 2, np.uint8)
    trust[:, :10] = 0
    (folder / "rgbd" / "2.conf").write_bytes(lzfse.compress(trust.tobytes()))
    depth = open_capture(folder)[2].depth
    assert depth is not None and (depth[:, :10] == 0).all() and (depth[:, 10:] > 0).all()


def test_the_export_with_exr(room: Room, tmp_path: Path) -> None:
    library = pytest.importorskip("OpenEXR")
    folder = write_record3d(tmp_path / "kitchen", room)
    export = folder / "EXR_RGBD"
    for name in ("rgb", "depth"):
        (export / name).mkdir(parents=True)
    header = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
    for i, depth in enumerate(room.depths):
        meters = (depth / np.float32(1000)).astype(np.float32)
        library.File(header, {"R": meters}).write(str(export / "depth" / f"{i}.exr"))
        (folder / "rgbd" / f"{i}.png").rename(export / "rgb" / f"{i}.png")
    (folder / "metadata").rename(export / "metadata.json")
    shutil.rmtree(folder / "rgbd")
    for given in (folder, export):
        capture = open_capture(given)
        assert capture.layout == "record3d"
        assert_shows(capture, room)


def test_frames_without_a_pose(room: Room, tmp_path: Path) -> None:
    folder = write_record3d(tmp_path, room)
    change(folder, poses=json.loads((folder / "metadata").read_text())["poses"][:-2])
    problems = {p.code: p.frames for p in check_capture(folder).problems}
    assert problems == {"pose-missing": ("6", "7")}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"K": [1, 2]}, "does not describe the camera: expected w, h, and K as nine numbers"),
        ({"poses": [[1, 2, 3]]}, r"poses: expected a list of rows of 7 numbers, got shape \(1, 3"),
        ({"poses": [["a"]]}, "poses: expected a list of rows of 7 numbers"),
    ],
)
def test_metadata_of_something_else(
    values: dict[str, Any], message: str, room: Room, tmp_path: Path
) -> None:
    folder = write_record3d(tmp_path, room)
    change(folder, **values)
    with pytest.raises(CaptureError, match=message):
        open_capture(folder)
