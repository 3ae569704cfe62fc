"""The blend weights of frozen surfels, kept per view: rendering becomes a sparse product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenewright.core import ConventionError, MaskSet, ShapeError, Views
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.blending_weights import blend_weights

LEAST_WEIGHT = 1.0 / 255.0
"""Smaller weights are not kept: they cannot change an 8-bit color."""
MEMORY_BUDGET = 1_000_000_000
"""Bytes that a store may take unless told otherwise."""
_MAX_STRIDE = 8
_BYTES_PER_WEIGHT = 6
_BYTES_PER_PIXEL = 4


@dataclass(frozen=True, eq=False)
class ViewWeights:
    """The sparse weights of one view: entries ``pointers[p]`` to ``pointers[p + 1]`` are pixel p's.

    Attributes:
        pointers: (P + 1,) int32.
        ids: (E,) int32 surfels, the largest weight of a pixel first.
        weights: (E,) float16 in (0, 1].
    """

    pointers: NDArray[np.int32]
    ids: NDArray[np.int32]
    weights: NDArray[np.float16]

    @property
    def num_bytes(self) -> int:
        """Memory that the arrays take."""
        return self.pointers.nbytes + self.ids.nbytes + self.weights.nbytes


@dataclass(frozen=True, eq=False)
class WeightStore:
    """Which surfels each pixel of each view shows, and with what weight.

    With a `stride` above 1 only every so-manieth row and column is kept, from ``stride // 2`` on.
    Kept pixels are numbered row by row over that smaller grid; `pixels` says where they lie.

    Attributes:
        num_surfels: N.
        size: (F, 2) int32 width and height of the full pictures, pixels.
        stride: Pixels from one kept row or column to the next.
        views: F views.
    """

    num_surfels: int
    size: NDArray[np.int32]
    stride: int
    views: tuple[ViewWeights, ...]

    def __len__(self) -> int:
        return len(self.views)

    @property
    def num_bytes(self) -> int:
        """Memory that all weights take."""
        return sum(view.num_bytes for view in self.views)

    def grid_size(self, view: int) -> tuple[int, int]:
        """(rows, columns) of the kept pixels of a view."""
        width, height = self.size[view].tolist()
        return kept_lines(height, self.stride), kept_lines(width, self.stride)

    def pixels(self, view: int) -> NDArray[np.int64]:
        """(P,) flat row-major indices of the kept pixels in the full picture."""
        width, height = self.size[view].tolist()
        start = self.stride // 2
        rows = np.arange(start, height, self.stride, dtype=np.int64)
        columns = np.arange(start, width, self.stride, dtype=np.int64)
        flat: NDArray[np.int64] = (rows[:, None] * width + columns[None, :]).ravel()
        return flat

    def sample(self, view: int, picture: NDArray[np.integer]) -> NDArray[np.int32]:
        """(P,) values of an integer (H, W) picture at the kept pixels.

        Raises:
            ShapeError: The picture is not of the view's size.
        """
        self._check_size(f"picture of view {view}", view, picture.shape)
        start, step = self.stride // 2, self.stride
        return np.ascontiguousarray(picture[start::step, start::step], np.int32).ravel()

    def rows(
        self, view: int, positions: NDArray[np.integer]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Weights of chosen pixels in columns of one length.

        Args:
            view: Number of the view.
            positions: (Q,) numbers of kept pixels, 0 to P - 1.

        Returns:
            (Q, T) surfels, -1 where a pixel has fewer, and (Q, T) weights, 0 there.
        """
        own = self.views[view]
        return _gather_rows(own.pointers, own.ids, own.weights, np.asarray(positions, np.int64))

    def matrix(self, view: int) -> csr_array:
        """(P, N) float32 sparse matrix of the weights: features of pixels are it times features."""
        own = self.views[view]
        shape = (len(own.pointers) - 1, self.num_surfels)
        return csr_array((own.weights.astype(np.float32), own.ids, own.pointers), shape=shape)

    def blend(self, view: int, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(P, D) float32 sums of weight times value over the surfels of each kept pixel.

        Args:
            view: Number of the view.
            values: (N, D) float32, a row per surfel.
        """
        own = self.views[view]
        return _blend(own.pointers, own.ids, own.weights.astype(np.float32), values)

    def visible(self, view: int) -> NDArray[np.float32]:
        """(N,) float32 sum of each surfel's weights in a view, in full-size pixels."""
        own = self.views[view]
        sums = np.bincount(own.ids, weights=own.weights, minlength=self.num_surfels)
        return (sums * self.stride**2).astype(np.float32)

    def mask_sums(
        self, view: int, masks: MaskSet, *, strong: float = 0.1
    ) -> tuple[csr_array, NDArray[np.bool_]]:
        """How much of each surfel lies under each mask; masks may overlap.

        Args:
            view: Number of the view.
            masks: M masks of the view's full picture.
            strong: Weight in a single pixel above which a pair counts as strong.

        Returns:
            (M, N) float32 sums of weights in full-size pixels, and for each stored entry whether
            any pixel of the mask shows the surfel with more than `strong`.

        Raises:
            ShapeError: The masks are of another size than the view.
        """
        self._check_size(f"masks of view {view}", view, (masks.height, masks.width))
        order, pointers = _pixels_of_masks(masks, self.stride)
        return self._sums(view, order, pointers, strong)

    def label_sums(
        self, view: int, labels: NDArray[np.integer], num_labels: int, *, strong: float = 0.1
    ) -> tuple[csr_array, NDArray[np.bool_]]:
        """The same for a picture of labels; see `mask_sums`.

        Args:
            view: Number of the view.
            labels: (P,) label of each kept pixel (see `sample`), 0 to `num_labels` - 1; pixels
                with a negative one are left out.
            num_labels: Rows of the result.
            strong: See `mask_sums`.
        """
        flat = np.asarray(labels, np.int64)
        kept = np.flatnonzero(flat >= 0)
        order = kept[np.argsort(flat[kept], kind="stable")]
        counts = np.bincount(flat[kept], minlength=num_labels)
        pointers = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return self._sums(view, order, pointers, strong)

    def draw_labels(self, view: int, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Id map of labelled surfels: the label with the largest sum of weights wins a pixel.

        Args:
            view: Number of the view.
            labels: (N,) int32 label of each surfel; 0 competes like any other.

        Returns:
            Rows and columns of `grid_size`; 0 where there is no surfel.
        """
        own = self.views[view]
        weights = own.weights.astype(np.float32)
        drawn = _draw(own.pointers, own.ids, weights, np.ascontiguousarray(labels, np.int32))
        return drawn.reshape(self.grid_size(view))

    def _sums(
        self, view: int, order: NDArray[np.int64], pointers: NDArray[np.int64], strong: float
    ) -> tuple[csr_array, NDArray[np.bool_]]:
        own = self.views[view]
        weights = own.weights.astype(np.float32)
        ends, ids, sums, largest = _sum_by_group(
            own.pointers, own.ids, weights, order, pointers, self.num_surfels
        )
        sums *= np.float32(self.stride**2)
        matrix = csr_array((sums, ids, ends), shape=(len(pointers) - 1, self.num_surfels))
        return matrix, largest > np.float32(strong)

    def _check_size(self, what: str, view: int, shape: tuple[int, ...]) -> None:
        width, height = self.size[view].tolist()
        if tuple(shape) != (height, width):
            got = f"{shape[1]} x {shape[0]}" if len(shape) == 2 else f"shape {shape}"
            raise ShapeError(what, expected=f"{width} x {height}", got=got)


def kept_lines(length: int, stride: int) -> int:
    """Rows (columns) that a stride keeps of `length`."""
    return len(range(stride // 2, length, stride))


def choose_stride(size: NDArray[np.integer], *, top: int, memory_budget: int) -> int:
    """The smallest stride at which a store surely fits.

    Args:
        size: (F, 2) width and height of each view, pixels.
        top: Weights per pixel at most.
        memory_budget: Bytes.

    Raises:
        ConventionError: Not even every eighth row and column fits.
    """
    need = 0
    for stride in range(1, _MAX_STRIDE + 1):
        pixels = sum(kept_lines(int(w), stride) * kept_lines(int(h), stride) for w, h in size)
        need = pixels * (top * _BYTES_PER_WEIGHT + _BYTES_PER_PIXEL)
        if need <= memory_budget:
            return stride
    raise ConventionError(
        f"Weight store of {len(size)} views",
        expected=f"at most {memory_budget / 1e6:.3g} MB",
        got=f"{need / 1e6:.3g} MB with every {_MAX_STRIDE}th row and column",
        do="Use fewer or smaller views, or allow more memory.",
    )


def pack_weights(
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    *,
    stride: int = 1,
    least: float = LEAST_WEIGHT,
) -> ViewWeights:
    """Keeps what matters of the top weights of one picture.

    Args:
        ids: (H, W, T) int32 surfels, -1 = none.
        weights: (H, W, T) float32, largest first.
        stride: Pixels from one kept row or column to the next.
        least: Weights below it are not kept.
    """
    pointers, flat_ids, flat_weights = _pack(ids, weights, stride, np.float32(least))
    return ViewWeights(pointers, flat_ids, flat_weights.astype(np.float16))


def store_of_pictures(
    pictures: Iterable[tuple[NDArray[np.int32], NDArray[np.float32]]],
    *,
    num_surfels: int,
    stride: int = 1,
    least: float = LEAST_WEIGHT,
) -> WeightStore:
    """A store of ids and weights that are at hand; see `pack_weights`.

    Args:
        pictures: (H, W, T) surfels and weights of each view.
        num_surfels: N.
        stride: Pixels from one kept row or column to the next.
        least: Weights below it are not kept.
    """
    size, views = [], []
    for ids, weights in pictures:
        size.append((ids.shape[1], ids.shape[0]))
        views.append(pack_weights(ids, weights, stride=stride, least=least))
    return WeightStore(num_surfels, np.array(size, np.int32).reshape(-1, 2), stride, tuple(views))


def build_weight_store(
    arrays: SurfelArrays,
    views: Views,
    *,
    near: float,
    top: int = 8,
    stride: int | None = None,
    memory_budget: int = MEMORY_BUDGET,
    progress: Progress = no_progress,
) -> WeightStore:
    """Traces which surfels every view shows.

    Args:
        arrays: N surfels.
        views: F cameras.
        near: Centres nearer than this are not drawn, in the unit of the surfels.
        top: Weights kept per pixel at most; the largest stay.
        stride: Pixels from one kept row or column to the next; None = as the memory allows.
        memory_budget: Bytes that the store may take.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The store would not fit into the memory allowed.
    """
    step = choose_stride(views.size, top=top, memory_budget=memory_budget)
    if stride is not None:
        step = max(step, stride)
    found = []
    for number, (camera, pose) in enumerate(views):
        blend = blend_weights(arrays, camera, world_from_cam=pose, near=near, top=top)
        found.append(pack_weights(blend.ids, blend.weights, stride=step))
        progress("trace", number + 1, len(views), "views")
    return WeightStore(len(arrays.means), views.size, step, tuple(found))


def _pixels_of_masks(masks: MaskSet, stride: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the kept pixels of all masks, mask after mask, and where each mask begins."""
    lengths = masks.lengths.astype(np.int64)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    flat = np.arange(total) + np.repeat(masks.starts - (ends - lengths), lengths)
    owner = np.repeat(np.repeat(np.arange(len(masks)), np.diff(masks.offsets)), lengths)
    rows, columns = np.divmod(flat, masks.width)
    start = stride // 2
    kept = (rows % stride == start) & (columns % stride == start)
    width = kept_lines(masks.width, stride)
    order = (rows[kept] // stride) * width + columns[kept] // stride
    counts = np.bincount(owner[kept], minlength=len(masks))
    return order, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


@njit(cache=True, nogil=True, parallel=True)
def _pack(
    ids: NDArray[np.int32], weights: NDArray[np.float32], stride: int, least: np.float32
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    height, width, top = ids.shape
    start = stride // 2
    num_rows = (height - start + stride - 1) // stride
    num_columns = (width - start + stride - 1) // stride
    pointers = np.zeros(num_rows * num_columns + 1, np.int32)
    for row in prange(num_rows):
        for column in range(num_columns):
            count = 0
            for place in range(top):
                i, j = start + row * stride, start + column * stride
                if ids[i, j, place] >= 0 and weights[i, j, place] >= least:
                    count += 1
            pointers[row * num_columns + column + 1] = count
    for pixel in range(num_rows * num_columns):
        pointers[pixel + 1] += pointers[pixel]
    flat_ids = np.empty(pointers[-1], np.int32)
    flat_weights = np.empty(pointers[-1], np.float32)
    for row in prange(num_rows):
        for column in range(num_columns):
            at = pointers[row * num_columns + column]
            for place in range(top):
                i, j = start + row * stride, start + column * stride
                if ids[i, j, place] >= 0 and weights[i, j, place] >= least:
                    flat_ids[at] = ids[i, j, place]
                    flat_weights[at] = weights[i, j, place]
                    at += 1
    return pointers, flat_ids, flat_weights


def _gather_rows(
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float16],
    positions: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    first = pointers[positions].astype(np.int64)
    counts = pointers[positions + 1] - first
    top = int(counts.max(initial=0))
    places = np.arange(top)
    is_there = places[None, :] < counts[:, None]
    at = np.where(is_there, first[:, None] + places[None, :], 0)
    if not len(ids):
        none = np.zeros((len(positions), 0))
        return none.astype(np.int32), none.astype(np.float32)
    return (
        np.where(is_there, ids[at], -1).astype(np.int32),
        np.where(is_there, weights[at], 0).astype(np.float32),
    )


@njit(cache=True, nogil=True, parallel=True)
def _blend(
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    values: NDArray[np.float32],
) -> NDArray[np.float32]:
    num_channels = values.shape[1]
    result = np.zeros((pointers.shape[0] - 1, num_channels), np.float32)
    for pixel in prange(pointers.shape[0] - 1):
        for entry in range(pointers[pixel], pointers[pixel + 1]):
            for channel in range(num_channels):
                result[pixel, channel] += weights[entry] * values[ids[entry], channel]
    return result


@njit(cache=True, nogil=True, parallel=True)
def _draw(
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    labels: NDArray[np.int32],
) -> NDArray[np.int32]:
    result = np.zeros(pointers.shape[0] - 1, np.int32)
    for pixel in prange(pointers.shape[0] - 1):
        best = np.float32(0.0)
        for entry in range(pointers[pixel], pointers[pixel + 1]):
            label = labels[ids[entry]]
            total = np.float32(0.0)
            for other in range(pointers[pixel], pointers[pixel + 1]):
                if labels[ids[other]] == label:
                    total += weights[other]
            if total > best:
                best = total
                result[pixel] = label
    return result


@njit(cache=True, nogil=True)
def _sum_by_group(
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    num_surfels: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Sums of the weights of each surfel over groups of pixels, as rows of a sparse matrix."""
    num_groups = starts.shape[0] - 1
    sums = np.zeros(num_surfels, np.float32)
    largest = np.zeros(num_surfels, np.float32)
    touched = np.empty(num_surfels, np.int32)
    capacity = np.int64(0)
    for place in range(order.shape[0]):
        capacity += pointers[order[place] + 1] - pointers[order[place]]
    ends = np.zeros(num_groups + 1, np.int32)
    out_ids = np.empty(capacity, np.int32)
    out_sums = np.empty(capacity, np.float32)
    out_largest = np.empty(capacity, np.float32)
    at = 0
    for group in range(num_groups):
        count = 0
        for place in range(starts[group], starts[group + 1]):
            pixel = order[place]
            for entry in range(pointers[pixel], pointers[pixel + 1]):
                surfel = ids[entry]
                if sums[surfel] == np.float32(0.0):
                    touched[count] = surfel
                    count += 1
                sums[surfel] += weights[entry]
                largest[surfel] = max(largest[surfel], weights[entry])
        rising = np.sort(touched[:count])
        for place in range(count):
            surfel = rising[place]
            out_ids[at] = surfel
            out_sums[at] = sums[surfel]
            out_largest[at] = largest[surfel]
            sums[surfel] = np.float32(0.0)
            largest[surfel] = np.float32(0.0)
            at += 1
        ends[group + 1] = at
    return ends, out_ids[:at].copy(), out_sums[:at].copy(), out_largest[:at].copy()


def check_masks(store: WeightStore, masks: Sequence[MaskSet]) -> None:
    """Checks that there is one set of masks per view, each of its view's size.

    Raises:
        ShapeError: There are more or fewer sets, or one is of another size.
    """
    if len(masks) != len(store):
        raise ShapeError("masks", expected=f"{len(store)} sets, one per view", got=f"{len(masks)}")
    for view, own in enumerate(masks):
        store._check_size(f"masks of view {view}", view, (own.height, own.width))
