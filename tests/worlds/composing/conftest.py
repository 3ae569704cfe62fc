"""Composed worlds that several tests look at."""

from __future__ import annotations

import pytest

from scenewright.worlds.composing.world import World
from tests.worlds.composing.composing_builders import make


@pytest.fixture(scope="session")
def rooms() -> list[World]:
    """Eight furnished rooms."""
    return [make("rooms", seed) for seed in range(8)]


@pytest.fixture(scope="session")
def heaps() -> list[World]:
    """Six random worlds of each layout."""
    return [make(kind, seed) for kind in ("floor", "tabletop") for seed in range(6)]
