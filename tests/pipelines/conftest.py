"""A small synthetic capture and a run made from it, shared by the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.data.synthetic import film_room
from scenewright.data.synthetic.writing import TruthParts, write_capture
from scenewright.pipelines import RunReport, segment_run


@pytest.fixture(scope="session")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = film_room(3, num_frames=24, width=160, height=120)
    return write_capture(
        room,
        tmp_path_factory.mktemp("pipelines") / "room",
        truth=TruthParts(meshes=False, amodal=False),
    )


@pytest.fixture(scope="session")
def report(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    output = tmp_path_factory.mktemp("pipelines-run") / "run"
    return segment_run(capture, output, masks=capture / "instance")
