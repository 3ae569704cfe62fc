"""Which predicted object belongs to which true one."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError
from scenewright.metrics.shapes.pairing import pair_objects
from scenewright.metrics.shapes.scene_shapes import ObjectScene
from tests.builders import turn
from tests.metrics.shapes.shape_builders import moved, placement, room_meshes


def test_by_id_and_by_order() -> None:
    truth = ObjectScene(room_meshes())
    meshes = room_meshes()
    predicted = ObjectScene({9: meshes[9], 3: meshes[3], 40: meshes[5]})
    assert pair_objects(predicted, truth) == {3: 3, 9: 9}
    assert pair_objects(predicted, truth, by="order") == {3: 9, 5: 3, 6: 40}


def test_by_place_in_a_turned_and_scaled_scene() -> None:
    matrix = placement(turn(2.0), scale=0.3, offset=(5, 5, 1))
    numbers = {5: 1, 9: 2, 3: 3, 6: 4}
    meshes = room_meshes()
    predicted = ObjectScene({number: moved(meshes[one], matrix) for one, number in numbers.items()})
    assert pair_objects(predicted, ObjectScene(meshes), by="place") == numbers
    assert pair_objects(ObjectScene({}), ObjectScene(meshes), by="place") == {}


def test_bad_input() -> None:
    truth = ObjectScene(room_meshes())
    with pytest.raises(ConventionError) as caught:
        pair_objects(ObjectScene({1: room_meshes()[3]}), truth)
    assert str(caught.value) == (
        "Pairing of objects by id: expected some of the true ids [3, 5, 6, 9], got [1]. "
        "Pair them by 'order' or by 'place' instead."
    )
    with pytest.raises(ConventionError, match="expected one of id, order, place, got color"):
        pair_objects(truth, truth, by="color")
