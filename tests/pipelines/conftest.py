"""Small synthetic captures and runs made from them, shared by the tests of this folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import InstanceTable, Scene, Step, SurfelCloud, Views
from scenewright.data import open_capture
from scenewright.io import save
from scenewright.pipelines.decompose.run import DecomposeRun, decompose_run
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.pipelines.fit_splats.run import FitRun, fit_splats_run
from scenewright.pipelines.segment.run import SegmentRun, segment_run
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.worlds import film_room
from scenewright.worlds.writing import TruthParts, write_capture
from tests.pipelines.splat_run_builders import TINY


@pytest.fixture(scope="session")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of 24 frames of a room, with true id maps."""
    room = film_room(3, num_frames=24, width=160, height=120)
    return write_capture(
        room,
        tmp_path_factory.mktemp("pipelines") / "room",
        truth=TruthParts(meshes=False, amodal=False),
    )


@pytest.fixture(scope="session")
def segmented(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> SegmentRun:
    """A run of `segment` on that capture, with the true masks."""
    output = tmp_path_factory.mktemp("pipelines-run") / "run"
    return segment_run(capture, output, SegmentSettings(masks=str(capture / "instance")))


@pytest.fixture(scope="session")
def small_capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of eight frames of the room, with true id maps."""
    room = film_room(3, num_frames=8, width=160, height=120)
    return write_capture(
        room,
        tmp_path_factory.mktemp("splats") / "room",
        truth=TruthParts(meshes=False, amodal=False),
    )


@pytest.fixture(scope="session")
def fitted(small_capture: Path, tmp_path_factory: pytest.TempPathFactory) -> FitRun:
    """A run of `fit-splats` on the small capture."""
    return fit_splats_run(small_capture, tmp_path_factory.mktemp("fit") / "fit", TINY)


@pytest.fixture(scope="session")
def decomposed(
    fitted: FitRun, small_capture: Path, tmp_path_factory: pytest.TempPathFactory
) -> DecomposeRun:
    """A run of `decompose` on the fitted surfels, with the true masks."""
    return decompose_run(
        fitted.folder.path,
        tmp_path_factory.mktemp("decompose") / "objects",
        DecomposeSettings(masks=str(small_capture / "instance")),
    )


@pytest.fixture(scope="session")
def scene_folder(small_capture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene of random surfels with the views of the capture, as if fitted."""
    rng = np.random.default_rng(0)
    n = 300
    surfels = SurfelCloud(
        rng.uniform(-1, 1, (n, 3)).astype(np.float32),
        np.tile([1.0, 0, 0, 0], (n, 1)).astype(np.float32),
        np.full((n, 2), 0.1, np.float32),
        np.full(n, 0.9, np.float32),
        rng.uniform(-1, 1, (n, 1, 3)).astype(np.float32),
    )
    frames = [replace(frame, image=None, depth=None) for frame in open_capture(small_capture)]
    scene = Scene(InstanceTable.empty(), surfels=surfels, views=Views.from_frames(frames))
    scene = scene.with_step(Step("fit-splats", "0", {"capture": str(small_capture)}))
    return save(scene, tmp_path_factory.mktemp("scene") / "scene")
