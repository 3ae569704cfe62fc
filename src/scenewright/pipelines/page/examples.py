"""Examples of the page: pictures of synthetic worlds with exact masks, made when asked for."""

from __future__ import annotations

import numpy as np

from scenewright.core import UnknownNameError
from scenewright.pipelines.page.session import Session, add_picture, replace_masks
from scenewright.worlds import make_world
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.viewpoints import single_view
from scenewright.worlds.kinds import backdrop
from scenewright.worlds.rendering.renderer import Renderer

EXAMPLES = {"Table": ("tabletop", 3), "Room": ("rooms", 4), "Composition": ("random", 5)}
"""Name on the page, kind of world, and seed."""
_WIDTH, _HEIGHT = 640, 480
_LEAST_SHARE = 0.004
_MOST = 8
"""Largest objects that are masked."""


def example(name: str) -> Session:
    """A session with one picture, and a mask and a name for each object that is seen well.

    Raises:
        UnknownNameError: There is no such example.
    """
    if name not in EXAMPLES:
        raise UnknownNameError(
            f"Example '{name}'", expected=f"one of {', '.join(EXAMPLES)}", got="another name"
        )
    kind, seed = EXAMPLES[name]
    world = make_world(kind, seed)
    viewpoint = single_view(Probe(world), seed=seed, width=_WIDTH, height=_HEIGHT)
    renderer = Renderer(world, background=backdrop(world))
    view = renderer.render(viewpoint.camera, viewpoint.world_from_cam)
    stuff = world.stuff_ids
    names = {
        each.instance_id: each.label for each in world.objects if each.instance_id not in stuff
    }
    areas = {key: int((view.id_map == key).sum()) for key in names}
    least = _LEAST_SHARE * view.id_map.size
    seen = sorted((key for key in names if areas[key] >= least), key=lambda key: -areas[key])
    labels = np.zeros_like(view.id_map)
    for label, key in enumerate(seen[:_MOST], 1):
        labels[view.id_map == key] = label
    session = add_picture(Session(), name.lower(), view.image)
    return replace_masks(session, labels, [names[key] for key in seen[:_MOST]])
