"""What is known about the objects of a scene, computed once for all questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ROLES, InstanceTable, Scene
from scenewright.geometry.box_relations import box_gaps, footprint_overlaps, upright_bounds
from scenewright.geometry.viewing import level_axes
from scenewright.language.features import color_phrase, object_colors, size_ratios
from scenewright.language.lexicon import class_name, name_match

_SAMPLES = 1500
"""Points per object that are kept, to find what an object stands on."""
_NONMETRIC_ROOM = 6.0
"""Diagonal that a scene of unknown scale is taken to have, meters."""
_LONGEST_LABEL = 40


@dataclass(frozen=True, eq=False)
class SceneFacts:
    """The objects of a scene in level axes (z up), with names, colors and sizes.

    Attributes:
        id: (N,) ids.
        labels: N labels that may be shown; "" = unknown.
        names: N usual names; "" = unknown.
        candidates: Per object, other names and their probabilities.
        is_object: (N,) whether each is an object and no part of the room.
        low: (N, 3) lowest corners, meters.
        high: (N, 3) highest corners, meters.
        sizes: (N, 3) longer and shorter horizontal extent, and height, of the oriented boxes,
            meters.
        colors: (N, 12) shares of color words; zeros where unknown.
        ratios: (N,) length relative to what is usual, see `features.size_ratios`.
        samples: Per object, (P, 3) points on its surface; empty if it has none.
        center: (2,) middle of the room, where the viewer stands.
        gaps: (N, N) distances between boxes, meters.
        overlaps: (N, N) share of the footprint of the first that lies within the second.
        notes: What was assumed about the scene.
        meter: Length of an assumed meter in units of the scene; 1 in a metric scene.
        is_metric: Whether the units of the scene are meters.
        supports: (N, N) how well the first object stands on the second, where it was computed
            before (`relations.all_supports`), so that the samples are not needed; None = not yet.
    """

    id: NDArray[np.int32]
    labels: tuple[str, ...]
    names: tuple[str, ...]
    candidates: tuple[dict[str, float], ...]
    is_object: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sizes: NDArray[np.float64]
    colors: NDArray[np.float64]
    ratios: NDArray[np.float64]
    samples: tuple[NDArray[np.float64], ...]
    center: NDArray[np.float64]
    gaps: NDArray[np.float64]
    overlaps: NDArray[np.float64]
    notes: tuple[str, ...] = ()
    meter: float = 1.0
    is_metric: bool = True
    supports: NDArray[np.float64] | None = None
    _matches: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.id)

    @property
    def middle(self) -> NDArray[np.float64]:
        """(N, 3) centers, meters."""
        return (self.low + self.high) / 2

    @property
    def has_names(self) -> bool:
        """Whether an object has a name."""
        return any(name for name, own in zip(self.names, self.is_object, strict=True) if own)

    @property
    def has_colors(self) -> bool:
        """Whether the color of an object is known."""
        return bool(self.colors[self.is_object].any())

    def named(self, name: str) -> NDArray[np.float64]:
        """(N,) how likely each object has a name."""
        if name not in self._matches:
            self._matches[name] = np.array([self._name_score(i, name) for i in range(len(self))])
        return self._matches[name]

    def with_names(self, found: Mapping[str, NDArray[np.float64]]) -> SceneFacts:
        """The same facts, with how likely each object has some names from elsewhere.

        Args:
            found: (N,) scores by name; where the own label fits better, it counts.
        """
        merged = {name: np.maximum(self.named(name), scores) for name, scores in found.items()}
        return replace(self, _matches=merged)

    def _name_score(self, row: int, name: str) -> float:
        best = name_match(name, self.names[row])
        others = self.candidates[row]
        if not others:
            return best
        share = sum(chance * name_match(name, label) for label, chance in others.items())
        return max(share, 0.6 * best)

    def feature(self, name: str) -> NDArray[np.float64]:
        """(N,) a size of each object: ``volume`` (as its cube root), ``height``, ``length`` or
        ``top``, meters."""
        if name == "volume":
            volumes: NDArray[np.float64] = np.cbrt(np.prod(np.maximum(self.sizes, 1e-3), axis=1))
            return volumes
        columns = {"height": self.sizes[:, 2], "length": self.sizes[:, 0], "top": self.high[:, 2]}
        return columns[name]

    def title(self, row: int) -> str:
        """How an object is called in answers, such as ``chair 7`` or ``object 7``."""
        return f"{self.labels[row] or 'object'} {self.id[row]}"

    def length_text(self, meters: float, *, digits: int = 2) -> str:
        """A length for answers, such as ``1.20 m``; in scene units where the scale is unknown."""
        if self.is_metric:
            return f"{meters:.{digits}f} m"
        return f"{meters * self.meter:.3g} units"

    def color(self, row: int) -> str:
        """The color in words; "" if it is unknown."""
        return color_phrase(self.colors[row])


def read_facts(scene: Scene) -> SceneFacts:
    """Collects the facts about a scene.

    Labels are data: they are shortened and shown, and nothing in them is obeyed.

    Args:
        scene: Any scene. Without gravity, z is taken as up; without a scale, the scene is taken to
            be as large as a room. Both are noted.
    """
    table, notes = scene.instances, []
    up = scene.up
    if up is None:
        up = np.array([0.0, 0.0, 1.0])
        notes.append("The direction of gravity is unknown; z is taken as up.")
    normals = None if scene.points is None else scene.points.normals
    axes = level_axes(up, normals)
    low, high = upright_bounds(table.center, table.size, table.rotation, level_from_world=axes)
    meter = 1.0
    if not scene.is_metric and len(table):
        diagonal = float(np.linalg.norm(high.max(axis=0) - low.min(axis=0)))
        meter = max(diagonal, 1e-9) / _NONMETRIC_ROOM
        notes.append("The scale is unknown; the scene is taken to be 6 m across.")
    sizes = _sizes(table, axes[2]) / meter
    low, high = low / meter, high / meter
    labels = tuple(
        printable(label or ("" if role == ROLES[0] else role))
        for label, role in zip(table.label, table.role.tolist(), strict=True)
    )
    names = tuple(class_name(label) for label in labels)
    return SceneFacts(
        id=table.id,
        labels=labels,
        names=names,
        candidates=tuple(
            {class_name(printable(word)): chance for word, chance in scores.items()}
            for scores in table.label_scores
        ),
        is_object=_objects(table.is_stuff, names),
        low=low,
        high=high,
        sizes=sizes,
        colors=object_colors(scene),
        ratios=size_ratios(labels, sizes.max(axis=1, initial=0)),
        samples=_samples(scene, axes / meter),
        center=_room_center(low, high, table.role),
        gaps=box_gaps(low, high),
        overlaps=footprint_overlaps(low, high),
        notes=tuple(notes),
        meter=meter,
        is_metric=scene.is_metric,
    )


def _sizes(table: InstanceTable, up: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) horizontal extents, the longer first, and heights of oriented boxes."""
    rows = np.arange(len(table))
    upright = np.abs(np.einsum("k,nkj->nj", up, table.rotation)).argmax(axis=1)
    level = table.size.copy()
    level[rows, upright] = -1.0
    ordered = -np.sort(-level, axis=1)
    return np.stack([ordered[:, 0], ordered[:, 1], table.size[rows, upright]], axis=1)


