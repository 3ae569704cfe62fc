"""Views of surfels: the table of engines, and what one camera sees through any of them."""

from scenewright.splats.rendering.engines import Engine, find_engine
from scenewright.splats.rendering.views import OPAQUE, RenderedView, render
from scenewright.splats.rendering.visibility import not_floating, seen_by

__all__ = [
    "OPAQUE",
    "Engine",
    "RenderedView",
    "find_engine",
    "not_floating",
    "render",
    "seen_by",
]
