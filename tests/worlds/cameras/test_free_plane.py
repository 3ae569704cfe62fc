"""Free parts of a level plane, and loops through them."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError
from scenewright.worlds import (
    Probe,
)
from scenewright.worlds.cameras.trajectories import walk
from scenewright.worlds.composing import World
from tests.worlds.film_builders import small_world


def test_a_room_without_space() -> None:
    world = small_world()
    # The table stands in the middle, and is larger than all that may be walked on.
    blocked = World(world.objects, size=(0.3, 0.3, 2.4))
    with pytest.raises(ConventionError, match="World to film: expected free space for a camera"):
        walk(Probe(blocked), seed=0)
