"""A small synthetic capture for whole commands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scenewright.worlds import film_room
from scenewright.worlds.writing import TruthParts, write_capture


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture that no test may change."""
    room = film_room(3, num_frames=12, width=160, height=120)
    return write_capture(
        room, tmp_path_factory.mktemp("cli") / "room", truth=TruthParts(meshes=False, amodal=False)
    )


@pytest.fixture
def capture(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return Path(shutil.copytree(pristine, tmp_path / "room"))
