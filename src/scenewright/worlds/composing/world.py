"""The data model of a world: placed objects, lights and relations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, RelationTable
from scenewright.core.checks import as_rigid
from scenewright.worlds.objects.model import ObjectModel


@dataclass(frozen=True, eq=False)
class PlacedObject:
    """An object at a pose in a world.

    Attributes:
        instance_id: 1 or more, unique in the world.
        model: The object in its own frame.
        world_from_object: (4, 4) float64 rigid placement, meters.
        is_stuff: True for floor, walls and ceiling, which do not count as objects.
        supported_by: Instance id of its support, or None (stuff).
    """

    instance_id: int
    model: ObjectModel
    world_from_object: NDArray[np.float64]
    is_stuff: bool = False
    supported_by: int | None = None

    def __post_init__(self) -> None:
        if self.instance_id < 1:
            raise ConventionError(
                "PlacedObject.instance_id", expected="1 or more", got=str(self.instance_id)
            )
        pose = as_rigid("PlacedObject.world_from_object", self.world_from_object)
        object.__setattr__(self, "world_from_object", pose)

    @property
    def label(self) -> str:
        """Label of the object."""
        return self.model.label


@dataclass(frozen=True)
class Sun:
    """Directional light.

    Attributes:
        direction: (x, y, z) toward the light, world frame, of any length.
        color: RGB irradiance, linear; values of about 1 are bright.
        spread: Half of its angular diameter, radians; makes shadows soft.
    """

    direction: tuple[float, float, float]
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    spread: float = 0.03


@dataclass(frozen=True)
class AreaLight:
    """A horizontal rectangle that shines downward; it is invisible itself.

    Attributes:
        center: World frame, meters.
        size: Extents along x and y, meters.
        color: RGB irradiance, linear, on a surface that faces it at a distance of 1 m.
    """

    center: tuple[float, float, float]
    size: tuple[float, float]
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)


Light = Sun | AreaLight


@dataclass(frozen=True, eq=False)
class World:
    """Placed objects, lights and relations. Meters, z up.

    Attributes:
        objects: All visible objects, stuff included.
        size: Extents x, y, z of the room, or of the area that the objects fill; the origin is at
            the center of the floor.
        lights: Lights, in addition to the ambient light.
        ambient: RGB of the ambient light, linear.
        relations: Relations of pairs: ``"on"`` (supported by), ``"in"`` (supported by and inside,
            as on a shelf board or in a bowl), or ``"beside"`` (same support, closer than the
            reach), each with the distance between the two surfaces.
        kind: Kind of the world, such as ``"rooms/office"``.
        seed: Random seed that made it.
    """

    objects: tuple[PlacedObject, ...]
    size: tuple[float, float, float]
    lights: tuple[Light, ...] = ()
    ambient: tuple[float, float, float] = (0.35, 0.35, 0.35)
    relations: RelationTable = field(default_factory=RelationTable.empty)
    kind: str = "made by hand"
    seed: int = 0

    def __post_init__(self) -> None:
        ids = [placed.instance_id for placed in self.objects]
        if len(set(ids)) != len(ids):
            raise ConventionError("World.objects", expected="each instance id once", got=f"{ids}")

    @property
    def labels(self) -> dict[int, str]:
        """Label per instance id."""
        return {placed.instance_id: placed.label for placed in self.objects}

    @property
    def stuff_ids(self) -> frozenset[int]:
        """Instance ids of floor, walls and ceiling."""
        return frozenset(placed.instance_id for placed in self.objects if placed.is_stuff)
