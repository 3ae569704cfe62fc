"""A world as a scene without errors."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.language.scenes import true_scene
from scenewright.worlds.objects.model import Material, ObjectModel, Part
from tests.builders import make_cube


def cube(
    color: tuple[float, float, float], pattern: str = "plain", number: int = 1
) -> PlacedObject:
    material = Material(color, pattern, (0.05, 0.05, 0.05))
    pose = np.eye(4)
    pose[:3, 3] = 2.0, 0.0, 0.5
    model = ObjectModel("box", (Part("side", make_cube(colors=False), material),))
    return PlacedObject(number, model, pose)


def test_the_scene_has_true_boxes_and_labels_and_no_relations() -> None:
    world = World((cube((0.8, 0.1, 0.1), number=4), cube((0.1, 0.1, 0.8), number=9)), (6, 6, 3))
    scene = true_scene(world, points_per_object=50)
    assert scene.instances.id.tolist() == [4, 9] and scene.instances.label == ("box", "box")
    assert scene.instances.size == pytest.approx(np.ones((2, 3)))
    assert scene.points is not None and len(scene.points) == 100
    assert scene.relations is None
    again = true_scene(world, points_per_object=50)
    assert again.points is not None
    assert np.array_equal(again.points.points, scene.points.points)
