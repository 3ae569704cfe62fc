"""Captures for batches, the job behind the shared run, and Ray."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scenewright.pipelines.batch._plan import Job
from scenewright.pipelines.batch._ray import ray_session
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.pipelines.segment.settings import SegmentSettings


@pytest.fixture
def job(segmented: SegmentRun, capture: Path) -> Job:
    """The job that the shared run was made by."""
    run = segmented.folder.path
    settings = SegmentSettings(masks=str(capture / "instance"))
    return Job("segment", run.name, capture.resolve(), run, settings)


@pytest.fixture(scope="session")
def ray() -> Iterator[Any]:
    """Ray with two workers, which all tests of this folder share."""
    ray = pytest.importorskip("ray")
    with ray_session(None, num_workers=2, num_threads=1) as started:
        yield started
    assert not ray.is_initialized()


@pytest.fixture
def captures(capture: Path, tmp_path: Path) -> list[Path]:
    """Three captures that a test may spoil; two have the same name."""
    folders = [tmp_path / "in" / name for name in ("home/room", "work/room", "hall")]
    for folder in folders:
        shutil.copytree(capture, folder)
    return folders
