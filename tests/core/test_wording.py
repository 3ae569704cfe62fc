"""Words of messages."""

from __future__ import annotations

from scenewright.core.wording import counted


def test_one_is_singular() -> None:
    assert [counted(n, "frame") for n in (0, 1, 2, 1500)] == [
        "0 frames", "1 frame", "2 frames", "1,500 frames",
    ]  # fmt: skip
