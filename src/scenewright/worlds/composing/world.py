"""A world: placed objects, lights, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, RelationTable
from scenewright.core.checks import as_rigid
from scenewright.worlds.objects.model import ObjectModel


@dataclass(frozen=True, eq=False)
class PlacedObject:
    """An object somewhere in a world.

    Attributes:
        instance_id: 1 or more, unique in the world.
        model: The object in its own frame.
        world_from_object: (4, 4) float64 rigid placement, metres.
        is_stuff: True for floor, walls and ceiling, which are not objects.
        supported_by: Instance id of what it stands on, or None (stuff).
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
        """Word for what it is."""
        return self.model.label


@dataclass(frozen=True)
class Sun:
    """Light from one direction, from outside.

    Attributes:
        direction: (x, y, z) towards the light, world frame; need not be of unit length.
        color: RGB irradiance, linear; about 1 each is bright.
        spread: Half the angle that the light fills, radians; gives soft shadows.
    """

    direction: tuple[float, float, float]
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    spread: float = 0.03


@dataclass(frozen=True)
class AreaLight:
    """A rectangle that shines downwards; it is not seen itself.

    Attributes:
        center: World frame, metres.
        size: Extents along x and y, metres.
        color: RGB irradiance, linear, on a surface facing it from 1 m.
    """

    center: tuple[float, float, float]
    size: tuple[float, float]
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class World:
    """Placed objects, lights and truth. Metres, z up.

    Attributes:
        objects: Everything that can be seen, stuff included.
        size: Extents x, y, z of the room, or of the free area that the objects fill; its floor's
            middle is the origin.
        lights: What shines. There is always some light from everywhere as well.
        ambient: RGB of the light from everywhere, linear.
        relations: What is true of pairs: ``"on"`` (stands on), ``"in"`` (stands inside the bounds
            of, as on a shelf's board), ``"beside"`` (nearest distance below the composer's reach),
            each with the distance of the two surfaces.
        kind: Name of the composer, such as ``"rooms"``.
        seed: The seed that made it.
    """

    objects: tuple[PlacedObject, ...]
    size: tuple[float, float, float]
    lights: tuple[Sun | AreaLight, ...] = ()
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
        """Word per instance id."""
        return {placed.instance_id: placed.label for placed in self.objects}

    @property
    def stuff_ids(self) -> frozenset[int]:
        """Ids of floor, walls and ceiling."""
        return frozenset(placed.instance_id for placed in self.objects if placed.is_stuff)
