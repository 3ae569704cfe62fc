"""``scenewright demo`` as a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_builders import Call


@pytest.mark.slow
def test_demo(tmp_path: Path, call: Call) -> None:
    outcome = call("demo", "-o", tmp_path / "demo", "--frames", "12")
    assert outcome.code == 0
    assert "true masks" in outcome.out and "masks/parts" in outcome.out
    for name in ("capture/gt_points.ply", "true-masks/objects.glb", "parts/preview.png"):
        assert (tmp_path / "demo" / name).is_file()
    assert call("demo", "-o", tmp_path / "demo", "--frames", "12").code == 1
    assert "run folder" in call("info", tmp_path / "demo").out
