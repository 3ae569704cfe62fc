"""The objects that tests of extraction share."""

from __future__ import annotations

import pytest

from scenewright.splats.extraction import ObjectConfig, ObjectSet, build_objects
from tests.splats.extraction.ball_builders import two_balls


@pytest.fixture(scope="package")
def objects() -> ObjectSet:
    """The two balls of `two_balls` as objects; tests must not change them."""
    return build_objects(*two_balls(), config=ObjectConfig(resolution=32, voxel_size=0.05))
