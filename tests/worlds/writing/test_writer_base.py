"""What the writers of all layouts have in common."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from scenewright.core import Camera
from scenewright.worlds.writing.layout_writers import PlainWriter
from scenewright.worlds.writing.writer_base import numbers, quaternion, write_json, write_lines


def test_texts_have_twelve_digits_and_line_ends_of_unix(tmp_path: Path) -> None:
    assert numbers(np.array([1 / 3, 2.0]), ", ") == "0.333333333333, 2"
    write_lines(tmp_path / "a.txt", ["a", "b"])
    assert (tmp_path / "a.txt").read_bytes() == b"a\nb\n"
    write_json(tmp_path / "a.json", {"a": 1})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": 1}


def test_quaternions_are_x_y_z_w() -> None:
    turned = np.eye(4)
    turned[:3, :3] = [(0, -1, 0), (1, 0, 0), (0, 0, 1)]
    np.testing.assert_allclose(quaternion(turned), [0, 0, np.sqrt(0.5), np.sqrt(0.5)])


def test_the_suffix_follows_the_quality(tmp_path: Path) -> None:
    camera = Camera.from_focal(60, 60, 32, 24, width=64, height=48)
    assert PlainWriter(tmp_path, camera).suffix == ".png"
    writer = PlainWriter(tmp_path, camera, jpeg_quality=90)
    assert (writer.suffix, writer.depth_scale, writer.keeps_times) == (".jpg", 1000, False)
