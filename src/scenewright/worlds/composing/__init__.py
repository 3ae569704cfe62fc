"""Worlds: objects put together, with everything that is true of them."""

from scenewright.worlds.composing.world import AreaLight, PlacedObject, Sun, World

__all__ = ["AreaLight", "PlacedObject", "Sun", "World"]
