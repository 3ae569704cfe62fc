"""Predicted id maps of many views against the true ones: IoU and boundary IoU of paired ids.

An instance has the same id in all views, so it is paired once for all of them. Definitions:

- The *boundary* of a mask is the mask minus its erosion with a 3 x 3 square, repeated
  ``round(0.02 * diagonal)`` times (half to even) and at least once, where everything outside the
  image counts as empty. Boundary IoU (Cheng et al., 2021) is the IoU of two boundaries.
- The *pooled IoU* of a true and a predicted id is the sum of their intersections over all views
  divided by the sum of their unions. Ids are paired one to one (Hungarian method) so that the sum
  of pooled IoUs is largest. The published protocols do not state how they pair; this is ours.
- The *IoU* of a true instance is the mean over the views that show it, 0 where its partner is not
  visible, and 0 for an instance without a partner. Boundary IoU is averaged likewise. `mean_iou` is
  the mean over the true instances, so small and rarely seen ones weigh as much as the others.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d
from scipy.optimize import linear_sum_assignment

from scenewright.core.checks import as_array
from scenewright.core.errors import ConventionError, ShapeError

BOUNDARY_SHARE: Final = 0.02
"""Width of a boundary as a share of the image diagonal."""


@dataclass(frozen=True, eq=False)
class IdMapMatch:
    """Agreement of predicted and true instances over a set of views.

    Attributes:
        truth_ids: (J,) int32 ids of the true instances that are visible in any view, ascending.
        predicted_ids: (J,) int32 id of the partner of each, 0 = none.
        ious: (J,) float64, mean over the views that show the true instance.
        boundary_ious: (J,) float64, the same for boundaries.
        pooled_ious: (J,) float64, all views as one image; false pixels in views that do not show
            the true instance count here.
        num_views: (J,) int64, views that show the true instance.
        num_predicted: Predicted ids that are visible in any view.
    """

    truth_ids: NDArray[np.int32]
    predicted_ids: NDArray[np.int32]
    ious: NDArray[np.float64]
    boundary_ious: NDArray[np.float64]
    pooled_ious: NDArray[np.float64]
    num_views: NDArray[np.int64]
    num_predicted: int

    @property
    def mean_iou(self) -> float:
        """Mean over the true instances; without any, 1 if nothing was predicted, else 0."""
        return self._mean(self.ious)

    @property
    def mean_boundary_iou(self) -> float:
        """Like `mean_iou`, for boundaries."""
        return self._mean(self.boundary_ious)

    @property
    def mean_pooled_iou(self) -> float:
        """Like `mean_iou`, for pooled IoUs."""
        return self._mean(self.pooled_ious)

    def _mean(self, values: NDArray[np.float64]) -> float:
        return float(values.mean()) if len(values) else float(self.num_predicted == 0)


@dataclass(frozen=True, eq=False)
class _Table:
    """Shared pixels of two id maps: row = true id, column = predicted id, 0 first in both."""

    truth_ids: NDArray[np.int64]
    predicted_ids: NDArray[np.int64]
    counts: NDArray[np.int64]

    def pair(self, truth_id: int, predicted_id: int) -> tuple[int, int]:
        """Numbers of pixels in both ids and in either."""
        row = _index_of(self.truth_ids, truth_id)
        column = _index_of(self.predicted_ids, predicted_id)
        in_truth = 0 if row is None else int(self.counts[row].sum())
        in_predicted = 0 if column is None else int(self.counts[:, column].sum())
        shared = 0 if row is None or column is None else int(self.counts[row, column])
        return shared, in_truth + in_predicted - shared


def match_id_maps(
    predicted: Iterable[ArrayLike],
    truth: Iterable[ArrayLike],
    *,
    ignored: Iterable[ArrayLike] | None = None,
) -> IdMapMatch:
    """Pairs predicted with true instances over all views and measures their IoU.

    Args:
        predicted: (H, W) integers per view, 0 = nothing.
        truth: (H, W) integers per view, in the same order. 0 = no instance, which lowers the IoU of
            predictions that cover it.
        ignored: (H, W) bool per view, pixels that do not count. Their outlines are not boundaries
            of the masks; boundaries inside of them are left out. None ignores nothing.

    Raises:
        ShapeError: The numbers of views differ, or two maps of one view differ in size.
        ConventionError: An id is negative.
    """
    tables: list[tuple[_Table, _Table]] = []
    excluded = itertools.repeat(None) if ignored is None else ignored
    for i, views in enumerate(_together(predicted, truth, excluded)):
        tables.append(_tables_of_view(i, *views))
    return _match([masks for masks, _ in tables], [boundaries for _, boundaries in tables])


def boundary_map(id_map: ArrayLike, *, share: float = BOUNDARY_SHARE) -> NDArray[np.int32]:
    """The boundaries of all masks of an id map.

    Eroding k times with a 3 x 3 square leaves the pixels whose (2k + 1)-square holds one id only,
    so the largest and the smallest id around each pixel give the boundaries of all masks at once.

    Args:
        id_map: (H, W) integers, 0 = nothing.
        share: Width as a share of the diagonal.

    Returns:
        (H, W) int32, the id where a pixel lies in the boundary of its mask, else 0.
    """
    ids = as_array("id map", id_map, shape=(None, None), dtype=np.int32)
    height, width = ids.shape
    side = 2 * max(1, round(share * float(np.hypot(height, width)))) + 1
    low, high = ids, ids
    for axis in (0, 1):
        low = minimum_filter1d(low, side, axis=axis, mode="constant", cval=-1)
        high = maximum_filter1d(high, side, axis=axis, mode="constant", cval=-1)
    boundary: NDArray[np.int32] = np.where(low == high, np.int32(0), ids)
    return boundary


def mask_iou(predicted: ArrayLike, truth: ArrayLike) -> float:
    """IoU of two (H, W) masks; 1 if both are empty."""
    predicted_mask, true_mask = _mask_pair(predicted, truth)
    union = int(np.count_nonzero(predicted_mask | true_mask))
    return int(np.count_nonzero(predicted_mask & true_mask)) / union if union else 1.0


def boundary_iou(predicted: ArrayLike, truth: ArrayLike, *, share: float = BOUNDARY_SHARE) -> float:
    """IoU of the boundaries of two (H, W) masks; 1 if both are empty."""
    predicted_mask, true_mask = _mask_pair(predicted, truth)
    return mask_iou(
        boundary_map(predicted_mask, share=share) > 0, boundary_map(true_mask, share=share) > 0
    )


def _together(
    predicted: Iterable[ArrayLike],
    truth: Iterable[ArrayLike],
    ignored: Iterable[ArrayLike | None],
) -> Iterator[tuple[ArrayLike, ArrayLike, ArrayLike | None]]:
    """Iterates over three lists in parallel; they must have equal lengths.

    The last one may be infinite.
    """
    remaining = iter(ignored)
    for i, (predicted_map, true_map) in enumerate(itertools.zip_longest(predicted, truth)):
        try:
            mask = next(remaining)
        except StopIteration:
            predicted_map = None
        if predicted_map is None or true_map is None:
            got = f"one list that ends after {i}"
            raise ShapeError("id maps", expected="the same number of each kind", got=got)
        yield predicted_map, true_map, mask


def _match(masks: Sequence[_Table], outlines: Sequence[_Table]) -> IdMapMatch:
    truth_ids = _known_ids([table.truth_ids for table in masks])
    predicted_ids = _known_ids([table.predicted_ids for table in masks])
    shared = np.zeros((len(truth_ids), len(predicted_ids)), np.int64)
    in_truth = np.zeros(len(truth_ids), np.int64)
    in_predicted = np.zeros(len(predicted_ids), np.int64)
    num_views = np.zeros(len(truth_ids), np.int64)
    for table in masks:
        rows = np.searchsorted(truth_ids, table.truth_ids[1:])
        columns = np.searchsorted(predicted_ids, table.predicted_ids[1:])
        shared[np.ix_(rows, columns)] += table.counts[1:, 1:]
        in_truth[rows] += table.counts[1:].sum(axis=1)
        in_predicted[columns] += table.counts[:, 1:].sum(axis=0)
        num_views[rows] += 1
    pooled = shared / np.maximum(in_truth[:, None] + in_predicted - shared, 1)
    rows, columns = linear_sum_assignment(pooled, maximize=True)
    # Ids that share no pixel are not a pair.
    overlaps = pooled[rows, columns] > 0
    partner = np.zeros(len(truth_ids), np.int32)
    partner[rows[overlaps]] = predicted_ids[columns[overlaps]]
    best = np.zeros(len(truth_ids))
    best[rows[overlaps]] = pooled[rows, columns][overlaps]
    pairs = [*zip(truth_ids.tolist(), partner.tolist(), strict=True)]
    ious, boundaries = np.zeros(len(pairs)), np.zeros(len(pairs))
    for i, (truth_id, predicted_id) in enumerate(pairs):
        if predicted_id:
            seen = [k for k, t in enumerate(masks) if _index_of(t.truth_ids, truth_id) is not None]
            ious[i] = _mean_iou([masks[k].pair(truth_id, predicted_id) for k in seen])
            boundaries[i] = _mean_iou([outlines[k].pair(truth_id, predicted_id) for k in seen])
    return IdMapMatch(
        truth_ids.astype(np.int32),
        partner,
        ious,
        boundaries,
        best,
        num_views,
        len(predicted_ids),
    )


def _mean_iou(pairs: Sequence[tuple[int, int]]) -> float:
    return float(np.mean([shared / union if union else 1.0 for shared, union in pairs]))


def _known_ids(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    ids = np.unique(np.concatenate([np.zeros(1, np.int64), *parts]))
    return ids[ids > 0]


def _tables_of_view(
    index: int, predicted: ArrayLike, truth: ArrayLike, ignored: ArrayLike | None
) -> tuple[_Table, _Table]:
    """Shared pixels of the masks and of their boundaries in one view."""
    true_map = as_array(f"true id map {index}", truth, shape=(None, None), dtype=np.int32)
    name = f"predicted id map {index}"
    predicted_map = as_array(name, predicted, shape=(None, None), dtype=np.int32)
    if predicted_map.shape != true_map.shape:
        expected, got = f"{true_map.shape} as the true one", f"{predicted_map.shape}"
        raise ShapeError(name, expected=expected, got=got)
    lowest = min(int(predicted_map.min(initial=0)), int(true_map.min(initial=0)))
    if lowest < 0:
        raise ConventionError(f"id maps of view {index}", expected="0 or more", got=str(lowest))
    keep: NDArray[np.bool_] | None = None
    if ignored is not None:
        keep = ~as_array(f"ignored {index}", ignored, shape=true_map.shape, dtype=np.bool_)
    return (
        _count_pairs(true_map, predicted_map, keep),
        _count_pairs(boundary_map(true_map), boundary_map(predicted_map), keep),
    )


def _count_pairs(
    truth: NDArray[np.int32], predicted: NDArray[np.int32], keep: NDArray[np.bool_] | None
) -> _Table:
    rows = truth.ravel() if keep is None else truth[keep]
    columns = predicted.ravel() if keep is None else predicted[keep]
    truth_ids, row_of = _number(rows)
    predicted_ids, column_of = _number(columns)
    size = len(truth_ids) * len(predicted_ids)
    flat = row_of[rows] * len(predicted_ids) + column_of[columns]
    counts = np.bincount(flat, minlength=size).reshape(len(truth_ids), len(predicted_ids))
    return _Table(truth_ids, predicted_ids, counts.astype(np.int64))


def _number(ids: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids that occur, 0 always first, and the position of each id among them."""
    occurs = np.bincount(ids, minlength=1)
    occurs[0] = 1
    known = np.flatnonzero(occurs)
    positions = np.zeros(len(occurs), np.int64)
    positions[known] = np.arange(len(known))
    return known, positions


def _index_of(ids: NDArray[np.int64], wanted: int) -> int | None:
    position = int(np.searchsorted(ids, wanted))
    return position if position < len(ids) and ids[position] == wanted else None


def _mask_pair(
    predicted: ArrayLike, truth: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    true_mask = as_array("true mask", truth, shape=(None, None), dtype=np.bool_)
    predicted_mask = as_array("predicted mask", predicted, shape=(None, None), dtype=np.bool_)
    if predicted_mask.shape != true_mask.shape:
        raise ShapeError(
            "predicted mask",
            expected=f"{true_mask.shape} as the true one",
            got=f"{predicted_mask.shape}",
        )
    return predicted_mask, true_mask
