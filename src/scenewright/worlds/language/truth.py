"""What is true of the objects of a world, and only where there is no doubt.

Every check has three outcomes: it clearly holds, it clearly does not, or it is doubtful. Questions
are made only from clear ones, so that any sensible reading of a word leads to the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scenewright.core.color_names import COLOR_WORDS, color_shares
from scenewright.geometry.box_relations import box_gaps, seen_offsets
from scenewright.worlds.composing.ground_truth import true_extent
from scenewright.worlds.composing.surface_samples import sample_surface
from scenewright.worlds.composing.world import World

_SHELL = ("floor", "wall", "ceiling")
_HAS_COLOR, _LACKS_COLOR = 0.6, 0.12
"""Share of a color from which an object clearly has it, and up to which it clearly lacks it."""
_RATIO = 1.25
"""Ratio of two lengths from which one is clearly larger."""
APART = 0.4
"""Difference of two distances from which one object is clearly nearer, meters."""
_SIDEWAYS = 0.4
"""Smallest distance to the side of an anchor of an object that is clearly beside it, meters."""
_NEAR, _NOT_NEAR = 0.5, 1.4
"""Distance up to which an object is clearly next to another, and from which it is not, meters."""
_FROM_VIEWER = 0.8
"""Smallest distance of an anchor from the viewer, meters."""
_SAMPLES = 400

Clear = bool | None
"""True: it clearly holds; False: it clearly does not; None: doubtful."""
_NO_KINDS = {("plant pot", "pot")}
"""Labels that end with another, and mean something else: a pot is for cooking."""


@dataclass(frozen=True, eq=False)
class WorldTruth:
    """The objects of a world without floor, walls and ceiling.

    Attributes:
        id: (N,) ids.
        labels: N labels.
        is_target: (N,) whether each is an object; doors and windows serve as anchors only.
        low: (N, 3) lowest corners, meters.
        high: (N, 3) highest corners, meters.
        sizes: (N, 3) extents along the axes of the object, meters.
        colors: (N, 12) shares of color words.
        support: (N,) id of what each stands on, 0 = none.
        viewer: (2,) middle of the room.
    """

    id: NDArray[np.int64]
    labels: tuple[str, ...]
    is_target: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sizes: NDArray[np.float64]
    colors: NDArray[np.float64]
    support: NDArray[np.int64]
    viewer: NDArray[np.float64]

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """(N, 3) centers, meters."""
        return (self.low + self.high) / 2

    def named(self, label: str) -> list[int]:
        """Rows of the objects that a label names: a coffee table is a table, too."""
        if label not in self._rows_by_label:
            self._rows_by_label[label] = [
                row
                for row, other in enumerate(self.labels)
                if self.is_target[row] and (other == label or _is_kind_of(other, label))
            ]
        return list(self._rows_by_label[label])

    def unique(self) -> list[int]:
        """Rows of objects whose label names no other, and that are no part of another name."""
        return list(self._unique_rows)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many objects each label of an object names, by label in order."""
        labels = {label for row, label in enumerate(self.labels) if self.is_target[row]}
        return {label: len(self.named(label)) for label in sorted(labels)}

    def labels_of(self, least: int, most: int) -> tuple[str, ...]:
        """The labels that name between `least` and `most` objects, in order."""
        key = (least, most)
        if key not in self._labels_by_count:
            self._labels_by_count[key] = tuple(
                label for label, count in self.counts.items() if least <= count <= most
            )
        return self._labels_by_count[key]

    @cached_property
    def _labels_by_count(self) -> dict[tuple[int, int], tuple[str, ...]]:
        return {}

    @cached_property
    def _volumes(self) -> NDArray[np.float64]:
        volumes: NDArray[np.float64] = np.prod(self.sizes, axis=1)
        return volumes

    @cached_property
    def _lengths(self) -> NDArray[np.float64]:
        lengths: NDArray[np.float64] = self.sizes.max(axis=1, initial=0)
        return lengths

    @cached_property
    def _rows_by_label(self) -> dict[str, list[int]]:
        return {}

    @cached_property
    def _unique_rows(self) -> list[int]:
        counts = Counter(self.labels)
        return [
            row
            for row, label in enumerate(self.labels)
            if counts[label] == 1
            and not any(one.endswith(f" {label}") or label.endswith(f" {one}") for one in counts)
        ]

    @cached_property
    def _row_of(self) -> dict[int, int]:
        return {int(number): row for row, number in enumerate(self.id)}

    @cached_property
    def _gaps(self) -> NDArray[np.float64]:
        """(N, N) distances between boxes, meters."""
        return box_gaps(self.low, self.high)

    @cached_property
    def _apart(self) -> NDArray[np.float64]:
        """(N, N) distances between centers on the plan, meters."""
        plan = self.middle[:, :2]
        apart: NDArray[np.float64] = np.linalg.norm(plan[:, None] - plan[None], axis=2)
        return apart

    @cached_property
    def _from_viewer(self) -> NDArray[np.float64]:
        """(N,) distances from the viewer on the plan, meters."""
        distances: NDArray[np.float64] = np.linalg.norm(self.middle[:, :2] - self.viewer, axis=1)
        return distances

    @cached_property
    def _seen(self) -> dict[int, NDArray[np.float64]]:
        """By anchor, (N, 2) offsets to the left of it and beyond it."""
        return {}

    def has_color(self, row: int, color: str) -> Clear:
        """Whether an object has a color."""
        share = float(self.colors[row, COLOR_WORDS.index(color)])
        if share >= _HAS_COLOR:
            return True
        return False if share <= _LACKS_COLOR and self.colors[row].max() >= 0.4 else None

    def color(self, row: int) -> str | None:
        """The color of an object, or None if it has several."""
        best = int(self.colors[row].argmax())
        return COLOR_WORDS[best] if self.colors[row, best] >= _HAS_COLOR else None

    def is_larger(self, row: int, other: int) -> Clear:
        """Whether an object is larger: in volume and in its longest extent."""
        ratios = (
            float(np.cbrt(self._volumes[row] / self._volumes[other])),
            float(self._lengths[row] / self._lengths[other]),
        )
        if min(ratios) >= 1 and max(ratios) >= 1.05 and ratios[0] >= 1.1:
            return True
        return False if max(ratios) <= 1 and ratios[0] <= 1 / 1.1 else None

    def is_taller(self, row: int, other: int) -> Clear:
        """Whether an object is taller from its bottom to its top."""
        ratio = float(
            (self.high[row, 2] - self.low[row, 2]) / (self.high[other, 2] - self.low[other, 2])
        )
        if ratio >= _RATIO:
            return True
        return False if ratio <= 1 / _RATIO else None

    def is_nearer(self, row: int, other: int, *, anchor: int) -> Clear:
        """Whether an object is nearer to an anchor: between surfaces and between centers."""
        gaps, centers = self._gaps[:, anchor], self._apart[:, anchor]
        differences = (float(gaps[other] - gaps[row]), float(centers[other] - centers[row]))
        if min(differences) >= APART:
            return True
        return False if max(differences) <= -APART else None

    def is_on_side(self, row: int, side: str, *, anchor: int) -> Clear:
        """Whether an object is left, right, in front of or behind an anchor, as seen by a viewer in
        the middle of the room who looks at the anchor."""
        if anchor not in self._seen:
            plan = self.middle[:, :2]
            self._seen[anchor] = seen_offsets(plan, plan[anchor], viewer=self.viewer)
        if self._from_viewer[anchor] < _FROM_VIEWER:
            return None
        left, away = self._seen[anchor][row].tolist()
        along, across = {
            "left": (left, away), "right": (-left, away), "front": (-away, left),
            "behind": (away, left),
        }[side]  # fmt: skip
        if along >= _SIDEWAYS and along >= abs(across):
            return True if self._apart[row, anchor] < 4 else None
        return False if along <= 0 else None

    def is_on(self, row: int, anchor: int) -> Clear:
        """Whether an object stands on another; doubtful for what stands on something on it."""
        if self.support[row] == self.id[anchor]:
            return True
        below = self.support[row]
        rows = self._row_of
        while int(below) in rows:
            if below == self.id[anchor]:
                return None
            below = self.support[rows[int(below)]]
        return False

    def is_near(self, row: int, anchor: int) -> Clear:
        """Whether an object is next to another; doubtful for what stands on it, or under it."""
        if self.is_on(row, anchor) is not False or self.is_on(anchor, row) is not False:
            return None
        gap = float(self._gaps[row, anchor])
        if gap <= _NEAR:
            return True
        return False if gap >= _NOT_NEAR else None

    def detour(self, row: int, first: int, second: int) -> float:
        """How much longer the way between two objects is by way of a third, meters."""
        apart = self._apart
        return float(apart[first, row] + apart[row, second] - apart[first, second])


