"""Labels of pixels lifted to surfels in closed form: pixels vote by their blending weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenewright.core import ShapeError
from scenewright.splats.rasterizer.weight_store import WeightStore

IdMap = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Lifting:
    """Labels of surfels by votes of pixels.

    Attributes:
        labels: (N,) int32 id with the most votes, 0 = none, or never seen.
        scores: (N,) float32 share of the votes for this id, 0 to 1; 0 without votes.
    """

    labels: NDArray[np.int32]
    scores: NDArray[np.float32]


def label_votes(store: WeightStore, id_maps: Sequence[IdMap]) -> csr_array:
    """(L, N) sums of blending weights, in pixels, of each surfel under each id over all views.

    Args:
        store: The weights of F views and N surfels.
        id_maps: F id maps (H, W) with ids that mean the same in all views; 0 = none, below 0 =
            unknown, does not vote. L is the largest id plus one.

    Raises:
        ShapeError: There is not one id map per view, or one does not have the size of its view.
    """
    check_id_maps(store, id_maps)
    num_labels = 1 + max((int(picture.max(initial=0)) for picture in id_maps), default=0)
    total = csr_array((num_labels, store.num_surfels), dtype=np.float32)
    for view, picture in enumerate(id_maps):
        total = total + store.label_sums(view, store.sample(view, picture), num_labels)[0]
    return csr_array(total)


def lift_labels(
    store: WeightStore, id_maps: Sequence[IdMap], *, none_weight: float = 0.5
) -> Lifting:
    """The id that most of the visible weight of each surfel lies under.

    Of all assignments of one label to each surfel, these labels reproduce the id maps best
    (FlashSplat, Shen et al., ECCV 2024, equation 7, for many labels at once).

    Args:
        store: See `label_votes`.
        id_maps: See `label_votes`.
        none_weight: Weight of a pixel without id as a vote for "none"; below 1, since missing
            masks are more frequent than false ones.

    Raises:
        ShapeError: See `label_votes`.
    """
    votes = label_votes(store, id_maps)
    scale = np.ones(votes.shape[0], np.float32)
    scale[0] = none_weight
    return winners(csr_array(votes.multiply(scale[:, None])))


def winners(votes: csr_array) -> Lifting:
    """The row with the largest entry of each column of an (L, N) matrix of votes.

    Between equal entries the lowest row wins.
    """
    by_surfel = votes.tocsc()
    by_surfel.sort_indices()
    counts = np.diff(by_surfel.indptr)
    owner = np.repeat(np.arange(votes.shape[1]), counts)
    best = np.zeros(votes.shape[1], np.float32)
    np.maximum.at(best, owner, by_surfel.data)
    leads = np.flatnonzero(by_surfel.data == best[owner])[::-1]
    labels = np.zeros(votes.shape[1], np.int32)
    labels[owner[leads]] = by_surfel.indices[leads]
    total = np.bincount(owner, weights=by_surfel.data, minlength=votes.shape[1])
    scores = np.divide(best, total, out=np.zeros(len(best)), where=total > 0)
    labels[best <= 0] = 0
    return Lifting(labels, np.clip(scores, 0, 1).astype(np.float32))


def check_id_maps(store: WeightStore, id_maps: Sequence[IdMap]) -> None:
    """Checks that there is one id map per view.

    Raises:
        ShapeError: There are more or fewer.
    """
    if len(id_maps) != len(store):
        raise ShapeError("id maps", expected=f"{len(store)}, one per view", got=f"{len(id_maps)}")
