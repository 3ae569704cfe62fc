"""Details of doors, windows, walls and ceilings, and lamps."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing._shell_details import panels
from scenewright.worlds.composing.detailing import detailed
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.objects.model import Material

SMALL = RoomConfig(num_objects=(4, 10), size=(3.0, 4.5), themes=("bedroom", "living"))


def test_lamps_hang_below_the_ceiling_and_above_all_objects() -> None:
    found = 0
    for seed in range(10):
        world = detailed(make_room_world(seed, SMALL), seed=seed)
        for lamp in (one for one in world.objects if one.label == "lamp"):
            found += 1
            low, high = lamp.model.bounds[:, 2] + lamp.world_from_object[2, 3]
            assert high == pytest.approx(world.size[2], abs=1e-3)
            others = [
                float(one.model.bounds[1, 2] + one.world_from_object[2, 3])
                for one in world.objects
                if not one.is_stuff and one.label != "lamp"
            ]
            assert low > max(others)
    assert found >= 3


@pytest.mark.parametrize("seed", range(8))
def test_panels_stay_within_their_rectangle_in_front_of_its_face(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for part in panels((0.2, 1.1, 0.5, 2.0), 0.03, rng, Material((0.5, 0.5, 0.5))):
        low, high = part.mesh.vertices.min(axis=0), part.mesh.vertices.max(axis=0)
        assert low[0] > 0.2 and high[0] < 1.1 and low[2] > 0.5 and high[2] < 2.0
        assert 0.01 < low[1] < 0.03 and high[1] == pytest.approx(0.03)