def clearly(rows: Sequence[int], holds: Callable[[int], Clear]) -> list[int] | None:
    """Rows for which something holds; None if it is doubtful for one."""
    found = []
    for row in rows:
        outcome = holds(row)
        if outcome is None:
            return None
        if outcome:
            found.append(row)
    return found


def ranked(rows: list[int], before: Callable[[int, int], Clear]) -> list[int] | None:
    """Rows in an order that is clear for each pair; None if a pair is doubtful."""
    ordered: list[int] = []
    for row in rows:
        place = 0
        for other in ordered:
            comes_first = before(other, row)
            if comes_first is None:
                return None
            place += comes_first
        ordered.insert(place, row)
    return ordered


def read_truth(world: World, *, seed: int = 0) -> WorldTruth:
    """Collects what is true of a world.

    Args:
        world: Any world.
        seed: Random seed of the points from which colors are counted.
    """
    rng = np.random.default_rng([seed, 22])
    placed = [one for one in world.objects if one.label not in _SHELL]
    extents = [true_extent(one) for one in placed]
    bounds = np.array([one.bounds for one in extents]).reshape(-1, 2, 3)
    colors = [color_shares(sample_surface(one, _SAMPLES, rng=rng)[1]) for one in placed]
    return WorldTruth(
        id=np.array([one.instance_id for one in placed], np.int64),
        labels=tuple(one.label for one in placed),
        is_target=np.array([not one.is_stuff for one in placed], bool),
        low=bounds[:, 0],
        high=bounds[:, 1],
        sizes=np.array([one.oriented.size for one in extents]).reshape(-1, 3),
        colors=np.array(colors).reshape(-1, len(COLOR_WORDS)),
        support=np.array([one.supported_by or 0 for one in placed], np.int64),
        viewer=_viewer(world),
    )


def _viewer(world: World) -> NDArray[np.float64]:
    floors = [true_extent(one).bounds for one in world.objects if one.label == "floor"]
    if not floors:
        return np.zeros(2)
    low = np.min([one[0] for one in floors], axis=0)
    high = np.max([one[1] for one in floors], axis=0)
    middle: NDArray[np.float64] = (low + high)[:2] / 2
    return middle


def _is_kind_of(label: str, wider: str) -> bool:
    """Whether a label ends with a wider one that it is a kind of."""
    return label.endswith(f" {wider}") and (label, wider) not in _NO_KINDS
