"""A written film that the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.worlds import SyntheticCapture
from scenewright.worlds.writing import TruthParts, write_capture


@pytest.fixture(scope="session")
def written(film: SyntheticCapture, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small film as a capture folder with all ground truth."""
    truth = TruthParts(normals=True)
    return write_capture(film, tmp_path_factory.mktemp("films") / "room", truth=truth)
