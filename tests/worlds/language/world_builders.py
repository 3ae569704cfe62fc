"""A world of boxes with chosen labels, places and colors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.objects.model import Material, ObjectModel, Part
from tests.builders import make_cube

Color = tuple[float, float, float]
RED, BLUE, GREEN, BROWN = (0.8, 0.1, 0.1), (0.15, 0.3, 0.8), (0.1, 0.6, 0.2), (0.47, 0.3, 0.16)
Thing = tuple[int, str, tuple[float, float, float], tuple[float, float, float], Color, int]
THINGS: tuple[Thing, ...] = (
    # id, label, center of the bottom, size, color, support
    (2, "desk", (2.5, 0.0, 0.0), (0.8, 1.6, 0.8), BROWN, 1),
    (3, "chair", (2.5, 1.5, 0.0), (0.5, 0.5, 0.9), RED, 1),
    (4, "chair", (2.5, -1.5, 0.0), (0.7, 0.7, 1.3), BLUE, 1),
    (5, "sofa", (-2.5, 0.0, 0.0), (0.9, 2.0, 0.8), GREEN, 1),
    (6, "mug", (2.5, 0.4, 0.8), (0.1, 0.1, 0.1), RED, 2),
    (7, "mug", (-2.5, 0.4, 0.8), (0.1, 0.1, 0.1), RED, 5),
    (8, "coffee table", (0.0, 2.5, 0.0), (1.0, 0.6, 0.4), BROWN, 1),
    (9, "desk lamp", (2.5, -0.4, 0.8), (0.2, 0.2, 0.4), BLUE, 2),
)  # fmt: skip


def make_boxes(things: tuple[Thing, ...] = THINGS) -> World:
    """The world; its floor is object 1."""
    floor: Thing = (1, "floor", (0.0, 0.0, -0.1), (6.0, 6.0, 0.1), (0.5, 0.5, 0.5), 0)
    return World(tuple(_placed(one) for one in (floor, *things)), (6.0, 6.0, 3.0))


def _placed(thing: Thing) -> PlacedObject:
    number, label, bottom, size, color, support = thing
    cube = make_cube(colors=False)
    mesh = replace(
        cube, vertices=((cube.vertices + np.array([0, 0, 0.5])) * size).astype(np.float32)
    )
    pose = np.eye(4)
    pose[:3, 3] = bottom
    model = ObjectModel(label, (Part("body", mesh, Material(color)),))
    return PlacedObject(number, model, pose, is_stuff=number == 1, supported_by=support or None)
