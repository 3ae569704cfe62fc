"""Stored intrinsics, depth values and poses."""

from __future__ import annotations

import json
from pathlib import Path

from tests.data.capture_builders import (
    Room,
    message_of,
    write_nerfstudio,
)


def test_unusable_numbers_in_intrinsics(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    (folder / "transforms.json").write_text(json.dumps(values | {"fl_y": -60}))
    assert message_of(folder) == (
        "The intrinsics of the capture are not usable: expected finite numbers, positive focal "
        "lengths "
        "and image sizes, got fx 60, fy -60, cx 32, cy 24 for 64 x 48 pixels. "
        "Correct their file, which docs/captures.md names for each layout."
    )
