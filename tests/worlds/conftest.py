"""A small film that the tests of worlds share."""

from __future__ import annotations

import pytest

from scenewright.worlds import Probe, SyntheticCapture
from tests.worlds.film_builders import small_film, small_world


@pytest.fixture(scope="session")
def film() -> SyntheticCapture:
    """Six frames of the small world."""
    return small_film()


@pytest.fixture(scope="session")
def probe() -> Probe:
    """A probe of the small world."""
    return Probe(small_world())