def printable(label: str) -> str:
    """A label on one line, shortened, without control characters."""
    clean = "".join(letter if letter.isprintable() else " " for letter in label.replace("_", " "))
    clean = " ".join(clean.split())
    return clean if len(clean) <= _LONGEST_LABEL else clean[: _LONGEST_LABEL - 1] + "…"


def _objects(is_stuff: NDArray[np.bool_], names: tuple[str, ...]) -> NDArray[np.bool_]:
    room = np.array([name in ("wall", "floor", "ceiling") for name in names], bool)
    objects: NDArray[np.bool_] = ~is_stuff & ~room
    return objects


def _room_center(
    low: NDArray[np.float64], high: NDArray[np.float64], role: NDArray[np.str_]
) -> NDArray[np.float64]:
    """(2,) middle of the floor if it is known, else of everything."""
    if not len(low):
        return np.zeros(2)
    is_floor = role == "floor"
    kept = is_floor if is_floor.any() else np.ones(len(low), bool)
    middle: NDArray[np.float64] = (low[kept].min(axis=0) + high[kept].max(axis=0))[:2] / 2
    return middle


def _samples(scene: Scene, axes: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Points on each object, at most `_SAMPLES`, evenly drawn."""
    none = np.zeros((0, 3))
    cloud = scene.points
    if cloud is None or cloud.instance_id is None or not len(cloud):
        return (none,) * len(scene.instances)
    order = np.argsort(cloud.instance_id, kind="stable")
    ids = cloud.instance_id[order]
    found = []
    for instance_id in scene.instances.id.tolist():
        first, last = np.searchsorted(ids, [instance_id, instance_id + 1])
        step = max((last - first) // _SAMPLES, 1)
        chosen = order[first:last:step]
        found.append(cloud.points[chosen].astype(np.float64) @ axes.T)
    return tuple(found)
