"""Removal of instances, and objects by id."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError
from scenewright.splats.extraction import ObjectSet, remove_instances
from tests.splats.extraction.ball_builders import two_balls


def test_objects_are_found_by_id(objects: ObjectSet) -> None:
    assert len(objects) == 2
    assert objects.by_id(2).id == 2
    with pytest.raises(ConventionError) as error:
        objects.by_id(5)
    assert str(error.value) == "object: expected one of the ids 1, 2, got 5"


def test_background_is_what_is_left_and_removing_one_leaves_the_other(objects: ObjectSet) -> None:
    scene, _ = two_balls()
    assert objects.background.instance_id is not None
    assert (objects.background.instance_id == 0).all()
    assert len(objects.background) + 1400 == len(scene)
    rest = remove_instances(scene, [1])
    assert rest.instance_id is not None
    assert sorted(set(rest.instance_id.tolist())) == [0, 2]
    assert len(remove_instances(scene)) == len(objects.background)
    with pytest.raises(ConventionError) as error:
        remove_instances(scene, [1, 9])
    assert str(error.value) == "instances: expected instance ids of the surfels, got [9]"
    with pytest.raises(ConventionError) as nobody:
        remove_instances(scene, [0])
    assert str(nobody.value) == "instances: expected instance ids of the surfels, got [0]"
    with pytest.raises(ConventionError) as bare:
        remove_instances(scene.with_instances(None))
    assert str(bare.value) == (
        "surfels: expected instance ids, got none. Decompose the scene first."
    )
