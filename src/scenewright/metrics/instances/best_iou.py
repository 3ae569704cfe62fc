"""Agreement of instances one by one: best IoU, splits, merges, overlap F-measure.

Definitions, over the scored points only (all points unless `scored` is given):

- *Best IoU* of a true instance: the largest IoU with any prediction, 0 without one. Two true
  instances may share their best prediction.
- A prediction *covers* a true instance if it contains at least `min_cover` of its points.
- A true instance is *split* if two or more predictions cover it.
- A prediction is *merging* if it covers two or more true instances; those instances are *merged*.
- *Overlap precision and recall*: predictions and true instances are paired one to one so that the
  sum of their F-measures is largest. Precision is the number of points shared by the pairs divided
  by the points of all predictions, recall the same divided by the points of all true instances, and
  F their harmonic mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

from scenewright.core.checks import as_array, check_finite
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.metrics.instances._overlap import Overlap, check_same_vertices, count_overlap
from scenewright.metrics.instances.labels import InstancePrediction

MIN_COVER = 0.25
"""Smallest share of the points of a true instance for a prediction to cover it."""


@dataclass(frozen=True, eq=False)
class InstanceQuality:
    """Agreement of the instances of one image or scene, or of several (`pool_quality`).

    Attributes:
        best_ious: (J,) float64, best IoU of each true instance.
        truth_ids: (J,) int32, their ids.
        num_predicted: Predictions with at least one scored point.
        num_split: True instances covered by two or more predictions.
        num_merged: True instances that share a covering prediction with another.
        num_merging: Predictions that cover two or more true instances.
        overlap_precision: NaN without predictions.
        overlap_recall: NaN without true instances.
        overlap_f: NaN without either; 0 if one side is empty.
    """

    best_ious: NDArray[np.float64]
    truth_ids: NDArray[np.int32]
    num_predicted: int
    num_split: int
    num_merged: int
    num_merging: int
    overlap_precision: float
    overlap_recall: float
    overlap_f: float

    @property
    def num_truth(self) -> int:
        """Number of true instances, J."""
        return len(self.best_ious)

    @property
    def mean_best_iou(self) -> float:
        """Mean over the true instances; NaN without any."""
        return float(self.best_ious.mean()) if len(self.best_ious) else float("nan")


def measure_instances(
    truth_ids: ArrayLike,
    prediction: InstancePrediction,
    *,
    scored: ArrayLike | None = None,
    min_size: int = 1,
    min_cover: float = MIN_COVER,
) -> InstanceQuality:
    """Compares predicted with true instances over V points; see the module for definitions.

    Args:
        truth_ids: (V,) true instance of each point; 0 = background, which counts against the
            predictions that contain it.
        prediction: I instances over the same points.
        scored: (V,) bool; other points are excluded from truth and prediction.
        min_size: True instances with fewer scored points are excluded with all their points.
        min_cover: Smallest share of a true instance for a prediction to cover it, in (0, 1].

    Raises:
        ConventionError: `min_cover` is out of range, or an id is negative.
        ShapeError: The numbers of points differ.
    """
    if not 0 < min_cover <= 1:
        raise ConventionError("min_cover", expected="a share in (0, 1]", got=f"{min_cover:g}")
    ids = as_array("truth_ids", truth_ids, shape=(None,), dtype=np.int32)
    check_same_vertices(len(ids), prediction.num_vertices)
    present, index, is_scored = _number_scored(ids, scored, min_size=min_size)
    source = np.flatnonzero(is_scored)
    overlap = count_overlap(index[source], len(present), prediction=prediction.gather(source))
    covers = overlap.shared >= min_cover * overlap.truth_sizes
    is_merging = covers.sum(axis=1) >= 2
    precision, recall, f = _overlap_measure(overlap)
    return InstanceQuality(
        best_ious=overlap.iou().max(axis=0, initial=0.0),
        truth_ids=present,
        num_predicted=int(np.count_nonzero(overlap.predicted_sizes)),
        num_split=int(np.count_nonzero(covers.sum(axis=0) >= 2)),
        num_merged=int(np.count_nonzero(covers[is_merging].any(axis=0))),
        num_merging=int(np.count_nonzero(is_merging)),
        overlap_precision=precision,
        overlap_recall=recall,
        overlap_f=f,
    )


def measure_id_maps(
    truth_id_map: ArrayLike,
    predicted_id_map: ArrayLike,
    *,
    scored: ArrayLike | None = None,
    min_size: int = 1,
    min_cover: float = MIN_COVER,
) -> InstanceQuality:
    """Compares a predicted with a true id map.

    Args:
        truth_id_map: (H, W) integers, 0 = background.
        predicted_id_map: (H, W) integers, 0 = none.
        scored: (H, W) bool; other pixels are excluded from both. See `scored_pixels`.
        min_size: True instances with fewer scored pixels are excluded.
        min_cover: Smallest share of a true instance for a prediction to cover it, in (0, 1].

    Raises:
        ConventionError: `min_cover` is out of range, or an id is negative.
        ShapeError: The maps differ in size.
    """
    truth = as_array("truth_id_map", truth_id_map, shape=(None, None), dtype=np.int32)
    shape = truth.shape
    predicted = as_array("predicted_id_map", predicted_id_map, shape=shape, dtype=np.int32)
    present = np.unique(predicted[predicted > 0])
    flat_scored = None
    if scored is not None:
        flat_scored = as_array("scored", scored, shape=shape, dtype=np.bool_).reshape(-1)
    return measure_instances(
        truth.reshape(-1),
        InstancePrediction.from_labels(predicted.reshape(-1), instance_ids=present),
        scored=flat_scored,
        min_size=min_size,
        min_cover=min_cover,
    )


def scored_pixels(truth_id_map: ArrayLike, depth: ArrayLike) -> NDArray[np.bool_]:
    """(H, W) bool, pixels that have a true instance or a measured depth.

    Pixels without either were never labeled and give no information about a prediction.

    Args:
        truth_id_map: (H, W) integers, 0 = background.
        depth: (H, W) meters, 0 = not measured.
    """
    truth = as_array("truth_id_map", truth_id_map, shape=(None, None), dtype=np.int32)
    measured = as_array("depth", depth, shape=truth.shape, dtype=np.float64)
    check_finite("depth", measured)
    is_scored: NDArray[np.bool_] = (truth > 0) | (measured > 0)
    return is_scored


def pool_quality(parts: Iterable[InstanceQuality]) -> InstanceQuality:
    """Pools the results of several images or scenes.

    Best IoUs and counts are pooled, so `mean_best_iou` is the mean over all true instances. Overlap
    precision, recall and F are means over the parts where they are not NaN.
    """
    items = list(parts)
    return InstanceQuality(
        best_ious=np.concatenate([np.zeros(0), *(item.best_ious for item in items)]),
        truth_ids=np.concatenate([np.zeros(0, np.int32), *(item.truth_ids for item in items)]),
        num_predicted=sum(item.num_predicted for item in items),
        num_split=sum(item.num_split for item in items),
        num_merged=sum(item.num_merged for item in items),
        num_merging=sum(item.num_merging for item in items),
        overlap_precision=_mean_known([item.overlap_precision for item in items]),
        overlap_recall=_mean_known([item.overlap_recall for item in items]),
        overlap_f=_mean_known([item.overlap_f for item in items]),
    )


def _number_scored(
    ids: NDArray[np.int32], scored: ArrayLike | None, *, min_size: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_]]:
    """True ids (J,), the instance of each point (V,) or -1, and whether it is scored (V,)."""
    if ids.size and ids.min() < 0:
        raise ConventionError("truth_ids", expected="0 or more", got=f"{ids.min()}")
    is_scored = np.ones(len(ids), dtype=np.bool_)
    if scored is not None:
        if np.shape(scored) != ids.shape:
            raise ShapeError("scored", expected=f"shape {ids.shape}", got=f"{np.shape(scored)}")
        is_scored = as_array("scored", scored, shape=ids.shape, dtype=np.bool_).copy()
    present, counts = np.unique(ids[is_scored & (ids > 0)], return_counts=True)
    is_scored &= ~np.isin(ids, present[counts < min_size])
    present = present[counts >= min_size]
    position = np.searchsorted(present, ids)
    is_known = np.isin(ids, present)
    return present, np.where(is_known, position, -1).astype(np.int64), is_scored


def _overlap_measure(overlap: Overlap) -> tuple[float, float, float]:
    num_predicted, num_truth = overlap.predicted_sizes.sum(), overlap.truth_sizes.sum()
    # 2PR / (P + R) of a pair is the shared points over the mean size of the two.
    sizes = overlap.predicted_sizes[:, None] + overlap.truth_sizes[None, :]
    rows, columns = linear_sum_assignment(2 * overlap.shared / np.maximum(sizes, 1), maximize=True)
    shared = float(overlap.shared[rows, columns].sum())
    precision = shared / float(num_predicted) if num_predicted else float("nan")
    recall = shared / float(num_truth) if num_truth else float("nan")
    total = float(num_predicted + num_truth)
    return precision, recall, 2 * shared / total if total else float("nan")


def _mean_known(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
