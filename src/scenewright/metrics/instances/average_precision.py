"""Average precision of 3D instances, by the rules of the ScanNet benchmark and its descendants.

The rules at a threshold t: true instances are visited in the order of their ids; each is matched
with the first free prediction, in the given order, with IoU > t. Further free predictions above t
are false positives but stay free; the highest score of all of them becomes the score of the match.
At t below 0.5 such a prediction can therefore still be matched with another instance. A prediction
that exceeds t with no true instance is a false positive unless more than the share t of it is void
or lies in true instances that are too small. All scenes are pooled, and precision and recall are
computed at each distinct score; the curve is closed by the point of precision 1 and recall 0.

Where the original programs raise an exception, this one gives a number: a scene without predictions
only adds misses; a class with ground truth and no counted prediction has AP 0; without any ground
truth, all values are NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scenewright.core.errors import ConventionError
from scenewright.metrics.instances._overlap import Overlap, check_same_vertices, count_overlap
from scenewright.metrics.instances.labels import InstancePrediction, InstanceTruth

AP_THRESHOLDS: Final = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
"""The nine IoU thresholds that AP averages: 0.50 to 0.90. Papers write 0.5:0.95."""

SCANNET_STUFF: Final = frozenset({1, 3})
"""Wall and floor in ScanNet's raw category ids."""


@dataclass(frozen=True)
class APProtocol:
    """Which vertices count, and as what. Numbers of different protocols are not comparable.

    Attributes:
        name: Name in tables.
        class_agnostic: Whether all instances have one common class; instances with the same id
            under different class ids are then one. Otherwise only equal classes are matched, and
            AP is the mean over the classes that have ground truth.
        min_vertices: Smaller true instances are ignored, smaller predictions dropped; 1 or more.
        thresholds: IoU thresholds that AP averages.
        valid_class_ids: Classes that have instances; None = every class id above 0.
        stuff_class_ids: Classes without instances; their vertices are void.
        unlabeled_is_void: Whether vertices of class 0 or instance 0 are void. Otherwise they are
            true instances by their id; only possible in a class-agnostic protocol.
    """

    name: str
    class_agnostic: bool = True
    min_vertices: int = 100
    thresholds: tuple[float, ...] = AP_THRESHOLDS
    valid_class_ids: frozenset[int] | None = None
    stuff_class_ids: frozenset[int] = frozenset()
    unlabeled_is_void: bool = True

    def __post_init__(self) -> None:
        if self.min_vertices < 1:
            got = f"{self.min_vertices}"
            raise ConventionError("APProtocol.min_vertices", expected="1 or more", got=got)
        if not self.thresholds or not all(0 <= t < 1 for t in self.thresholds):
            got = f"{self.thresholds}"
            raise ConventionError("APProtocol.thresholds", expected="values in [0, 1)", got=got)
        if not self.unlabeled_is_void and not self.class_agnostic:
            raise ConventionError(
                "APProtocol.unlabeled_is_void",
                expected="True if classes are distinguished",
                got="False",
                do="Unlabeled vertices have no class to compare.",
            )

    def counts(self, truth: InstanceTruth) -> NDArray[np.bool_]:
        """(V,) bool, whether each vertex belongs to a true instance; the others are void."""
        labeled = (truth.class_id > 0) & (truth.instance_id > 0)
        part: NDArray[np.bool_] = labeled.copy()
        if self.valid_class_ids is not None:
            part &= np.isin(truth.class_id, sorted(self.valid_class_ids))
        if self.stuff_class_ids:
            part &= ~np.isin(truth.class_id, sorted(self.stuff_class_ids))
        return part if self.unlabeled_is_void else part | ~labeled


PROTOCOL_M: Final = APProtocol("M")
"""OnlineAnySeg's evaluator: wall and floor are instances, vertices without a class are void.

Benchmark files store class 0 outside of the 200 classes; for other files set `valid_class_ids`.
"""

PROTOCOL_M_MASKCLUSTERING: Final = APProtocol("M (MaskClustering)", unlabeled_is_void=False)
"""MaskClustering's evaluator: every vertex is in a true instance, even the unlabeled ones."""

