"""Text COLMAP files: wrong cameras and lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.io.colmap import COLMAP_MODELS
from tests.io.colmap_builders import AGAIN, message_of


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1 FISHY 64 48 1 2 3",
            "DIR/cameras.txt: camera 1 has an unknown model: expected one of "
            f"{', '.join(COLMAP_MODELS)}, got FISHY. Undistort the images with COLMAP (colmap "
            "image_undistorter) and use its output.",
        ),
        (
            "7 OPENCV 64 48 1 2 3",
            "DIR/cameras.txt: camera 7 has the wrong number of parameters: expected 8 for the "
            f"model OPENCV, got 3. {AGAIN}",
        ),
        (
            "7 SIMPLE_PINHOLE 64 48 nan 2 3",
            "DIR/cameras.txt: camera 7 is not usable: expected a size of 1 x 1 pixels or more, "
            f"finite numbers, a positive focal length, got 64 x 48 pixels, nan 2 3. {AGAIN}",
        ),
        (
            "# comment\n7 SIMPLE_PINHOLE wide 48 1 2 3",
            "DIR/cameras.txt, line 2: expected CAMERA_ID MODEL WIDTH HEIGHT PARAMS, got "
            f"'7 SIMPLE_PINHOLE wide 48 1 2 3'. {AGAIN}",
        ),
        (
            "1 SIMPLE_PINHOLE 4 4 5 2 2\n1 SIMPLE_PINHOLE 4 4 5 2 2",
            f"DIR/cameras.txt lists a camera twice: expected 2 different numbers, got 1. {AGAIN}",
        ),
    ],
)
def test_wrong_cameras(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "cameras.txt").write_text(text)
    assert message_of(tmp_path / "cameras.txt", tmp_path) == message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "images",
            "1 1 0 0 0 0 0 0 1",
            "DIR/images.txt, line 1: expected IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, got "
            f"'1 1 0 0 0 0 0 0 1'. {AGAIN}",
        ),
        (
            "images",
            "1 1 0 0 0 0 0 0 1 a.jpg\n2 1 0 0 0 0 0 0 1 b.jpg",
            "DIR/images.txt, line 2: expected triples of X Y POINT3D_ID, or an empty line, after "
            f"each image, got '2 1 0 0 0 0 0 0 1 b.jpg'. {AGAIN}",
        ),
        (
            "points3D",
            "1 0 0 0 300 0 0 0.5",
            "DIR/points3D.txt, line 1: expected POINT3D_ID X Y Z R G B ERROR, colors from 0 to 255"
            f", got '1 0 0 0 300 0 0 0.5'. {AGAIN}",
        ),
    ],
)
def test_wrong_lines(name: str, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.txt").write_text(text)
    assert message_of(tmp_path / f"{name}.txt", tmp_path) == message
