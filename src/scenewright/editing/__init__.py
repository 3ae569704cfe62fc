"""Scenes edited by hand: functions that return a new scene and leave the given one alone.

Points, surfels, assets, grids, relations, features, counts and boxes follow; each function adds a
step to the history of the scene.
"""

from scenewright.editing.merging import merge
from scenewright.editing.parts import reassign, split
from scenewright.editing.rows import remove, rename

__all__ = ["merge", "reassign", "remove", "rename", "split"]
