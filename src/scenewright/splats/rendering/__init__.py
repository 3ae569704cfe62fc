"""Views of surfels: the table of engines, and what one camera sees through any of them."""

from scenewright.splats.rendering.engines import Engine, find_engine
from scenewright.splats.rendering.views import OPAQUE, RenderedView, render

__all__ = ["OPAQUE", "Engine", "RenderedView", "find_engine", "render"]
