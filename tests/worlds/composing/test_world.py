"""The data model of worlds."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.composing.world import PlacedObject, World
from tests.worlds.composing.composing_builders import brick


def test_labels_and_stuff_by_instance_id() -> None:
    floor = PlacedObject(4, brick(4, 4, 0.1), np.eye(4), is_stuff=True)
    thing = PlacedObject(9, brick(1, 1, 1), np.eye(4), supported_by=4)
    world = World((floor, thing), size=(4, 4, 2))
    assert world.labels == {4: "brick", 9: "brick"}
    assert world.stuff_ids == frozenset({4})
    assert world.kind == "made by hand" and len(world.relations) == 0 and world.lights == ()


def test_poses_must_be_rigid() -> None:
    with pytest.raises(ConventionError, match=r"^PlacedObject\.world_from_object"):
        PlacedObject(1, brick(1, 1, 1), np.diag([2.0, 2.0, 2.0, 1.0]))


def test_instance_ids_are_positive_and_unique() -> None:
    with pytest.raises(ConventionError) as error:
        PlacedObject(0, brick(1, 1, 1), np.eye(4))
    assert str(error.value) == "PlacedObject.instance_id: expected 1 or more, got 0"
    one = PlacedObject(1, brick(1, 1, 1), np.eye(4))
    with pytest.raises(ConventionError) as error:
        World((one, one), size=(1, 1, 1))
    assert str(error.value) == "World.objects: expected each instance id once, got [1, 1]"
