from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.data import check_capture, open_capture

pytestmark = pytest.mark.shared

CAPTURES = [
    ("7scenes-kitchen", "7scenes", 174),
    ("apc-shelf", "apc", 15),
    ("house-rgbd/living-room", "plain", 150),
    ("house-rgbd/bedroom", "plain", 80),
]


@pytest.mark.parametrize(("folder", "layout", "number"), CAPTURES)
def test_real_captures_open(folder: str, layout: str, number: int, shared_dir: Path) -> None:
    capture = open_capture(shared_dir / "data" / folder)
    assert capture.layout == layout
    assert len(capture) == number
    for frame in capture.subset(stride=max(number // 3, 1)):
        assert frame.camera.size == (480, 640)
        assert frame.world_from_cam is not None
        assert frame.depth is not None
        assert 0.2 < np.median(frame.depth[frame.depth > 0]) < 6


@pytest.mark.parametrize(("folder", "layout", "number"), CAPTURES)
def test_real_captures_have_no_problems(
    folder: str, layout: str, number: int, shared_dir: Path
) -> None:
    report = check_capture(shared_dir / "data" / folder)
    assert report.problems == ()
    assert report.layout == layout
    assert report.num_frames == number


@pytest.mark.parametrize("folder", ["7scenes-kitchen", "apc-shelf"])
@pytest.mark.parametrize(
    ("mistake", "codes"),
    [
        ({"pose": "cam_from_world"}, ["pose-direction"]),
        ({"axes": "opengl"}, ["pose-axes"]),
        ({"pose_scale": 0.001}, ["pose-scale"]),
        ({"pose_scale": 5}, ["pose-scale"]),
        ({"depth_scale": 1}, ["depth-scale"]),
    ],
)
def test_mistakes_are_found_in_real_captures(
    mistake: dict[str, object], codes: list[str], folder: str, shared_dir: Path, tmp_path: Path
) -> None:
    for path in (shared_dir / "data" / folder).iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "capture.json").write_text(json.dumps(mistake))
    assert [problem.code for problem in check_capture(tmp_path).errors] == codes


def test_pixel_centers_of_the_house(shared_dir: Path) -> None:
    camera = open_capture(shared_dir / "data" / "house-rgbd" / "living-room").camera
    assert (camera.fx, camera.cx, camera.cy) == (525.0, 320.0, 240.0)


def test_photos_without_depth(shared_dir: Path) -> None:
    capture = open_capture(shared_dir / "data" / "fox")
    frame = capture[0]
    assert frame.depth is None
    assert frame.image is not None and frame.image.shape == (960, 540, 3)
    report = check_capture(shared_dir / "data" / "fox")
    assert report.errors == ()
    assert [problem.code for problem in report.warnings] == ["number-gap", "no-depth"]
    assert frame.camera.cx == pytest.approx(277.279)
    assert frame.camera.fx == pytest.approx(687.76, rel=0.03)
    assert any(line.startswith("lens: OPENCV with k1 0.0578421") for line in report.description)


def test_single_views_are_no_capture(shared_dir: Path) -> None:
    with pytest.raises(CaptureError, match="matches no known layout"):
        open_capture(shared_dir / "data" / "mosd")
