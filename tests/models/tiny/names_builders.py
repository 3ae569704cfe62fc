"""A world of furniture that is hard to mistake."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.objects.registry import make_object

LABELS = ("chair", "bed", "table", "floor lamp", "bookcase", "sofa")


def make_world() -> World:
    """A row of furniture that is hard to mistake, with seeds that training does not use."""
    placed = []
    for number, label in enumerate(LABELS, start=1):
        pose = np.eye(4)
        pose[0, 3] = 3.0 * number
        placed.append(PlacedObject(number, make_object(label, seed=900_000_000 + number), pose))
    return World(tuple(placed), (30.0, 6.0, 3.0))
