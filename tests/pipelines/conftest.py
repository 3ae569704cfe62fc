"""A small synthetic capture and a run made from it, shared by the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.pipelines import (
    DecomposeReport,
    DecomposeSettings,
    FitReport,
    RunReport,
    decompose_run,
    fit_splats_run,
    segment_run,
)
from scenewright.worlds import film_room
from scenewright.worlds.writing import TruthParts, write_capture
from tests.pipelines.splat_run_builders import TINY


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


@pytest.fixture(scope="session")
def small_capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight frames of a room with true id maps."""
    room = film_room(3, num_frames=8, width=160, height=120)
    return write_capture(
        room,
        tmp_path_factory.mktemp("splats") / "room",
        truth=TruthParts(meshes=False, amodal=False),
    )


@pytest.fixture(scope="session")
def fitted(small_capture: Path, tmp_path_factory: pytest.TempPathFactory) -> FitReport:
    """Surfels of that room."""
    return fit_splats_run(small_capture, tmp_path_factory.mktemp("fit") / "fit", settings=TINY)


@pytest.fixture(scope="session")
def decomposed(
    fitted: FitReport, small_capture: Path, tmp_path_factory: pytest.TempPathFactory
) -> DecomposeReport:
    """Their objects, by the true masks."""
    return decompose_run(
        fitted.run,
        tmp_path_factory.mktemp("decompose") / "objects",
        settings=DecomposeSettings(masks=small_capture / "instance"),
    )
