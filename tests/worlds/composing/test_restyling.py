"""Restyled worlds: same objects and places, other colors, patterns and curtains."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing.restyling import restyled, world_bounds
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.composing.world import World

SMALL = RoomConfig(num_objects=(4, 10), size=(3.0, 4.5))


@pytest.fixture(scope="module")
def room() -> World:
    return make_room_world(5, SMALL)


def colors(world: World, digits: int = 6) -> set[tuple[float, ...]]:
    parts = [part for placed in world.objects for part in placed.model.parts]
    return {tuple(round(value, digits) for value in part.material.color) for part in parts}


@pytest.mark.parametrize("seed", range(6))
def test_objects_stay_where_they_are(room: World, seed: int) -> None:
    world = restyled(room, seed=seed)
    for before, after in zip(room.objects, world.objects, strict=False):
        assert (before.instance_id, before.label) == (after.instance_id, after.label)
        assert (before.world_from_object == after.world_from_object).all()
        for old, new in zip(before.model.parts, after.model.parts, strict=True):
            assert old.mesh is new.mesh
    added = world.objects[len(room.objects) :]
    assert {placed.label for placed in added} <= {"curtain"}


def test_the_same_seed_gives_the_same_look_and_another_seed_another(room: World) -> None:
    first, second, other = (restyled(room, seed=seed) for seed in (3, 3, 4))
    assert colors(first) == colors(second)
    assert colors(first) != colors(other)


def test_most_looks_have_fewer_colors_than_before(room: World) -> None:
    numbers = [len(colors(restyled(room, seed=seed), 1)) for seed in range(12)]
    assert sum(number < 0.7 * len(colors(room, 1)) for number in numbers) >= 6


def test_curtains_hang_inside_the_room_and_touch_nothing() -> None:
    found = 0
    for seed in range(12):
        world = restyled(make_room_world(seed, SMALL), seed=seed)
        others = [world_bounds(one) for one in world.objects if one.label != "curtain"]
        windows = {one.instance_id for one in world.objects if one.label == "window"}
        for curtain in (one for one in world.objects if one.label == "curtain"):
            found += 1
            assert curtain.supported_by in windows
            low, high = world_bounds(curtain)
            assert low[2] > 0 and high[2] < world.size[2]
            window = next(o for o in world.objects if o.instance_id == curtain.supported_by)
            near = world_bounds(window)
            # Everything but its own window keeps clear.
            for other in others:
                if np.array_equal(other, near):
                    continue
                assert (low >= other[1] - 1e-5).any() or (high <= other[0] + 1e-5).any()
    assert found >= 4
