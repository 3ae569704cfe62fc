"""Partly seen objects of synthetic worlds with their exact truth, for `completion_accuracy.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright import film_world, make_world
from scenewright.completion.evidence import MARGIN, RESOLUTION
from scenewright.completion.seen_surface import SeenSurface
from scenewright.models.partial_shapes import PartialShape
from scenewright.training.tasks.completion.seen_parts import seen_parts, seen_view
from scenewright.worlds.composing.random_worlds import RandomConfig, make_random_world
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.objects.mesh_library import ObjectLibrary

LEAST_PIXELS = 400
"""Objects with fewer pixels in all views are left out."""


@dataclass(frozen=True, eq=False)
class Case:
    """One partly seen object.

    Attributes:
        world: Seed of its room.
        instance: Its id there.
        label: Its category.
        shape: The evidence of the views.
        surface: Its seen surface.
        truth: (F, 3, 3) corners of its closed true mesh, world frame.
    """

    world: int
    instance: int
    label: str
    shape: PartialShape
    surface: SeenSurface
    truth: NDArray[np.float64]


def cases(
    seed: int,
    num_cameras: int,
    *,
    library: ObjectLibrary | None = None,
    width: int = 320,
    height: int = 240,
) -> Iterator[Case]:
    """The objects of one world, seen by a few cameras that move through it.

    Args:
        seed: Seed of the world and of the trajectory.
        num_cameras: Number of views, spread over the trajectory.
        library: Meshes whose random compositions are seen; None = a room of our families.
        width: Image width, pixels.
        height: Image height, pixels.
    """
    if library is None:
        world = make_world("rooms", seed)
    else:
        config = RandomConfig(num_objects=(1, 4), library=library, library_share=1.0)
        world = make_random_world(seed, config)
    film = film_world(world, num_frames=max(num_cameras, 2), width=width, height=height, seed=seed)
    placed = {one.instance_id: one for one in world.objects if not one.is_stuff}
    parts = seen_parts(
        film, [seen_view(film, number) for number in range(num_cameras)], ids=list(placed),
        least_pixels=LEAST_PIXELS, resolution=RESOLUTION, margin=MARGIN,
    )  # fmt: skip
    for part in parts:
        one = placed[part.instance]
        yield Case(
            seed, part.instance, one.label, part.shape, part.surface, true_triangles(one)
        )  # fmt: skip


def true_triangles(placed: PlacedObject) -> NDArray[np.float64]:
    """(F, 3, 3) the closed shape of an object in the world; its parts may overlap."""
    model = placed.model
    meshes = [part.mesh for part in model.parts] if model.solid is None else [model.solid]
    corners = np.concatenate([mesh.vertices.astype(np.float64)[mesh.faces] for mesh in meshes])
    pose = placed.world_from_object
    moved: NDArray[np.float64] = corners @ pose[:3, :3].T + pose[:3, 3]
    return moved
