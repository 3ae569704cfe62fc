"""Checks of poses and times."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.data import check_capture
from tests.builders import turn
from tests.data.capture_builders import (
    Room,
    write_plain,
    write_stray,
    write_tum,
)
from tests.data.checking.check_builders import codes, codes_with_settings, with_poses


def test_stuck_trajectory(long_room: Room, tmp_path: Path) -> None:
    poses = long_room.poses.copy()
    poses[5] = poses[4]
    report = check_capture(write_plain(tmp_path, with_poses(long_room, poses)))
    assert codes(report) == ["pose-duplicate"]
    assert report.warnings[0].frames == ("000005",)


def test_no_poses_at_all(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    (folder / "pose").rename(tmp_path / "elsewhere")
    report = check_capture(folder)
    assert [p.code for p in report.errors] == ["pose-missing"]
    assert report.errors[0].what == "12 of 12 frames have no pose and are not used"
    assert "in the plain layout pose/NAME.txt, or a list such as poses.txt" in report.errors[0].do


def test_gaps_in_time_and_disorder(long_room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, long_room)
    assert codes(check_capture(folder)) == []
    for name in ("rgb.txt", "depth.txt"):
        lines = (folder / name).read_text().splitlines()
        (folder / name).write_text("\n".join(lines[:3] + lines[10:]))
    assert "time-gap" in codes(check_capture(folder))
    plain = write_plain(tmp_path / "plain", long_room)
    times = list(range(len(long_room)))
    times[3], times[4] = times[4], times[3]
    assert codes_with_settings(plain, times=times) == ["time-order"]


def test_an_up_direction_that_contradicts_the_cameras(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    assert codes_with_settings(folder, up=[0, -1, 0]) == []
    assert codes_with_settings(folder, up=[0.5, -1, 0]) == []
    for up, state in (([0, 1, 0], "upside down"), ([1, 0, 0], "on their side"), ([0, 0, 1], None)):
        assert codes_with_settings(folder, up=up) == ["up"]
        (problem,) = check_capture(folder).problems
        assert problem.severity == "warning" and (state or "side") in problem.what
    (folder / "capture.json").write_text('{"up": [0, 2, 0]}')
    (problem,) = check_capture(folder).problems
    assert problem.what == (
        "The up direction (0, 1, 0) does not fit the cameras: most of them would be upside down"
    )
    assert 165 < float(problem.got.removesuffix(" degrees")) <= 180
    assert codes_with_settings(folder) == []


def test_a_phone_on_its_side_knows_which_way_is_up(long_room: Room, tmp_path: Path) -> None:
    quarter = np.eye(4)
    quarter[:3, :3] = turn(np.pi / 2)
    turned = long_room.poses @ quarter
    folder = write_stray(tmp_path, with_poses(long_room, turned))
    assert "up" not in codes(check_capture(folder))
