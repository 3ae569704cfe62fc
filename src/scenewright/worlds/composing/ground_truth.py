"""Ground truth of a world: physical validity, extents of objects, neighbors and free space."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Box3D, ConventionError
from scenewright.geometry.solid_cells import fill_solid
from scenewright.worlds.composing._body import Body
from scenewright.worlds.composing._contact import contact_points
from scenewright.worlds.composing._relations import box_gap, gap
from scenewright.worlds.composing._rigid_scene import stability
from scenewright.worlds.composing._settling import side_contacts
from scenewright.worlds.composing.world import PlacedObject, World

MAX_OVERLAP = 0.01
"""Largest overlap of two objects of a composed world, as a share of the smaller volume."""
MAX_FLOATING = 0.005
"""Largest gap between an object of a composed world and its support, meters."""
_SEARCH = 0.5
_TOUCH = 1e-3


@dataclass(frozen=True)
class WorldFaults:
    """Physical faults of a world; a valid world has values of zero or less.

    Attributes:
        overlap: Largest overlap of two objects, as a share of the smaller volume.
        overlapping: The two instance ids, or None if there are no two objects.
        floating: Largest distance of an object to its support, meters; at most 0.5.
        floater: Its instance id, or None if no object has a support.
        tipping: Largest distance by which a center of mass is outside the hull of the contacts,
            seen from above, meters; below 0 if all are inside. Objects on walls do not count.
        tipper: Its instance id, or None if no object has a support.
    """

    overlap: float = 0.0
    overlapping: tuple[int, int] | None = None
    floating: float = 0.0
    floater: int | None = None
    tipping: float = -np.inf
    tipper: int | None = None

    @property
    def is_sound(self) -> bool:
        """Whether the world is within the limits of composed worlds."""
        return (
            self.overlap <= MAX_OVERLAP and self.floating <= MAX_FLOATING and self.tipping <= _TOUCH
        )


def check_world(world: World) -> WorldFaults:
    """Measures the physical validity of a world from the exact shapes of its objects.

    Overlaps come from exact boolean operations, distances from the surfaces; no value of the
    composer is reused. Stuff is not checked against stuff.

    Args:
        world: A world of closed objects, or of objects with a solid.

    Raises:
        ConventionError: An object is supported by an id that the world does not have.
    """
    bodies = _bodies(world)
    overlap, pair = 0.0, None
    for a, b in itertools.combinations(bodies.values(), 2):
        if (a.is_stuff and b.is_stuff) or box_gap(a, b) > 0:
            continue
        shared = float((a.manifold ^ b.manifold).volume()) / min(a.solid.volume, b.solid.volume)
        if pair is None or shared > overlap:
            overlap, pair = max(shared, 0.0), (a.instance_id, b.instance_id)
    floating, floater = 0.0, None
    tipping, tipper = -np.inf, None
    for body in bodies.values():
        if body.supported_by is None:
            continue
        if body.supported_by not in bodies:
            raise ConventionError(
                f"supported_by of instance {body.instance_id}",
                expected="an instance of the world",
                got=str(body.supported_by),
            )
        distance = gap(body, bodies[body.supported_by], _SEARCH)
        if floater is None or distance > floating:
            floating, floater = distance, body.instance_id
        lean = -_margin(body, bodies)
        if bodies[body.supported_by].model.label != "wall" and lean > tipping:
            tipping, tipper = lean, body.instance_id
    return WorldFaults(overlap, pair, floating, floater, tipping, tipper)


def _bodies(world: World) -> dict[int, Body]:
    bodies = {}
    for placed in world.objects:
        body = Body(placed.model, placed.world_from_object, is_stuff=placed.is_stuff)
        body.instance_id, body.supported_by = placed.instance_id, placed.supported_by
        bodies[placed.instance_id] = body
    return bodies


def _margin(body: Body, bodies: dict[int, Body]) -> float:
    """Stability margin of a body with all of its contacts, meters.

    Contacts from the side count only for bodies that lean, which the contacts from below alone do
    not support.
    """
    others = [one for one in bodies.values() if one is not body and box_gap(body, one) < _TOUCH]
    points = np.concatenate(
        [np.empty((0, 3)), *(contact_points(body.down, one.up, _TOUCH) for one in others)]
    )
    center = body.center_of_mass[:2]
    if not len(points):
        return -np.inf
    if (margin := stability(center, points[:, :2])) > 0:
        return margin
    angles = np.arange(16) * (np.pi / 8)
    beside = [
        side_contacts(body, others, np.array([np.cos(angle), np.sin(angle)]), _TOUCH)
        for angle in angles
    ]
    return stability(center, np.concatenate([points, *beside])[:, :2])


@dataclass(frozen=True, eq=False)
class Extent:
    """Amodal extent of an object: visible or not.

    Attributes:
        bounds: (2, 3) lowest and highest corner in the world frame, meters.
        oriented: Box aligned with the object frame.
    """

    bounds: NDArray[np.float64]
    oriented: Box3D


def true_extent(placed: PlacedObject) -> Extent:
    """The amodal extent of an object, from all of its parts."""
    points = np.concatenate([part.mesh.vertices for part in placed.model.parts]).astype(np.float64)
    pose = placed.world_from_object
    world_points = points @ pose[:3, :3].T + pose[:3, 3]
    low, high = placed.model.bounds
    center = pose[:3, :3] @ ((low + high) / 2) + pose[:3, 3]
    oriented = Box3D(center=center, size=high - low, rotation=pose[:3, :3])
    return Extent(np.stack([world_points.min(axis=0), world_points.max(axis=0)]), oriented)


def neighbors(world: World, *, reach: float) -> list[tuple[int, int, float]]:
    """Pairs of objects, without stuff, whose surfaces are closer than `reach`.

    Args:
        world: The world.
        reach: Meters, above 0.

    Returns:
        Both instance ids, the smaller first, and the distance in meters; sorted by ids.

    Raises:
        ConventionError: `reach` is not above 0.
    """
    if not (np.isfinite(reach) and reach > 0):
        raise ConventionError("reach", expected="above 0 m", got=f"{reach:g}")
    objects = [body for body in _bodies(world).values() if not body.is_stuff]
    found = []
    for a, b in itertools.combinations(sorted(objects, key=lambda one: one.instance_id), 2):
        if box_gap(a, b) < reach and (distance := gap(a, b, reach)) < reach:
            found.append((a.instance_id, b.instance_id, distance))
    return found


@dataclass(frozen=True, eq=False)
class Occupancy:
    """Which voxels of a world are solid.

    Attributes:
        instance_id: (X, Y, Z) int32 object that contains the center of a voxel, 0 = free.
        origin: (3,) lowest corner, meters.
        voxel_size: Edge of a voxel, meters.
    """

    instance_id: NDArray[np.int32]
    origin: NDArray[np.float64]
    voxel_size: float

    @property
    def free(self) -> NDArray[np.bool_]:
        """(X, Y, Z) True where no object is."""
        free: NDArray[np.bool_] = self.instance_id == 0
        return free


def free_space(world: World, *, voxel_size: float, margin: float = 0.0) -> Occupancy:
    """Which voxels within the extents of a world are solid and which are free.

    A voxel is solid if its center is inside the closed shape of an object, hidden or not. The
    missing corner of an L-shaped room counts as free beyond its walls.

    Args:
        world: The world.
        voxel_size: Edge of a voxel, meters.
        margin: How far the grid extends beyond `World.size` on all sides, meters.

    Raises:
        ConventionError: The edge is not above 0, the margin is below 0, or the grid would have
            more than 512 million voxels.
    """
    if not (np.isfinite(voxel_size) and voxel_size > 0):
        raise ConventionError("voxel_size", expected="above 0 m", got=f"{voxel_size:g}")
    if not (np.isfinite(margin) and margin >= 0):
        raise ConventionError("margin", expected="0 m or more", got=f"{margin:g}")
    low = np.array([-world.size[0] / 2, -world.size[1] / 2, 0.0]) - margin
    extents = np.array(world.size) + 2 * margin
    cells = np.ceil(extents / voxel_size - 1e-9)
    if cells.prod() > 512e6:
        raise ConventionError(
            "voxel_size", expected="a grid of at most 512 million voxels", got=f"{cells.prod():.3g}"
        )
    grid = np.zeros(cells.astype(int), np.int32)
    for body in _bodies(world).values():
        fill_solid(body.triangles, low, voxel_size, body.instance_id, grid)
    return Occupancy(grid, low, voxel_size)
