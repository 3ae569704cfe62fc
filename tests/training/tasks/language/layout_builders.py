"""Layouts of a small world of boxes."""

from __future__ import annotations

import functools

from scenewright.training.tasks.language.layouts import Layout, layout_of
from tests.worlds.language.world_builders import BROWN, GREEN, THINGS, Thing, make_boxes

MORE: tuple[Thing, ...] = (
    (10, "chair", (-1.5, 1.5, 0.0), (0.6, 0.6, 1.0), GREEN, 1),
    (11, "bin", (-2.0, -2.0, 0.0), (0.3, 0.3, 0.4), BROWN, 1),
    (12, "mug", (0.0, 2.5, 0.4), (0.12, 0.12, 0.15), GREEN, 8),
)  # fmt: skip


@functools.cache
def small_layout() -> Layout:
    """Eleven objects."""
    return layout_of(make_boxes((*THINGS, *MORE)))
