"""What is true of a world: whether it obeys physics, how large things are, where there is room."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Box3D, ConventionError
from scenewright.worlds.composing._body import Body
from scenewright.worlds.composing._contact import contact_points
from scenewright.worlds.composing._relations import box_gap, gap
from scenewright.worlds.composing._rigid_scene import stability
from scenewright.worlds.composing._settling import side_contacts
from scenewright.worlds.composing._voxels import fill
from scenewright.worlds.composing.world import PlacedObject, World

MAX_OVERLAP = 0.01
"""Largest share of the smaller volume that two objects of a composed world have in common."""
MAX_FLOATING = 0.005
"""Largest gap between an object of a composed world and what carries it, metres."""
_SEARCH = 0.5
_TOUCH = 1e-3


@dataclass(frozen=True)
class WorldFaults:
    """How far a world is from obeying physics; all zero or less is perfect.

    Attributes:
        overlap: Largest share of the smaller one's volume that two objects have in common.
        overlapping: The two instance ids, or None if there are no two objects.
        floating: Largest distance of an object from what carries it, metres; at most 0.5.
        floater: Its instance id, or None if nothing stands on anything.
        tipping: Largest distance by which a center of mass lies outside the hull of the contacts,
            seen from above, metres; below 0 where all lie inside. Hanging things do not count.
        tipper: Its instance id, or None if nothing stands on anything.
    """

    overlap: float = 0.0
    overlapping: tuple[int, int] | None = None
    floating: float = 0.0
    floater: int | None = None
    tipping: float = -np.inf
    tipper: int | None = None

    @property
    def is_sound(self) -> bool:
        """Whether the limits of composed worlds hold."""
        return (
            self.overlap <= MAX_OVERLAP and self.floating <= MAX_FLOATING and self.tipping <= _TOUCH
        )


def check_world(world: World) -> WorldFaults:
    """Measures a world against physics, with the true shape of every object.

    Volumes in common come from exact booleans of solids, distances from the solids' surfaces; no
    number is taken from the composer. Stuff is not checked against stuff.

    Args:
        world: Of closed objects, or of such that have a solid.

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
    """Metres by which a center of mass lies inside the hull of all contacts.

    What touches from the side counts only for things that lean: where the contacts from below
    do not carry alone.
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
    """How large a whole object is, seen or not.

    Attributes:
        bounds: (2, 3) lowest and highest corner along the axes of the world, metres.
        oriented: Box along the axes of the object, which for things that stand is upright.
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
    """Pairs of objects, stuff left out, whose surfaces are nearer than `reach`.

    Args:
        world: What.
        reach: Metres, above 0.

    Returns:
        Both instance ids, the smaller first, and the nearest distance in metres; sorted by ids.

    Raises:
        ConventionError: `reach` is not above 0.
    """
    if not (np.isfinite(reach) and reach > 0):
        raise ConventionError("reach", expected="above 0 m", got=f"{reach:g}")
    things = [body for body in _bodies(world).values() if not body.is_stuff]
    found = []
    for a, b in itertools.combinations(sorted(things, key=lambda one: one.instance_id), 2):
        if box_gap(a, b) < reach and (distance := gap(a, b, reach)) < reach:
            found.append((a.instance_id, b.instance_id, distance))
    return found


@dataclass(frozen=True, eq=False)
class Occupancy:
    """Which cells of a world are solid.

    Attributes:
        instance_id: (X, Y, Z) int32, what the middle of a cell lies in, 0 = free.
        origin: (3,) lowest corner, metres.
        voxel_size: Edge of a cell, metres.
    """

    instance_id: NDArray[np.int32]
    origin: NDArray[np.float64]
    voxel_size: float

    @property
    def free(self) -> NDArray[np.bool_]:
        """(X, Y, Z) True where nothing is."""
        free: NDArray[np.bool_] = self.instance_id == 0
        return free


def free_space(world: World, *, voxel_size: float, margin: float = 0.0) -> Occupancy:
    """Which cells of a world's extents are solid and which are free.

    A cell is solid if its middle lies inside an object's closed shape, hidden or not. Of an
    L-shaped room the missing corner counts as free beyond its walls.

    Args:
        world: What.
        voxel_size: Edge of a cell, metres.
        margin: How far the grid goes on beyond `World.size` on all sides, metres.

    Raises:
        ConventionError: The edge is not above 0, the margin is below 0, or there would be more
            than 512 million cells.
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
            "voxel_size", expected="a grid of at most 512 million cells", got=f"{cells.prod():.3g}"
        )
    grid = np.zeros(cells.astype(int), np.int32)
    for body in _bodies(world).values():
        fill(body.triangles, low, voxel_size, body.instance_id, grid)
    return Occupancy(grid, low, voxel_size)
