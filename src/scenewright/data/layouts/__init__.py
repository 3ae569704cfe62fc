"""The layouts that can be read, one module each."""

from __future__ import annotations

from scenewright.data.layouts import plain, seven_scenes
from scenewright.data.layouts.base import Layout

LAYOUTS: tuple[Layout, ...] = (
    seven_scenes.LAYOUT,
    plain.LAYOUT,
)
"""In the order in which they are tried: the more special first."""

__all__ = ["LAYOUTS", "Layout"]
