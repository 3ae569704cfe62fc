"""Replica renderings."""

from __future__ import annotations

from pathlib import Path

from scenewright.data import open_capture
from tests.data.capture_builders import (
    Room,
    assert_shows,
    write_replica,
)


def test_replica_params_one_level_above(room: Room, tmp_path: Path) -> None:
    folder = write_replica(tmp_path / "office0", room)
    (folder / "cam_params.json").rename(tmp_path / "cam_params.json")
    assert_shows(open_capture(folder), room)
