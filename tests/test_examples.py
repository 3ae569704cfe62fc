"""The examples run from end to end."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from scenewright.worlds import film_room

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def load(path: str) -> ModuleType:
    """Imports an example by its path below examples/."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, EXAMPLES / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_first_scene(capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = load("00_first_scene/first_scene.py").main(capture, tmp_path)
    assert len(scene.instances) == capsys.readouterr().out.count("object ")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "objects.glb",
        "points.ply",
        "preview.png",
    ]


def test_online(capsys: pytest.CaptureFixture[str]) -> None:
    room = film_room(3, num_frames=12, width=160, height=120)
    scene = load("01_online/online.py").main(room)
    shown = capsys.readouterr().out
    assert "frame   0: new object" in shown
    assert shown.endswith(f"{len(scene.instances)} objects at the end\n")
