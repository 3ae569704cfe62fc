"""The small room that the tests of captures write in many layouts."""

from __future__ import annotations

import pytest

from tests.data.capture_builders import Room, make_room, make_walk


@pytest.fixture(scope="session")
def room() -> Room:
    """Eight exact frames; tests must not change its arrays."""
    return make_room()


@pytest.fixture(scope="session")
def long_room() -> Room:
    """Twelve exact frames, enough to tell wrong poses from right ones."""
    return make_room(12)


@pytest.fixture(scope="session")
def walk() -> Room:
    """Sixteen exact frames of a camera that is held in the hand."""
    return make_walk()
