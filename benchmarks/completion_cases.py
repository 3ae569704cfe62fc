"""Partly seen objects of synthetic worlds with their exact truth, for `completion_accuracy.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright import Frame, film_world, make_world
from scenewright.completion.seen_surface import SeenSurface
from scenewright.core import StateGrid
from scenewright.geometry.projection import unproject_pixels
from scenewright.geometry.state_grids import StateCounts, grid_frame
from scenewright.worlds.composing.random_worlds import RandomConfig, make_random_world
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.film import SyntheticCapture
from scenewright.worlds.objects.mesh_library import ObjectLibrary

LEAST_PIXELS = 400
"""Objects with fewer pixels in all views are left out."""
MARGIN, RESOLUTION = 1.3, 64


@dataclass(frozen=True, eq=False)
class Case:
    """One partly seen object.

    Attributes:
        world: Seed of its room.
        instance: Its id there.
        label: Its category.
        grid: Evidence of the views.
        surface: Its seen surface.
        others: The seen surface of everything else.
        truth: (F, 3, 3) corners of its closed true mesh, world frame.
    """

    world: int
    instance: int
    label: str
    grid: StateGrid
    surface: SeenSurface
    others: SeenSurface
    truth: NDArray[np.float64]


UP = np.array([0.0, 0.0, 1.0])


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
    views = range(num_cameras)
    seen = {i: _seen(film, i) for i in views}
    points = np.concatenate([one[0].points for one in seen.values()])
    normals = np.concatenate([one[0].normals for one in seen.values()])
    colors = np.concatenate([one[0].colors for one in seen.values()])
    ids = np.concatenate([one[1] for one in seen.values()])
    counts = np.bincount(ids)
    placed = {one.instance_id: one for one in world.objects if not one.is_stuff}
    chosen = [i for i in placed if i < len(counts) and counts[i] >= LEAST_PIXELS]
    frames = {i: grid_frame(points[ids == i], margin=MARGIN, resolution=RESOLUTION) for i in chosen}
    evidence = StateCounts(frames)
    for i in views:
        frame: Frame = film.frame(i)
        assert frame.depth is not None and frame.world_from_cam is not None
        evidence.add(
            frame.depth, film.id_map(i), camera=film.camera, world_from_cam=frame.world_from_cam
        )
    for i in chosen:
        own = ids == i
        yield Case(
            seed,
            i,
            placed[i].label,
            evidence.grid(i, points[own]),
            SeenSurface(points[own], normals[own], colors[own]),
            SeenSurface(points[~own], normals[~own], colors[~own]),
            true_triangles(placed[i]),
        )


def true_triangles(placed: PlacedObject) -> NDArray[np.float64]:
    """(F, 3, 3) the closed shape of an object in the world; its parts may overlap."""
    model = placed.model
    meshes = [part.mesh for part in model.parts] if model.solid is None else [model.solid]
    corners = np.concatenate([mesh.vertices.astype(np.float64)[mesh.faces] for mesh in meshes])
    pose = placed.world_from_object
    moved: NDArray[np.float64] = corners @ pose[:3, :3].T + pose[:3, 3]
    return moved


def _seen(film: SyntheticCapture, index: int) -> tuple[SeenSurface, NDArray[np.int32]]:
    """The surface in one view, and the id of each of its points."""
    view = film.view(index)
    rows, columns = np.nonzero(view.depth)
    points = unproject_pixels(rows, columns, view.depth[rows, columns], film.camera)
    pose = film.true_world_from_cam[index]
    points = points @ pose[:3, :3].T + pose[:3, 3]
    normals = view.normals[rows, columns].astype(np.float64)
    surface = SeenSurface(points, normals, view.image[rows, columns])
    return surface, view.id_map[rows, columns]
