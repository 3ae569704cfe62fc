"""Stray Scanner exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.data import open_capture
from tests.data.capture_builders import (
    HEIGHT,
    WIDTH,
    Room,
    save_picture,
    write_stray,
)


def test_stray_large_color_and_confidence(room: Room, tmp_path: Path) -> None:
    folder = write_stray(tmp_path, room, enlarge=3)
    trust = np.full((HEIGHT, WIDTH), 2, np.uint8)
    trust[:10] = 0
    save_picture(folder / "confidence" / "000001.png", trust)
    capture = open_capture(folder)
    frame = capture[1]
    assert frame.camera.cx == pytest.approx(WIDTH / 2)
    assert frame.image is not None and frame.image.shape == (HEIGHT, WIDTH, 3)
    assert frame.depth is not None
    assert (frame.depth[:10] == 0).all() and (frame.depth[10:] > 0).all()
    assert frame.time == pytest.approx(7 + 1 / 60)
    assert capture.up is not None and capture.up.tolist() == [0, 1, 0]


def test_stray_video_only(room: Room, tmp_path: Path) -> None:
    folder = write_stray(tmp_path, room)
    (folder / "rgb").rename(folder / "elsewhere")
    (folder / "rgb.mp4").write_bytes(b"")
    with pytest.raises(CaptureError, match=r"ffmpeg -i rgb\.mp4 .* rgb/%06d\.jpg"):
        open_capture(folder)
