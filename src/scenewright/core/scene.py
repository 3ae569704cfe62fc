"""The scene: everything known about one captured or generated space, in one world frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core.asset import Asset
from scenewright.core.checks import as_direction
from scenewright.core.clouds import PointCloud
from scenewright.core.conventions import ARBITRARY, METER
from scenewright.core.errors import ConventionError
from scenewright.core.instance import InstanceTable
from scenewright.core.relations import RelationTable
from scenewright.core.state_grid import StateGrid
from scenewright.core.summaries import html_facts
from scenewright.core.surfels import SurfelCloud
from scenewright.core.views import Views


@dataclass(frozen=True)
class Step:
    """One processing step in the history of a scene.

    Attributes:
        name: Verb or backend, such as ``"segment"`` or ``"masks/depth-edges"``.
        version: Version of the package that ran it.
        config: Resolved settings, JSON values only.
    """

    name: str
    version: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Scene:
    """Instances, points, surfels and assets of one space. Immutable.

    The functions in `scenewright.editing` return an edited copy.

    Attributes:
        instances: The objects.
        points: The reconstructed surface, with instance ids in `PointCloud.instance_id`, or None.
        assets: Shape and placement of a single object, by instance id.
        up: (3,) float64 unit vector, or None if the direction of gravity is unknown.
        provenance: Processing steps, in order.
        surfels: The radiance model, with instance ids in `SurfelCloud.instance_id`, or None.
        views: The posed cameras of the capture, or None.
        grids: Occupied, free and unknown space around an object, by instance id.
        relations: Relations between pairs of instances, or None if unknown.
        fragments: Pieces of surface too small or too uncertain to be listed as objects, with their
            points in `PointCloud.fragment_id`. Their ids differ from those of the instances.
        rest: The surface that belongs to no instance, or None if there is none or it is unknown.
        is_metric: Whether lengths are in meters. Otherwise their unit is arbitrary, as in a scene
            that was made from pictures alone; wherever meters are named, it stands for them.
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
    fragments: InstanceTable = field(default_factory=InstanceTable.empty)
    rest: Asset | None = None
    is_metric: bool = True

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
        self._check_fragments(known)
        if self.relations is not None:
            used = {*self.relations.subject.tolist(), *self.relations.object.tolist()}
            self._check_members("Scene.relations", used, known)
        if self.up is not None:
            object.__setattr__(self, "up", as_direction("Scene.up", self.up))

    def __repr__(self) -> str:
        parts = [f"{len(self.instances)} instances"]
        for name in ("points", "surfels", "views", "assets", "relations"):
            value = getattr(self, name)
            if value is not None and len(value):
                parts.append(f"{len(value)} {name}")
        if self.rest is not None:
            parts.append("rest")
        return f"Scene({', '.join(parts)})"

    def _check_fragments(self, instances: set[int]) -> None:
        fragments = set(self.fragments.id.tolist())
        if shared := sorted(fragments & instances):
            raise ConventionError(
                "Scene.fragments", expected="ids that no instance has", got=str(shared[:10])
            )
        if self.points is not None and self.points.fragment_id is not None:
            used = set(np.unique(self.points.fragment_id).tolist()) - {0}
            self._check_members(
                "Scene.points.fragment_id", used, fragments, table="table of fragments"
            )

    @staticmethod
    def _check_members(
        name: str, used: set[int], known: set[int], *, table: str = "instance table"
    ) -> None:
        unknown = sorted(used - known)
        if unknown:
            raise ConventionError(
                name, expected=f"ids of the {table}", got=f"unknown ids {unknown[:10]}"
            )

    @property
    def unit(self) -> str:
        """Unit of length: `METER` or `ARBITRARY`."""
        return METER if self.is_metric else ARBITRARY

    @property
    def bounds(self) -> NDArray[np.float64] | None:
        """(2, 3) corners of the bounds of all points and surfel centers, meters, or None."""
        parts = [] if self.points is None else [self.points.points]
        if self.surfels is not None:
            parts.append(self.surfels.means)
        if not sum(map(len, parts)):
            return None
        points = np.concatenate(parts).astype(np.float64)
        return np.stack([points.min(axis=0), points.max(axis=0)])

    def _repr_html_(self) -> str:
        facts = {"unit": self.unit}
        for name in ("points", "surfels", "views", "assets", "fragments"):
            value = getattr(self, name)
            if value is not None and len(value):
                facts[name] = f"{len(value):,}"
        if (bounds := self.bounds) is not None:
            facts["extent"] = " x ".join(f"{edge:.2f}" for edge in np.ptp(bounds, axis=0))
        facts["up"] = "unknown" if self.up is None else ", ".join(f"{v:.2f}" for v in self.up)
        facts["made by"] = ", ".join(step.name for step in self.provenance) or "unknown"
        return html_facts(repr(self), facts) + self.instances._repr_html_()

    def keep(self, keep: InstanceTable | NDArray[np.bool_]) -> Scene:
        """The scene with some of its instances; points and surfels of the others belong to none.

        Args:
            keep: (N,) bool, one per instance, such as ``scene.instances.score > 0.5``; or a table
                with some of the rows of the scene's.

        Raises:
            ConventionError: The mask is not one per instance, or an id is not in the scene.
        """
        known = self.instances.id
        if isinstance(keep, InstanceTable):
            self._check_members(
                "Table of instances to keep", set(keep.id.tolist()), {*known.tolist()}
            )
            table = keep
        else:
            mask = np.asarray(keep)
            if mask.dtype != bool or mask.shape != known.shape:
                raise ConventionError(
                    "Mask of instances to keep",
                    expected=f"{len(known)} booleans",
                    got=f"{mask.shape} {mask.dtype}",
                )
            table = self.instances[mask]
        ids = table.id
        kept = {*ids.tolist()}
        relations = self.relations
        if relations is not None:
            relations = relations[np.isin(relations.subject, ids) & np.isin(relations.object, ids)]
        points, surfels = self.points, self.surfels
        if points is not None and points.instance_id is not None:
            known_points = np.isin(points.instance_id, ids)
            points = points.with_instance_id(np.where(known_points, points.instance_id, 0))
        if surfels is not None and surfels.instance_id is not None:
            members = np.where(np.isin(surfels.instance_id, ids), surfels.instance_id, 0)
            surfels = replace(surfels, instance_id=members.astype(np.int32))
        return replace(
            self,
            instances=table,
            points=points,
            surfels=surfels,
            assets={i: asset for i, asset in self.assets.items() if i in kept},
            grids={i: grid for i, grid in self.grids.items() if i in kept},
            relations=relations,
        )

    def only(self, *instance_ids: int) -> Scene:
        """The scene with some of its instances and nothing else: no rest, no other points.

        Args:
            instance_ids: One or more.

        Raises:
            ConventionError: There is no id, or an id is not in the scene.
        """
        if not instance_ids:
            raise ConventionError("Scene.only", expected="one or more ids", got="none")
        for instance_id in instance_ids:
            self.instances.by_id(instance_id)
        scene = self.keep(np.isin(self.instances.id, instance_ids))
        points, surfels = scene.points, scene.surfels
        if points is not None and points.instance_id is not None:
            points = points[points.instance_id > 0]
        if surfels is not None and surfels.instance_id is not None:
            surfels = surfels[surfels.instance_id > 0]
        return replace(scene, points=points, surfels=surfels, rest=None)

    def relabel(self, labels: Mapping[int, str]) -> Scene:
        """The scene with other labels; their candidate labels are dropped, since a person
        knows better.

        Args:
            labels: Label by instance id, such as ``{4: "chair"}``; an empty label means unknown.

        Raises:
            ConventionError: An id is not in the scene, or a label is not text.
        """
        for instance_id, label in labels.items():
            self.instances.by_id(instance_id)
            if not isinstance(label, str):
                raise ConventionError(
                    f"label of instance {instance_id}", expected="text", got=repr(label)[:60]
                )
        ids, table = self.instances.id.tolist(), self.instances
        words = tuple(labels.get(i, word) for i, word in zip(ids, table.label, strict=True))
        scores = tuple(
            {} if i in labels else known for i, known in zip(ids, table.label_scores, strict=True)
        )
        return replace(self, instances=replace(table, label=words, label_scores=scores))

    def select(self, label: str) -> InstanceTable:
        """The instances with a label, ignoring case."""
        wanted = label.casefold()
        return self.instances[
            np.array([w.casefold() == wanted for w in self.instances.label], bool)
        ]

    def with_step(self, step: Step) -> Scene:
        """The same scene with one more step in its history."""
        return replace(self, provenance=(*self.provenance, step))
