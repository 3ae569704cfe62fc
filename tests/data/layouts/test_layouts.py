"""What holds for every layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import scenewright as sw
from scenewright.core import CaptureError, FrameSource
from scenewright.data import available_layouts, check_capture, open_capture
from tests.data.capture_builders import (
    WRITERS,
    Room,
    assert_shows,
    write_colmap_capture,
    write_nerfstudio,
    write_plain,
)


@pytest.mark.parametrize("name", WRITERS)
def test_every_layout_gives_the_same_frames(name: str, room: Room, tmp_path: Path) -> None:
    capture = open_capture(WRITERS[name](tmp_path / "kitchen", room))
    assert capture.layout == name
    assert capture.name == "kitchen"
    assert isinstance(capture, FrameSource)
    assert capture.description[0].startswith(f"layout: {name} (")
    assert_shows(capture, room)


@pytest.mark.parametrize("name", WRITERS)
def test_a_valid_capture_has_no_problems(name: str, room: Room, tmp_path: Path) -> None:
    report = check_capture(WRITERS[name](tmp_path / "kitchen", room))
    assert report.problems == ()
    assert report.layout == name
    assert report.num_frames == report.num_decoded == len(room)


def test_every_layout_has_a_writer() -> None:
    assert set(WRITERS) == set(available_layouts())


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
    lines = open_capture(folder).description
    assert any(Path(missing).name in line or "default" in line for line in lines)


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
    assert frame.world_from_cam is not None
    np.testing.assert_allclose(frame.world_from_cam, room.poses[2], atol=1e-9)
    report = check_capture(tmp_path)
    assert report.is_usable
    assert [str(problem) for problem in report.problems] == [
        "warning [no-depth] The capture has no depth, which 'segment' requires: "
        "expected a depth image for every frame, got color images only. Use "
        "'fit-splats', which needs only images and poses, or export depth as well."
    ]
    with pytest.raises(CaptureError) as caught:
        sw.segment(tmp_path)
    assert str(caught.value) == (
        f"No frame of the capture {tmp_path} can be used: expected frames with a valid pose and "
        "depth, got 8 with no depth. Fit surfels to the images alone: "
        f"scenewright fit-splats {tmp_path}"
    )
