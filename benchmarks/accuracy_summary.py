"""One row of an accuracy table: AP, the number of things, and the floor, of one or more places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from accuracy_measures import Judged, judge_scene, measure_together, percent
from scenewright.core import Scene
from scenewright.metrics import PROTOCOL_M
from scenewright.pipelines.evaluate.scenes import SceneTruth

FLOOR = "floor"
"""Label of the true floor."""
Triple = tuple[float, float, float]
"""AP, AP50 and AP25, percent."""


@dataclass(frozen=True)
class FloorOverlap:
    """True points of the floor and of the instance that fits it best.

    Attributes:
        shared: Number of points in both.
        union: Number of points in either.
    """

    shared: int
    union: int


@dataclass(frozen=True, eq=False)
class Fit:
    """A scene of one place beside the truth.

    Attributes:
        judged: The scene on the true points.
        floor: None if the place has no floor.
        num_listed: Number of things (instances with the role of an object) in the scene's table.
        num_true: Number of true things that are large enough to be counted.
    """

    judged: Judged
    floor: FloorOverlap | None
    num_listed: int
    num_true: int


@dataclass(frozen=True)
class Summary:
    """What a table shows of one or more places together.

    Attributes:
        constant: AP with the same score for all instances, floor, walls and ceiling included.
        own: The same, ranked by the scores of the scene.
        aligned: As `constant`, transferred as `scenewright evaluate` does (within 15 cm).
        num_listed: Number of things in the tables of the scenes.
        num_true: Number of true things.
        floor_iou: IoU of the floor, points of all places pooled; NaN without a floor.
        lowest_floor_iou: That of the worst place.
        num_places: Number of places.
    """

    constant: Triple
    own: Triple
    aligned: Triple
    num_listed: int
    num_true: int
    floor_iou: float
    lowest_floor_iou: float
    num_places: int

    @property
    def listed_per_true(self) -> float:
        """Things listed for each true one."""
        return self.num_listed / self.num_true if self.num_true else float("nan")

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "listed_per_true": self.listed_per_true}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Summary:
        """From what `as_dict` made, read back from a JSON file, where NaN is null."""
        columns: dict[str, Any] = {column.name: value[column.name] for column in fields(cls)}
        for name, item in columns.items():
            columns[name] = tuple(item) if isinstance(item, list) else _number(item)
        return cls(**columns)


def fit_scene(scene: Scene, truth: SceneTruth) -> Fit:
    """Compares the scene of one place with the truth."""
    judged = judge_scene(scene, truth)
    ids = truth.points.instance_id
    assert ids is not None
    floor = floor_overlap(judged.labels, ids, floor_ids=floor_ids(truth))
    num_listed = int(np.count_nonzero(~scene.instances.is_stuff))
    return Fit(judged, floor, num_listed, num_true_things(truth))


def summarize(fits: Sequence[Fit]) -> Summary:
    """All places together, their instances in one ranking."""
    judged = [fit.judged for fit in fits]
    floors = [fit.floor for fit in fits if fit.floor is not None]
    return Summary(
        constant=percent(measure_together(judged, "M")),
        own=percent(measure_together(judged, "M, own scores")),
        aligned=percent(measure_together(judged, "M, aligned")),
        num_listed=sum(fit.num_listed for fit in fits),
        num_true=sum(fit.num_true for fit in fits),
        floor_iou=floor_iou(floors),
        lowest_floor_iou=min((floor_iou([floor]) for floor in floors), default=float("nan")),
        num_places=len(fits),
    )


def floor_ids(truth: SceneTruth) -> frozenset[int]:
    """Ids of the true instances that are the floor."""
    labels = truth.labels or {}
    return frozenset(i for i, label in labels.items() if label.casefold() == FLOOR)


def floor_overlap(
    labels: NDArray[np.int32], truth_ids: NDArray[np.int32], *, floor_ids: frozenset[int]
) -> FloorOverlap | None:
    """The instance with the largest IoU with the floor, over the points that have a true instance.

    Args:
        labels: (V,) predicted instance of each true point, 0 = none.
        truth_ids: (V,) true instance, 0 = none.
        floor_ids: True instances that together are the floor.

    Returns:
        None if no point belongs to the floor. If no instance touches it, nothing is shared.
    """
    scored = truth_ids > 0
    predicted = labels[scored]
    is_floor = np.isin(truth_ids[scored], sorted(floor_ids))
    size = int(np.count_nonzero(is_floor))
    if not size:
        return None
    sizes = np.bincount(predicted)
    shared = np.bincount(predicted[is_floor], minlength=len(sizes))
    shared[0] = 0
    union = size + sizes - shared
    best = int(np.argmax(shared / union))
    return FloorOverlap(int(shared[best]), int(union[best]) if shared[best] else size)


def floor_iou(floors: Iterable[FloorOverlap]) -> float:
    """IoU of the floors of several places, their points pooled; NaN without one."""
    items = list(floors)
    union = sum(floor.union for floor in items)
    return sum(floor.shared for floor in items) / union if union else float("nan")


def num_true_things(truth: SceneTruth) -> int:
    """Number of true instances with enough points to be counted, without floor, walls and such."""
    ids = truth.points.instance_id
    assert ids is not None
    counts = np.bincount(ids[(ids > 0) & ~np.isin(ids, sorted(truth.stuff_ids))])
    return int(np.count_nonzero(counts >= PROTOCOL_M.min_vertices))


def _number(value: Any) -> Any:
    return float("nan") if value is None else value
