"""Masks lifted to surfels: the weights of surfels under each mask, and in each view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenewright.core import CaptureError, MaskSet
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.rasterizer.weight_store import WeightStore, check_masks


@dataclass(frozen=True, eq=False)
class MaskTracks:
    """M masks of F views on N surfels, as sparse sums of blending weights in pixels.

    Masks are numbered view by view. A pixel belongs to at most one mask (see `MaskSet.to_id_map`).

    Attributes:
        weights: (M, N) float32 sum of a surfel's weights under a mask.
        is_strong: (nonzeros of `weights`,) bool, whether a single pixel has a weight above 0.1.
        seen: (F, N) float32 sum of a surfel's weights in a view, under masks or not.
        is_strongly_seen: (nonzeros of `seen`,) the same for whole views.
        view: (M,) int32 view of each mask, ascending.
        mask_id: (M,) int32 id that the mask has in its set.
        score: (M,) float32 score that the mask has in its set.
    """

    weights: csr_array
    is_strong: NDArray[np.bool_]
    seen: csr_array
    is_strongly_seen: NDArray[np.bool_]
    view: NDArray[np.int32]
    mask_id: NDArray[np.int32]
    score: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.view)

    @property
    def num_views(self) -> int:
        """F."""
        return int(self.seen.shape[0])

    @property
    def num_surfels(self) -> int:
        """N."""
        return int(self.seen.shape[1])


def collect_tracks(
    store: WeightStore, masks: Sequence[MaskSet], *, progress: Progress = no_progress
) -> MaskTracks:
    """Sums the blending weights of every surfel under every mask.

    Where masks of a view overlap, a pixel belongs to the one with the higher score, then to the
    smaller one.

    Args:
        store: Weights of F views.
        masks: Masks of each view, in the order of the store.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ShapeError: There is not one set per view, or a set does not have the size of its view.
        CaptureError: No view has a mask.
    """
    check_masks(store, masks)
    if not any(len(view_masks) for view_masks in masks):
        raise CaptureError(
            f"No mask in any of {len(store)} views",
            expected="masks to lift",
            got="none",
            do="Choose another mask backend, or check the folder of masks.",
        )
    rows, strong, view, mask_id, score = [], [], [], [], []
    seen, seen_strong = [], []
    for number, view_masks in enumerate(masks):
        matrix, is_strong = store.label_sums(
            number, store.sample(number, view_masks.positions_map()), len(view_masks) + 1
        )
        whole, whole_strong = _column_sums(matrix, is_strong)
        seen.append(whole)
        seen_strong.append(whole_strong)
        rows.append(matrix[1:])
        strong.append(is_strong[matrix.indptr[1] :])
        view.append(np.full(len(view_masks), number, np.int32))
        mask_id.append(view_masks.ids)
        score.append(view_masks.scores)
        progress("track", number + 1, len(masks), "views")
    return MaskTracks(
        _stacked(rows, store.num_surfels),
        np.concatenate(strong),
        _stacked(seen, store.num_surfels),
        np.concatenate(seen_strong),
        np.concatenate(view),
        np.concatenate(mask_id),
        np.concatenate(score),
    )


def row_of_entry(matrix: csr_array) -> NDArray[np.int64]:
    """(nonzeros,) row of each stored entry."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def filtered(matrix: csr_array, keep: NDArray[np.bool_], values: NDArray[np.float32]) -> csr_array:
    """The stored entries selected by a boolean mask, with new values."""
    counts = np.concatenate([[0], np.cumsum(keep)])
    pointers = counts[matrix.indptr].astype(np.int32)
    return csr_array((values[keep], matrix.indices[keep], pointers), shape=matrix.shape)


def _column_sums(
    matrix: csr_array, is_strong: NDArray[np.bool_]
) -> tuple[csr_array, NDArray[np.bool_]]:
    """One row with the sums over all rows, and whether any entry of a column is strong."""
    size = matrix.shape[1]
    sums = np.bincount(matrix.indices, weights=matrix.data, minlength=size).astype(np.float32)
    strong = np.zeros(size, bool)
    strong[matrix.indices[is_strong]] = True
    there = np.flatnonzero(sums).astype(np.int32)
    pointers = np.array([0, len(there)], np.int32)
    return csr_array((sums[there], there, pointers), shape=(1, size)), strong[there]


def _stacked(parts: list[csr_array], num_columns: int) -> csr_array:
    """The rows of all parts, one after another."""
    counts = [np.diff(part.indptr).astype(np.int64) for part in parts]
    pointers = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(counts))])
    indices = np.concatenate([part.indices for part in parts])
    data = np.concatenate([part.data for part in parts])
    return csr_array((data, indices, pointers), shape=(len(pointers) - 1, num_columns))
