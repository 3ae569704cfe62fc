"""The blending weights of frozen surfels, stored per view: rendering becomes a sparse product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenewright.core import ConventionError, MaskSet, ShapeError, Views
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.blending_weights import blend_weights
from scenewright.splats.rasterizer.weight_kernels import (
    blend_values,
    draw_labels,
    gather_rows,
    pack_pixels,
    sum_by_group,
)

LEAST_WEIGHT = 1.0 / 255.0
"""Smaller weights are not kept: they cannot change an 8-bit color."""
MEMORY_BUDGET = 1_000_000_000
"""Default limit of the memory of a store, bytes."""
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
        """Memory of the arrays."""
        return self.pointers.nbytes + self.ids.nbytes + self.weights.nbytes


@dataclass(frozen=True, eq=False)
class WeightStore:
    """Which surfels each pixel of each view shows, and with what weight.

    With a `stride` of n above 1 only every n-th row and column is kept, starting at ``n // 2``.
    Kept pixels are numbered row by row over that smaller grid; `pixels` gives their positions.

    Attributes:
        num_surfels: N.
        size: (F, 2) int32 width and height of the full images, pixels.
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
        """Memory of all weights."""
        return sum(view.num_bytes for view in self.views)

    def grid_size(self, view: int) -> tuple[int, int]:
        """(rows, columns) of the kept pixels of a view."""
        width, height = self.size[view].tolist()
        return kept_lines(height, self.stride), kept_lines(width, self.stride)

    def pixels(self, view: int) -> NDArray[np.int64]:
        """(P,) flat row-major indices of the kept pixels in the full image."""
        width, height = self.size[view].tolist()
        start = self.stride // 2
        rows = np.arange(start, height, self.stride, dtype=np.int64)
        columns = np.arange(start, width, self.stride, dtype=np.int64)
        flat: NDArray[np.int64] = (rows[:, None] * width + columns[None, :]).ravel()
        return flat

    def sample(self, view: int, picture: NDArray[np.integer]) -> NDArray[np.int32]:
        """(P,) values of an integer (H, W) image at the kept pixels.

        Args:
            view: Number of the view.
            picture: Of the size of the view.

        Raises:
            ShapeError: The image does not have the size of the view.
        """
        self.check_size(f"picture of view {view}", view, picture.shape)
        start, step = self.stride // 2, self.stride
        return np.ascontiguousarray(picture[start::step, start::step], np.int32).ravel()

    def rows(
        self, view: int, positions: NDArray[np.integer]
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Weights of chosen pixels, padded to the same number of columns.

        Args:
            view: Number of the view.
            positions: (Q,) numbers of kept pixels, 0 to P - 1.

        Returns:
            (Q, T) surfels, -1 where a pixel has fewer, and (Q, T) weights, 0 there.
        """
        entries = self.views[view]
        return gather_rows(
            entries.pointers, entries.ids, entries.weights, np.asarray(positions, np.int64)
        )

    def matrix(self, view: int) -> csr_array:
        """(P, N) float32 sparse matrix of the weights; times surfel values it gives pixel
        values."""
        entries = self.views[view]
        shape = (len(entries.pointers) - 1, self.num_surfels)
        return csr_array(
            (entries.weights.astype(np.float32), entries.ids, entries.pointers), shape=shape
        )

    def blend(self, view: int, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(P, D) float32 sums of weight times value over the surfels of each kept pixel.

        Args:
            view: Number of the view.
            values: (N, D) float32, a row per surfel.
        """
        entries = self.views[view]
        return blend_values(
            entries.pointers, entries.ids, entries.weights.astype(np.float32), values
        )

    def visible(self, view: int) -> NDArray[np.float32]:
        """(N,) float32 sum of each surfel's weights in a view, in full-size pixels."""
        entries = self.views[view]
        sums = np.bincount(entries.ids, weights=entries.weights, minlength=self.num_surfels)
        return (sums * self.stride**2).astype(np.float32)

    def mask_sums(
        self, view: int, masks: MaskSet, *, strong: float = 0.1
    ) -> tuple[csr_array, NDArray[np.bool_]]:
        """How much of each surfel lies under each mask; masks may overlap.

        Args:
            view: Number of the view.
            masks: M masks of the full image of the view.
            strong: Weight in a single pixel above which a pair of mask and surfel counts as strong.

        Returns:
            (M, N) float32 sums of weights in full-size pixels, and for each stored entry whether
            any pixel of the mask shows the surfel with more than `strong`.

        Raises:
            ShapeError: The masks do not have the size of the view.
        """
        self.check_size(f"masks of view {view}", view, (masks.height, masks.width))
        order, pointers = _pixels_of_masks(masks, self.stride)
        return self._sums(view, order, pointers, strong)

    def label_sums(
        self, view: int, labels: NDArray[np.integer], num_labels: int, *, strong: float = 0.1
    ) -> tuple[csr_array, NDArray[np.bool_]]:
        """`mask_sums` for an image of labels.

        Args:
            view: Number of the view.
            labels: (P,) label of each kept pixel (see `sample`), 0 to `num_labels` - 1; pixels
                with a negative label are ignored.
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
        """Id map of labeled surfels: each pixel gets the label with the largest sum of weights.

        Args:
            view: Number of the view.
            labels: (N,) int32 label of each surfel; 0 competes like any other.

        Returns:
            Rows and columns of `grid_size`; 0 where there is no surfel.
        """
        entries = self.views[view]
        weights = entries.weights.astype(np.float32)
        drawn = draw_labels(
            entries.pointers, entries.ids, weights, np.ascontiguousarray(labels, np.int32)
        )
        return drawn.reshape(self.grid_size(view))

    def _sums(
        self, view: int, order: NDArray[np.int64], pointers: NDArray[np.int64], strong: float
    ) -> tuple[csr_array, NDArray[np.bool_]]:
        """`mask_sums` for groups of kept pixels, group after group in `order`."""
        entries = self.views[view]
        weights = entries.weights.astype(np.float32)
        ends, ids, sums, largest = sum_by_group(
            entries.pointers, entries.ids, weights, order, pointers, self.num_surfels
        )
        sums *= np.float32(self.stride**2)
        matrix = csr_array((sums, ids, ends), shape=(len(pointers) - 1, self.num_surfels))
        return matrix, largest > np.float32(strong)

    def check_size(self, what: str, view: int, shape: tuple[int, ...]) -> None:
        """Checks the (H, W) shape of an image of a view.

        Args:
            what: Name of the image in the message.
            view: Number of the view.
            shape: Of the image.

        Raises:
            ShapeError: It is not the size of the view.
        """
        width, height = self.size[view].tolist()
        if tuple(shape) != (height, width):
            got = f"{shape[1]} x {shape[0]}" if len(shape) == 2 else f"shape {shape}"
            raise ShapeError(what, expected=f"{width} x {height}", got=got)


def kept_lines(length: int, stride: int) -> int:
    """Number of rows or columns that a stride keeps of `length`."""
    return len(range(stride // 2, length, stride))


def choose_stride(size: NDArray[np.integer], *, top: int, memory_budget: int) -> int:
    """The smallest stride at which a store is certain to fit into the memory.

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
    """Packs the weights of one image, without small ones.

    Args:
        ids: (H, W, T) int32 surfels, -1 = none.
        weights: (H, W, T) float32, largest first.
        stride: Pixels from one kept row or column to the next.
        least: Smaller weights are dropped.
    """
    pointers, flat_ids, flat_weights = pack_pixels(ids, weights, stride, np.float32(least))
    return ViewWeights(pointers, flat_ids, flat_weights.astype(np.float16))


def store_of_pictures(
    pictures: Iterable[tuple[NDArray[np.int32], NDArray[np.float32]]],
    *,
    num_surfels: int,
    stride: int = 1,
    least: float = LEAST_WEIGHT,
) -> WeightStore:
    """A store of given ids and weights; see `pack_weights`.

    Args:
        pictures: (H, W, T) surfels and weights of each view.
        num_surfels: N.
        stride: Pixels from one kept row or column to the next.
        least: Smaller weights are dropped.
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
    """Computes which surfels every view shows, and with what weight.

    Args:
        arrays: N surfels.
        views: F cameras.
        near: Surfels at this depth or nearer are ignored, in the unit of the surfels.
        top: Number of weights to keep per pixel, the largest ones.
        stride: Pixels from one kept row or column to the next; None = as the memory allows.
        memory_budget: Limit of the memory of the store, bytes.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The store would not fit into the memory.
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
    """Numbers of the kept pixels of all masks, mask after mask, and the start of each mask."""
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


def check_masks(store: WeightStore, masks: Sequence[MaskSet]) -> None:
    """Checks that there is one set of masks per view, of the size of the view.

    Args:
        store: F views.
        masks: F sets of masks.

    Raises:
        ShapeError: The number of sets or the size of a set is wrong.
    """
    if len(masks) != len(store):
        raise ShapeError("masks", expected=f"{len(store)} sets, one per view", got=f"{len(masks)}")
    for view, view_masks in enumerate(masks):
        size = (view_masks.height, view_masks.width)
        store.check_size(f"masks of view {view}", view, size)
