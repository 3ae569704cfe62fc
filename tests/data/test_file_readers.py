"""Files of a capture that are damaged, or hold something else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scenewright.core import CaptureError
from scenewright.data import open_capture
from tests.data.capture_builders import (
    Room,
    message_of,
    save_picture,
    write_nerfstudio,
    write_plain,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "500 500",
            "DIR/intrinsics.txt does not contain the matrix: expected 3 x 3 numbers or 4 x 4 "
            "numbers, "
            "got 2 numbers. Write the matrix as text, one row per line, values separated by "
            "spaces.",
        ),
        (
            "fx 0 cx 0 fy cy 0 0 1",
            "DIR/intrinsics.txt contains something that is not a number: expected numbers, "
            "got could not convert string to float: 'fx'",
        ),
        (
            "60 0 32 0 -60 24 0 0 1",
            "DIR/intrinsics.txt does not contain camera intrinsics: expected fx 0 cx / 0 fy cy / "
            "0 0 1 with positive focal lengths in pixels, got 60 0 32 / 0 -60 24 / 0 0 1. "
            "A negative fy means that y of the camera points up, as in ICL-NUIM: write 60 instead. "
            "'scenewright check' then tells whether the poses have such axes too "
            '({"axes": "opengl"} or {"axes": "unity"} in capture.json).',
        ),
        (
            "60 0 0 0 60 0 32 24 1",
            "DIR/intrinsics.txt does not contain camera intrinsics: expected fx 0 cx / 0 fy cy / "
            "0 0 1 with positive focal lengths in pixels, got 60 0 0 / 0 60 0 / 32 24 1. "
            "It is transposed, written column by column: put cx and cy into the last column.",
        ),
    ],
)
def test_wrong_intrinsics(text: str, expected: str, room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "intrinsics.txt").write_text(text)
    assert message_of(folder) == expected


@pytest.mark.parametrize("part", ["color", "depth"])
def test_truncated_image(part: str, room: Room, tmp_path: Path) -> None:
    path = write_plain(tmp_path, room) / part / "000002.png"
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(CaptureError) as caught:
        open_capture(tmp_path)[2]
    assert re.fullmatch(
        rf"DIR/{part}/000002\.png cannot be decoded: expected a complete image, "
        r"got 400 bytes \(.+\)\. "
        r"Copy or export this file again, or remove the files of this frame from the capture\.",
        str(caught.value).replace(str(tmp_path), "DIR"),
    )


def test_color_as_depth_is_refused(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    save_picture(folder / "depth" / "000000.png", room.images[0])
    with pytest.raises(CaptureError, match="is not a depth image: expected one channel of 16-b"):
        open_capture(folder)[0]


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "C:\\x.png", "a/../../b.png", ""])
def test_paths_that_leave_the_capture(name: str, room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path / "nerf", room)
    path = folder / "transforms.json"
    values = json.loads(path.read_text())
    values["frames"][0]["depth_file_path"] = name
    path.write_text(json.dumps(values))
    assert message_of(folder) == (
        "DIR/transforms.json lists a file outside the capture: expected a path relative to DIR, "
        f"without '..', got {name!r}. Move the file into the folder of the capture and correct the "
        "entry."
    )


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY\x01\x00\x10\x00{'descr': (((\n    "])
def test_broken_array(data: bytes, room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "depth" / "000000.png").rename(folder / "depth" / "000000.bak")
    (folder / "depth" / "000000.npy").write_bytes(data)
    with pytest.raises(CaptureError, match=r"000000\.npy cannot be decoded"):
        open_capture(folder, layout="plain")[0]
