"""Files of masks and the frames that they belong to."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import CaptureError, FormatError
from scenewright.models.classical.mask_matching import FileNames

ROOT = Path("masks")


def names(*stems: str) -> FileNames:
    return FileNames(stems, ROOT)


def test_equal_names_and_equal_numbers() -> None:
    files = names("a", "frame_2", "7")
    assert [files.find(frame) for frame in ("a", "000002", "x_0007", "b", "8")] == [
        "a", "frame_2", "7", None, None,
    ]  # fmt: skip


def test_two_files_of_one_number() -> None:
    with pytest.raises(FormatError, match=r"^Masks of frame '005' in masks: expected one file"):
        names("5", "05").find("005")


def test_all_frames_have_masks() -> None:
    assert names("0", "1").check(["0", "1"]) == ("equal name", [])
    assert names("0", "1").check(["000000", "000001"]) == ("equal number", [])


def test_files_of_frames_that_a_stride_leaves_out_are_no_problem() -> None:
    files = names(*(f"{i}" for i in range(20)))
    assert files.check(["0", "5", "10", "15"]) == ("equal name", [])
    assert files.check(["000000", "000005", "000010"]) == ("equal number", [])


def test_masks_for_some_frames_only() -> None:
    frames = [f"{i:06d}" for i in range(30)]
    rule, warnings = names("000007").check(frames)
    assert rule == "equal name"
    assert warnings == [
        "29 of 30 frames have no masks in masks, such as '000000', '000001', '000002', ..."
    ]


def test_masks_that_count_from_zero_and_frames_from_one() -> None:
    files = names(*(f"{i:05d}" for i in range(4)))
    rule, warnings = files.check([f"frame_{i + 1:05d}" for i in range(4)])
    assert rule == "equal number"
    assert warnings == [
        "1 of 4 frames have no masks in masks, such as 'frame_00004'",
        "Masks are matched by number ('00001' to 'frame_00001'); 1 file in masks belongs to no "
        "frame, such as '00000'. If the masks were numbered anew, rename them after the frames",
    ]
    _, shifted = names(*(f"{i:05d}" for i in range(6))).check(["frame_00001", "frame_00002"])
    assert len(shifted) == 1 and "such as '00000'." in shifted[0]


def test_keyframes_that_were_numbered_anew() -> None:
    rule, warnings = names(*map(str, range(10))).check([str(10 * i) for i in range(10)])
    assert rule == "equal name" and len(warnings) == 2
    assert warnings[0].startswith("9 of 10 frames have no masks in masks")
    assert warnings[1].startswith("9 files in masks belong to no frame, such as '1', '2', '3', ...")


def test_no_frame_has_masks() -> None:
    with pytest.raises(CaptureError) as caught:
        names("b.segm").check(["b", "c"])
    assert str(caught.value) == (
        "Masks in masks match none of the 2 frames: expected names such as 'b', 'c', got "
        "'b.segm'. Set the part that follows the frame name: suffix='.segm' (--mask-suffix)."
    )