PROTOCOL_E: Final = APProtocol("E", stuff_class_ids=SCANNET_STUFF)
"""EmbodiedSAM's evaluator: wall and floor are stuff, which is void."""


@dataclass(frozen=True)
class MatchCounts:
    """Counts at one threshold over all scenes and classes, regardless of the scores.

    Attributes:
        threshold: IoU.
        true_positives: True instances with a match.
        false_positives: Predictions that count against precision; one can count twice.
        misses: True instances without a match.
    """

    threshold: float
    true_positives: int
    false_positives: int
    misses: int

    @property
    def precision(self) -> float:
        """Share of the counted predictions that match; NaN without any."""
        counted = self.true_positives + self.false_positives
        return self.true_positives / counted if counted else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true instances that are matched; NaN without any."""
        truths = self.true_positives + self.misses
        return self.true_positives / truths if truths else float("nan")


@dataclass(frozen=True)
class InstanceAP:
    """Average precision, in [0, 1]; NaN without ground truth.

    Attributes:
        ap: Mean over the thresholds of the protocol.
        ap50: At IoU 0.5.
        ap25: At IoU 0.25.
        per_threshold: Mean over the classes, at each threshold.
        per_class: The same for each class id that has ground truth; the one class of a
            class-agnostic protocol is 0.
        counts: Matches, false positives and misses at each threshold.
        num_scenes: Number of pooled scenes.
        protocol: The rules.
    """

    ap: float
    ap50: float
    ap25: float
    per_threshold: Mapping[float, float]
    per_class: Mapping[int, Mapping[float, float]]
    counts: Mapping[float, MatchCounts]
    num_scenes: int
    protocol: APProtocol


def measure_ap(
    scenes: Iterable[tuple[InstanceTruth, InstancePrediction]],
    protocol: APProtocol = PROTOCOL_M,
) -> InstanceAP:
    """Measures AP, AP50 and AP25 over pooled scenes.

    Args:
        scenes: Truth and prediction over the same vertices for each scene. May be a generator:
            each scene is reduced to counts before the next one is requested.
        protocol: The rules.

    Raises:
        ShapeError: Truth and prediction of a scene differ in the number of vertices.
        ConventionError: The protocol distinguishes classes and a prediction has none.
    """
    thresholds = tuple(dict.fromkeys((*protocol.thresholds, 0.5, 0.25)))
    pools: dict[int, dict[float, _Pool]] = {}
    num_scenes = 0
    for truth, prediction in scenes:
        num_scenes += 1
        for class_id, scene in _count_scene(truth, prediction, protocol=protocol).items():
            pool = pools.setdefault(class_id, {t: _Pool() for t in thresholds})
            for threshold in thresholds:
                _match(scene, threshold, pool=pool[threshold])
    judged = {
        class_id: pool for class_id, pool in sorted(pools.items()) if pool[thresholds[0]].num_truth
    }
    per_class = {
        class_id: {t: pool[t].average_precision() for t in thresholds}
        for class_id, pool in judged.items()
    }
    per_threshold = {t: _mean([values[t] for values in per_class.values()]) for t in thresholds}
    return InstanceAP(
        ap=_mean([per_threshold[t] for t in protocol.thresholds]),
        ap50=per_threshold[0.5],
        ap25=per_threshold[0.25],
        per_threshold=per_threshold,
        per_class=per_class,
        counts={t: _total(t, [pool[t] for pool in judged.values()]) for t in thresholds},
        num_scenes=num_scenes,
        protocol=protocol,
    )


@dataclass(frozen=True, eq=False)
class _SceneCounts:
    """One class of one scene: I predictions and J true instances.

    Attributes:
        iou: (I, J).
        scores: (I,).
        ignored_share: (I,) share of void vertices and of vertices in small true instances.
        is_large: (J,) whether a true instance has enough vertices.
    """

    iou: NDArray[np.float64]
    scores: NDArray[np.float64]
    ignored_share: NDArray[np.float64]
    is_large: NDArray[np.bool_]


@dataclass
class _Pool:
    """Scores of matched and of wrong predictions at one threshold, and the number of misses."""

    matched: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)
    misses: int = 0

    @property
    def num_truth(self) -> int:
        """Number of true instances."""
        return len(self.matched) + self.misses

    def average_precision(self) -> float:
        """Area under the precision-recall curve, closed by the point P = 1, R = 0."""
        levels = np.unique(np.array(self.matched + self.wrong))
        true = len(self.matched) - np.searchsorted(np.sort(self.matched), levels)
        false = len(self.wrong) - np.searchsorted(np.sort(self.wrong), levels)
        precision = np.append(true / np.maximum(true + false, 1), 1.0)
        recall = np.append(true / self.num_truth, 0.0)
        around = np.concatenate([recall[:1], recall, [0.0]])
        return float(precision @ (around[:-2] - around[2:])) / 2


def _count_scene(
    truth: InstanceTruth, prediction: InstancePrediction, *, protocol: APProtocol
) -> dict[int, _SceneCounts]:
    """Intersection counts of one scene, by class."""
    check_same_vertices(len(truth), prediction.num_vertices)
    index, truth_classes = _number_instances(truth, protocol=protocol)
    overlap = count_overlap(index, len(truth_classes), prediction=prediction)
    if protocol.class_agnostic:
        predicted_classes = np.zeros(len(prediction), dtype=np.int64)
    elif prediction.class_ids is not None:
        predicted_classes = prediction.class_ids.astype(np.int64)
    else:
        raise ConventionError(
            "InstancePrediction.class_ids",
            expected="one per instance if classes are distinguished",
            got="None",
            do="Set class_ids, or use a protocol with class_agnostic=True.",
        )
    is_kept = overlap.predicted_sizes >= protocol.min_vertices
    result = {}
    for class_id in np.unique(np.concatenate([truth_classes, predicted_classes])).tolist():
        rows = is_kept & (predicted_classes == class_id)
        columns = truth_classes == class_id
        result[class_id] = _counts_of(
            overlap, rows, columns, scores=prediction.scores, min_vertices=protocol.min_vertices
        )
    return result


def _counts_of(
    overlap: Overlap,
    rows: NDArray[np.bool_],
    columns: NDArray[np.bool_],
    *,
    scores: NDArray[np.float64],
    min_vertices: int,
) -> _SceneCounts:
    is_large = overlap.truth_sizes >= min_vertices
    in_small = overlap.shared[np.ix_(rows, columns & ~is_large)].sum(axis=1)
    return _SceneCounts(
        iou=overlap.iou()[np.ix_(rows, columns)],
        scores=scores[rows],
        ignored_share=(overlap.outside[rows] + in_small) / overlap.predicted_sizes[rows],
        is_large=is_large[columns],
    )


def _number_instances(
    truth: InstanceTruth, *, protocol: APProtocol
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers the true instances by class, then id.

    Returns:
        (V,) instance number, -1 = void, and the class id of each of the J instances, (J,).
    """
    part = protocol.counts(truth)
    key = truth.instance_id[part].astype(np.int64)
    if not protocol.class_agnostic:
        key += truth.class_id[part].astype(np.int64) << 32
    keys, number = np.unique(key, return_inverse=True)
    index = np.full(len(truth), -1, dtype=np.int64)
    index[part] = number
    return index, keys >> 32


def _match(scene: _SceneCounts, threshold: float, *, pool: _Pool) -> None:
    """Matches the predictions of one scene with its true instances and adds them to `pool`."""
    above = scene.iou > threshold
    scores = scene.scores.tolist()
    is_taken = [False] * len(scores)
    for column in np.flatnonzero(scene.is_large):
        free = [row for row in np.flatnonzero(above[:, column]).tolist() if not is_taken[row]]
        if not free:
            pool.misses += 1
            continue
        is_taken[free[0]] = True
        best = scores[free[0]]
        for row in free[1:]:
            pool.wrong.append(min(best, scores[row]))
            best = max(best, scores[row])
        pool.matched.append(best)
    unmatched = ~above.any(axis=1) & (scene.ignored_share <= threshold)
    pool.wrong.extend(scene.scores[unmatched].tolist())


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _total(threshold: float, pools: Sequence[_Pool]) -> MatchCounts:
    return MatchCounts(
        threshold=threshold,
        true_positives=sum(len(pool.matched) for pool in pools),
        false_positives=sum(len(pool.wrong) for pool in pools),
        misses=sum(pool.misses for pool in pools),
    )
