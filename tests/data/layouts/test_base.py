"""Helpers that several layouts share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.layouts.base import (
    aligned,
    attempt_intrinsics,
    first_size,
    frame_names,
    pair_up,
)
from tests.data.capture_builders import save_picture


def test_files_without_a_partner_are_reported() -> None:
    images = {name: Path(f"{name}.jpg") for name in ("a", "b", "c")}
    depths = {name: Path(f"{name}.png") for name in ("b", "c", "d")}
    names, problems = pair_up(images, depths)
    assert names == ["b", "c"]
    assert [str(problem) for problem in problems] == [
        "warning [missing-depth] 1 color images have no depth image and are not used: expected a "
        "depth image for each, got none for a. Export the capture again, or remove these files.",
        "warning [missing-color] 1 depth images have no color image and are not used: expected a "
        "color image for each, got none for d. Export the capture again, or remove these files.",
    ]


def test_frame_names_are_unique() -> None:
    assert frame_names(["images/a.png", "images/b.png"]) == ["a", "b"]
    assert frame_names(["left/a.png", "right/a.png"]) == ["left_a", "right_a"]


def test_errors_in_intrinsics_are_kept() -> None:
    error = CaptureError("no file")

    def fail() -> Intrinsics:
        raise error

    assert attempt_intrinsics(fail) is error
    good = Intrinsics(np.diag([5.0, 5.0, 1.0]))
    assert attempt_intrinsics(lambda: good) is good


def test_files_are_aligned_by_number_if_more_agree_so() -> None:
    names = ["color_0001", "color_0002", "color_0010"]
    files = {stem: Path(f"{stem}.png") for stem in ("depth_1", "depth_2", "depth_10", "notes")}
    assert aligned(files, names) == {
        "color_0001": files["depth_1"],
        "color_0002": files["depth_2"],
        "color_0010": files["depth_10"],
        "notes": files["notes"],
    }
    # "10" and "11" have equal names, but 1 to 9 do not.
    padded, plain = [f"{i:02d}" for i in range(12)], {str(i): Path(f"{i}.png") for i in range(12)}
    assert aligned(plain, padded) == {f"{i:02d}": Path(f"{i}.png") for i in range(12)}


def test_equal_names_and_ambiguous_numbers_are_left_alone() -> None:
    same = {stem: Path(f"{stem}.png") for stem in ("a1", "b1", "c2")}
    assert aligned(same, ["a1", "b1", "c2"]) == same
    assert aligned(same, ["x1", "x2"]) == same


def test_files_that_do_not_belong_together_are_named() -> None:
    images = {name: Path(f"{name}.jpg") for name in ("left", "right")}
    depths = {name: Path(f"{name}.png") for name in ("a", "b")}
    with pytest.raises(CaptureError) as caught:
        pair_up(images, depths)
    assert str(caught.value) == (
        "No color image has a depth image of the same name or number: expected color/0001.jpg and "
        "depth/0001.png, or color_0001.jpg and depth_0001.png, got color left, right; depth a, b. "
        "Rename the files so that those of one frame share their number."
    )


def test_the_first_readable_size_is_used(tmp_path: Path) -> None:
    save_picture(tmp_path / "b.png", np.zeros((3, 5), np.uint8))
    (tmp_path / "a.png").write_bytes(b"no image")
    assert first_size([None, tmp_path / "a.png", tmp_path / "b.png"]) == (5, 3)
    assert first_size([None, tmp_path / "missing.png"]) is None
