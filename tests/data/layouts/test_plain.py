"""The plain layout."""

from __future__ import annotations

from pathlib import Path

from scenewright.data import open_capture
from tests.data.capture_builders import (
    K_INTEGER,
    Room,
    as_4x4,
    assert_shows,
    save_matrix,
    write_plain,
)


def test_file_names_of_other_tools(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "intrinsics.txt").unlink()
    save_matrix(folder / "intrinsic_depth.txt", as_4x4(K_INTEGER))
    (folder / "pose").rename(folder / "poses")
    assert_shows(open_capture(folder), room)
