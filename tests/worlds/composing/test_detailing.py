"""Detailed worlds: same objects and places, more parts and folds."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing.detailing import detailed
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.composing.world import World

SMALL = RoomConfig(num_objects=(4, 10), size=(3.0, 4.5), themes=("bedroom", "living"))


@pytest.fixture(scope="module")
def room() -> World:
    return make_room_world(5, SMALL)


def names(world: World) -> set[tuple[str, str]]:
    return {(one.label, part.name) for one in world.objects for part in one.model.parts}


@pytest.mark.parametrize("seed", range(4))
def test_objects_keep_their_ids_places_and_parts(room: World, seed: int) -> None:
    world = detailed(room, seed=seed)
    for before, after in zip(room.objects, world.objects, strict=False):
        assert (before.instance_id, before.label) == (after.instance_id, after.label)
        assert (before.world_from_object == after.world_from_object).all()
        known = {part.name for part in before.model.parts}
        assert known <= {part.name for part in after.model.parts}
    added = world.objects[len(room.objects) :]
    assert {one.label for one in added} <= {"lamp"}
    assert len({one.instance_id for one in world.objects}) == len(world.objects)


def test_the_same_seed_gives_the_same_details(room: World) -> None:
    for first, second in zip(
        detailed(room, seed=3).objects, detailed(room, seed=3).objects, strict=True
    ):
        for one, other in zip(first.model.parts, second.model.parts, strict=True):
            assert np.array_equal(one.mesh.vertices, other.mesh.vertices)


def test_every_kind_of_detail_occurs(room: World) -> None:
    found = set.union(*(names(detailed(make_room_world(s, SMALL), seed=s)) for s in range(40)))
    expected = {
        ("door", "casing"), ("door", "panel"), ("window", "pane"), ("window", "blind"),
        ("window", "sill"), ("window", "bar"), ("wall", "skirting"), ("wall", "moulding"),
        ("wall", "paneling"), ("ceiling", "beam"), ("lamp", "shade"), ("bed", "throw"),
    }  # fmt: skip
    assert expected <= found
