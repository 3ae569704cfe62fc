"""The extracted objects of a scene, and the removal of objects from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scenewright.core import Asset, Box3D, ConventionError, MaskSet, StateGrid, SurfelCloud


@dataclass(frozen=True, eq=False)
class SplatObject:
    """One extracted object.

    Attributes:
        id: Its instance id.
        score: Mean score of its surfels, 1 if they have none.
        surfels: Its surfels.
        box: Upright box around them, without outliers (see `main_groups`).
        asset: Its mesh, or None if no view shows enough of it or no mesh was requested.
        grid: The space around it, or None if no grid was requested.
        num_frames: Views that see it.
        direction_share: Share of all directions from its center that lie within 30 degrees of the
            direction to a view that sees it.
    """

    id: int
    score: float
    surfels: SurfelCloud
    box: Box3D
    asset: Asset | None
    grid: StateGrid | None
    num_frames: int
    direction_share: float


@dataclass(frozen=True, eq=False)
class ObjectSet:
    """All objects of a scene, and the scene without them.

    Attributes:
        objects: In ascending order of ids.
        background: The surfels that belong to no object.
        masks: The objects in each of the F views; ids are instance ids.
    """

    objects: tuple[SplatObject, ...]
    background: SurfelCloud
    masks: tuple[MaskSet, ...]

    def __len__(self) -> int:
        return len(self.objects)

    def by_id(self, instance: int) -> SplatObject:
        """The object with an id.

        Raises:
            ConventionError: There is none.
        """
        for item in self.objects:
            if item.id == instance:
                return item
        known = ", ".join(str(item.id) for item in self.objects[:10])
        raise ConventionError("object", expected=f"one of the ids {known}", got=str(instance))


def remove_instances(surfels: SurfelCloud, instances: Sequence[int] | None = None) -> SurfelCloud:
    """The surfels without those of some instances.

    Args:
        surfels: With instance ids.
        instances: Ids to remove; None removes all instances.

    Raises:
        ConventionError: The surfels have no instance ids, or no surfel has one of the ids.
    """
    ids = surfels.instance_id
    if ids is None:
        raise ConventionError(
            "surfels", expected="instance ids", got="none", do="Decompose the scene first."
        )
    if instances is None:
        return surfels[ids == 0]
    unknown = sorted(set(instances) - set(np.unique(ids).tolist()) | ({0} & set(instances)))
    if unknown:
        raise ConventionError(
            "instances", expected="instance ids of the surfels", got=f"{unknown[:10]}"
        )
    return surfels[~np.isin(ids, list(instances))]
