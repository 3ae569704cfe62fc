"""All that is known about one place, in one world frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from scenewright.core.asset import Asset
from scenewright.core.checks import as_direction
from scenewright.core.clouds import PointCloud
from scenewright.core.errors import ConventionError
from scenewright.core.instance import InstanceTable
from scenewright.core.relations import RelationTable
from scenewright.core.state_grid import StateGrid
from scenewright.core.surfels import SurfelCloud
from scenewright.core.views import Views


@dataclass(frozen=True)
class Step:
    """Who made what: one entry of a scene's history.

    Attributes:
        name: Verb or backend, such as ``"segment"`` or ``"masks/depth-edges"``.
        version: Version of the package that ran it.
        config: The resolved settings, JSON values only.
    """

    name: str
    version: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Scene:
    """One place: its instances, points, surfels and assets. Never changed in place.

    `scenewright.editing` has the functions that return a changed scene.

    Attributes:
        instances: The objects.
        points: The reconstructed surface with membership in `PointCloud.instance_id`, or None.
        assets: Shape and placement of an object by itself, per instance id.
        up: (3,) float64 unit vector, or None if the direction of gravity is unknown.
        provenance: What was done, in order.
        surfels: The radiance model with membership in `SurfelCloud.instance_id`, or None.
        views: The posed cameras that the place was seen by, or None.
        grids: Solid, free and unknown space around an object per instance id.
        relations: What holds between pairs of instances, or None if nothing is known.
    """

    instances: InstanceTable
    points: PointCloud | None = None
    assets: Mapping[int, Asset] = field(default_factory=dict)
    up: NDArray[np.float64] | None = None
    provenance: tuple[Step, ...] = ()
    surfels: SurfelCloud | None = None
    views: Views | None = None
    grids: Mapping[int, StateGrid] = field(default_factory=dict)
    relations: RelationTable | None = None
    unit: ClassVar[str] = "metre"

    def __post_init__(self) -> None:
        object.__setattr__(self, "assets", MappingProxyType(dict(self.assets)))
        object.__setattr__(self, "grids", MappingProxyType(dict(self.grids)))
        object.__setattr__(self, "provenance", tuple(self.provenance))
        known = set(self.instances.id.tolist())
        self._check_members("Scene.assets", set(self.assets), known)
        self._check_members("Scene.grids", set(self.grids), known)
        for name in ("points", "surfels"):
            cloud = getattr(self, name)
            if cloud is not None and cloud.instance_id is not None:
                used = set(np.unique(cloud.instance_id).tolist()) - {0}
                self._check_members(f"Scene.{name}.instance_id", used, known)
        if self.relations is not None:
            used = {*self.relations.subject.tolist(), *self.relations.object.tolist()}
            self._check_members("Scene.relations", used, known)
        if self.up is not None:
            object.__setattr__(self, "up", as_direction("Scene.up", self.up))

    @staticmethod
    def _check_members(name: str, used: set[int], known: set[int]) -> None:
        unknown = sorted(used - known)
        if unknown:
            raise ConventionError(
                name, expected="ids of the instance table", got=f"unknown ids {unknown[:10]}"
            )

    @property
    def bounds(self) -> NDArray[np.float64] | None:
        """(2, 3) lower and upper corner of all points and surfel centres, metres, or None."""
        places = [] if self.points is None else [self.points.points]
        if self.surfels is not None:
            places.append(self.surfels.means)
        if not sum(map(len, places)):
            return None
        points = np.concatenate(places).astype(np.float64)
        return np.stack([points.min(axis=0), points.max(axis=0)])

    def select(self, label: str) -> InstanceTable:
        """The instances with a label, letter case ignored."""
        wanted = label.casefold()
        return self.instances[
            np.array([w.casefold() == wanted for w in self.instances.label], bool)
        ]

    def with_step(self, step: Step) -> Scene:
        """The same scene with one more entry in its history."""
        return replace(self, provenance=(*self.provenance, step))
