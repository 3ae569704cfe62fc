"""Frames and surfels that tests of the fit share."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import pytest

from scenewright.core import Frame, SurfelCloud
from scenewright.splats.fitting.initial import initial_surfels_from_depth
from tests.splats.fitting.fitting_builders import make_frames


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Images this small are drawn faster by a single thread."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.fixture(scope="package")
def frames() -> list[Frame]:
    """Nine views along a painted wall; tests must not change them."""
    return make_frames()


@pytest.fixture(scope="package")
def surfels(frames: list[Frame]) -> SurfelCloud:
    """Surfels on that wall."""
    return initial_surfels_from_depth(frames, max_surfels=800)
