"""Surfels that lie across the border of two objects are split along it.

A disk on both sides of a border fits neither object; Trace3D (Shen et al., ICCV 2025) found that
splitting such disks improves results more than better votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csc_array
from scipy.special import ndtri

from scenewright.core import ShapeError, SurfelCloud, Views
from scenewright.geometry.quaternions import rotation_from_quaternion
from scenewright.splats.lifting.votes import IdMap, check_id_maps
from scenewright.splats.rasterizer.weight_store import WeightStore

PURE_SHARE = 0.8
"""A surfel straddles in a view where no id has a larger share of it."""
MANY_VIEWS = 0.5
"""A surfel straddles if it does so in more than this share of its views."""
LEAST_WEIGHT = 4.0
"""Views with a smaller sum of weights, in pixels, are ignored: few pixels often meet a border."""
_LEAST_GAP = 0.8
"""Least distance between the means of the two sides, in standard deviations; for a clean border it
is 1.6 or more."""
_FARTHEST = 3.5
_LEAST_SIDE = 0.05
_HALF_REACH = 0.7978845608028654 / 0.6028102749890869
"""Distance from the mean of half a Gaussian to the cut, in standard deviations of the half: both
halves have the same weight there, so that the border between them is drawn at the cut."""


@dataclass(frozen=True, eq=False)
class SplitSurfels:
    """Surfels after splitting.

    Attributes:
        surfels: M surfels with their instances; the first N correspond to the original ones.
        source: (M,) int32 original surfel that each one is, or is a half of.
    """

    surfels: SurfelCloud
    source: NDArray[np.int32]


def straddles(
    store: WeightStore,
    id_maps: Sequence[IdMap],
    *,
    pure_share: float = PURE_SHARE,
    many_views: float = MANY_VIEWS,
    least_weight: float = LEAST_WEIGHT,
) -> NDArray[np.bool_]:
    """(N,) bool, which surfels lie on several ids in many of the views that see them.

    Args:
        store: The weights of F views and N surfels.
        id_maps: F id maps (H, W); ids need not correspond between views. 0 = none, which counts
            like an id; below 0 = unknown.
        pure_share: A surfel straddles in a view where no id has a larger share of it.
        many_views: Least share of such views.
        least_weight: Views with less weight of a surfel, in pixels, are ignored.
    """
    check_id_maps(store, id_maps)
    seen = np.zeros(store.num_surfels, np.int32)
    mixed = np.zeros(store.num_surfels, np.int32)
    for view, picture in enumerate(id_maps):
        labels = store.sample(view, picture)
        num_labels = int(labels.max(initial=0)) + 1
        sums, _ = store.label_sums(view, labels, num_labels)
        total = np.asarray(sums.sum(axis=0)).ravel()
        best = sums.max(axis=0).toarray().ravel()
        counts = total >= least_weight
        seen += counts
        mixed += counts & (best < pure_share * total)
    result: NDArray[np.bool_] = (mixed > many_views * seen) & (seen > 0)
    return result


def split_straddlers(
    surfels: SurfelCloud,
    store: WeightStore,
    id_maps: Sequence[IdMap],
    views: Views,
    *,
    votes: csc_array,
    pure_share: float = PURE_SHARE,
    many_views: float = MANY_VIEWS,
) -> SplitSurfels:
    """Splits the surfels that straddle, each between its two strongest ids.

    The cut is perpendicular to the line between the means of the two ids on the disk, where it
    divides the weight of the disk like the votes. Both halves keep opacity and color; the center of
    each is the mean of its part of the Gaussian, and at the cut both have the same weight. Each
    half gets its id; other surfels keep their instance.

    Args:
        surfels: N surfels, the same that the store was built from.
        store: The weights of F views.
        id_maps: F id maps (H, W) with ids that mean the same in all views; 0 = none.
        views: F cameras.
        votes: (L, N) from `label_votes`.
        pure_share: See `straddles`.
        many_views: See `straddles`.

    Raises:
        ShapeError: Views, id maps or surfels do not match the store.
    """
    if len(surfels) != store.num_surfels or len(views) != len(store):
        raise ShapeError(
            "surfels and views",
            expected=f"{store.num_surfels} and {len(store)}, as in the store",
            got=f"{len(surfels)} and {len(views)}",
        )
    flagged = straddles(store, id_maps, pure_share=pure_share, many_views=many_views)
    rows, pair = _strongest_two(votes, np.flatnonzero(flagged))
    sums = _sides(surfels, store, id_maps, views, rows=rows, pair=pair)
    weight = np.maximum(sums[:, :, 0], 1e-12)
    middle = sums[:, :, 1:] / weight[:, :, None]
    apart = middle[:, 1] - middle[:, 0]
    gap = np.linalg.norm(apart, axis=1)
    share = sums[:, 0, 0] / np.maximum(sums[:, :, 0].sum(axis=1), 1e-12)
    is_cut = (gap >= _LEAST_GAP) & (share >= _LEAST_SIDE) & (share <= 1 - _LEAST_SIDE)
    rows, pair = rows[is_cut], pair[is_cut]
    axis = apart[is_cut] / gap[is_cut, None]
    return _cut(surfels, rows, pair, axis=axis, share=share[is_cut])


def _strongest_two(
    votes: csc_array, rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """The given surfels that have votes for two ids, and (M, 2) their strongest two ids."""
    columns = csc_array(votes)[:, rows].tocsc()
    order = np.lexsort((-columns.data, np.repeat(np.arange(len(rows)), np.diff(columns.indptr))))
    ids = columns.indices[order]
    first = columns.indptr[:-1]
    has_two = np.flatnonzero(np.diff(columns.indptr) >= 2)
    pair = np.stack([ids[first[has_two]], ids[first[has_two] + 1]], axis=1)
    return rows[has_two], pair.astype(np.int32).reshape(-1, 2)


def _sides(
    surfels: SurfelCloud,
    store: WeightStore,
    id_maps: Sequence[IdMap],
    views: Views,
    *,
    rows: NDArray[np.intp],
    pair: NDArray[np.int32],
) -> NDArray[np.float64]:
    """(M, 2, 3) sums of weight, weight times u and weight times v, for both ids of each surfel."""
    row_of = np.full(len(surfels), -1, np.int32)
    row_of[rows] = np.arange(len(rows))
    rotation = rotation_from_quaternion(surfels.quats[rows])
    frame = np.concatenate(
        [
            rotation[:, :, 0] / surfels.scales[rows, :1],
            rotation[:, :, 1] / surfels.scales[rows, 1:],
            rotation[:, :, 2],
        ],
        axis=1,
    ).reshape(-1, 3, 3)
    means = surfels.means[rows].astype(np.float64)
    sums = np.zeros((len(rows), 2, 3))
    for view, (camera, pose) in enumerate(views):
        entries = store.views[view]
        _add_sides(
            store.pixels(view), store.sample(view, id_maps[view]), entries.pointers, entries.ids,
            entries.weights.astype(np.float32), row_of, pair, frame, means, camera.K, camera.width,
            np.ascontiguousarray(pose), sums,
        )  # fmt: skip
    return sums


@njit(cache=True, nogil=True)
def _add_sides(
    pixels: NDArray[np.int64],
    labels: NDArray[np.int32],
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    row_of: NDArray[np.int32],
    pair: NDArray[np.int32],
    frame: NDArray[np.float64],
    means: NDArray[np.float64],
    K: NDArray[np.float64],
    width: int,
    pose: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    ray = np.empty(3)
    local = np.empty(3)
    start = np.empty(3)
    for p in range(pixels.shape[0]):
        for entry in range(pointers[p], pointers[p + 1]):
            row = row_of[ids[entry]]
            if row < 0:
                continue
            side = -1
            for s in range(2):
                if pair[row, s] == labels[p]:
                    side = s
            if side < 0:
                continue
            y = (pixels[p] // width + 0.5 - K[1, 2]) / K[1, 1]
            x = (pixels[p] % width + 0.5 - K[0, 2] - K[0, 1] * y) / K[0, 0]
            for a in range(3):
                ray[a] = pose[a, 0] * x + pose[a, 1] * y + pose[a, 2]
            for a in range(3):
                local[a] = 0.0
                start[a] = 0.0
                for b in range(3):
                    local[a] += frame[row, a, b] * ray[b]
                    start[a] += frame[row, a, b] * (pose[b, 3] - means[row, b])
            if abs(local[2]) < 1e-9:
                continue
            along = -start[2] / local[2]
            u, v = start[0] + along * local[0], start[1] + along * local[1]
            if along <= 0.0 or u * u + v * v > _FARTHEST * _FARTHEST:
                continue
            sums[row, side, 0] += weights[entry]
            sums[row, side, 1] += weights[entry] * u
            sums[row, side, 2] += weights[entry] * v


def _cut(
    surfels: SurfelCloud,
    rows: NDArray[np.intp],
    pair: NDArray[np.int32],
    *,
    axis: NDArray[np.float64],
    share: NDArray[np.float64],
) -> SplitSurfels:
    source = np.concatenate([np.arange(len(surfels)), rows]).astype(np.int32)
    parts = surfels[source]
    ids = np.zeros(len(source), np.int32)
    if parts.instance_id is not None:
        ids[:] = parts.instance_id
    means, quats, scales = parts.means.copy(), parts.quats.copy(), parts.scales.copy()
    # The first id lies below the cut, which is at `border` standard deviations along the axis.
    border = ndtri(share)
    density = np.exp(-0.5 * border**2) / np.sqrt(2 * np.pi)
    added = np.arange(len(surfels), len(source))
    for side, (at, offset) in enumerate(
        [(np.asarray(rows), -density / share), (added, density / (1 - share))]
    ):
        width = np.abs(offset - border) / _HALF_REACH
        means[at], quats[at], scales[at] = _part(surfels[rows], axis, offset, width)
        ids[at] = pair[:, side]
    scores = parts.instance_score
    cut = SurfelCloud(means, quats, scales, parts.opacities, parts.sh, ids, scores, parts.features)
    return SplitSurfels(cut, source)


def _part(
    whole: SurfelCloud,
    axis: NDArray[np.float64],
    offset: NDArray[np.float64],
    width: NDArray[np.float64],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Centers, quaternions and scales of disks moved and narrowed along an axis in their plane.

    Axis, offset and width are in standard deviations of the whole disk.
    """
    scales = whole.scales.astype(np.float64)
    rotation = rotation_from_quaternion(whole.quats)
    shift = (axis * scales * offset[:, None])[:, None, :] * rotation[:, :, :2]
    across = np.stack([-axis[:, 1], axis[:, 0]], axis=1)
    root = np.stack([axis * width[:, None], across], axis=2) * scales[:, :, None]
    turn, size, _ = np.linalg.svd(root)
    turn[:, :, 1] *= np.sign(np.linalg.det(turn))[:, None]
    angle = np.arctan2(turn[:, 1, 0], turn[:, 0, 0]) / 2
    w, x, y, z = whole.quats.astype(np.float64).T
    c, s = np.cos(angle), np.sin(angle)
    quats = np.stack([c * w - s * z, c * x + s * y, c * y - s * x, c * z + s * w], axis=1)
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    means = whole.means + shift.sum(axis=2)
    return means.astype(np.float32), quats.astype(np.float32), size.astype(np.float32)
