"""The masks of one frame, stored as run lengths instead of full-frame boolean images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite, check_unit_interval
from scenewright.core.conventions import UNIT_TOLERANCE
from scenewright.core.errors import ConventionError, ShapeError


@dataclass(frozen=True, eq=False)
class MaskSet:
    """N masks of one frame. Masks may overlap; each has at least one pixel.

    A run is a sequence of consecutive pixels of the row-major flattened image. The runs of mask
    `i` are rows ``offsets[i]`` to ``offsets[i + 1]`` of `starts` and `lengths`. Build one with
    `from_id_map`, `from_dense` or `from_runs`.

    Attributes:
        height: Image height, pixels.
        width: Image width, pixels.
        starts: (R,) int32, flat index of the first pixel of each run.
        lengths: (R,) int32, number of pixels of each run.
        offsets: (N + 1,) int32, index of the first run of each mask, then R.
        ids: (N,) int32, ids of the masks in their source, 1 or more, unique.
        scores: (N,) float32 in [0, 1].
        embeddings: (N, D) float32 unit vectors, or None.
        affinity: (N, N) float32 symmetric, the proposer's belief in [0, 1] that two masks are parts
            of one object, NaN = unknown; None if it has none.
        labels: N category names, empty where unknown; without any, all are empty.
    """

    height: int
    width: int
    starts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    offsets: NDArray[np.int32]
    ids: NDArray[np.int32]
    scores: NDArray[np.float32]
    embeddings: NDArray[np.float32] | None = None
    labels: Sequence[str] = ()
    affinity: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n = len(np.asarray(self.ids))
        starts = as_array("MaskSet.starts", self.starts, shape=(None,), dtype=np.int32)
        lengths = as_array("MaskSet.lengths", self.lengths, shape=(len(starts),), dtype=np.int32)
        offsets = as_array("MaskSet.offsets", self.offsets, shape=(n + 1,), dtype=np.int32)
        ids = as_array("MaskSet.ids", self.ids, shape=(n,), dtype=np.int32)
        scores = as_array("MaskSet.scores", self.scores, shape=(n,), dtype=np.float32)
        check_unit_interval("MaskSet.scores", scores)
        for name, array in (
            ("starts", starts), ("lengths", lengths), ("offsets", offsets),
            ("ids", ids), ("scores", scores),
        ):  # fmt: skip
            object.__setattr__(self, name, array)
        self._check_runs()
        if self.embeddings is not None:
            self._set_embeddings(self.embeddings)
        if self.affinity is not None:
            self._set_affinity(self.affinity)
        object.__setattr__(self, "labels", _checked_labels(self.labels, n))

    def _check_runs(self) -> None:
        starts, lengths, offsets = self.starts, self.lengths, self.offsets
        if self.height < 1 or self.width < 1:
            raise ShapeError(
                "MaskSet size", expected="at least 1 x 1", got=f"{self.width} x {self.height}"
            )
        if offsets[0] != 0 or offsets[-1] != len(starts) or (np.diff(offsets) < 1).any():
            raise ConventionError(
                "MaskSet.offsets",
                expected="increasing from 0 to the number of runs",
                got=f"{offsets}",
            )
        if len(starts) and (
            starts.min() < 0
            or lengths.min() < 1
            or (starts.astype(np.int64) + lengths).max() > self.height * self.width
        ):
            raise ConventionError(
                "MaskSet runs",
                expected=f"pixels inside {self.width} x {self.height}",
                got="runs that leave it or are empty",
            )
        if self._has_double_pixels():
            raise ConventionError(
                "MaskSet runs", expected="each pixel of a mask once", got="runs that overlap"
            )
        if len(self.ids) and self.ids.min() < 1:
            raise ConventionError("MaskSet.ids", expected="1 or more", got=str(self.ids.min()))
        if len(np.unique(self.ids)) != len(self.ids):
            raise ConventionError("MaskSet.ids", expected="each id once", got=f"{self.ids}")

    def _has_double_pixels(self) -> bool:
        """Whether runs of the same mask overlap, which would count pixels twice."""
        starts = self.starts.astype(np.int64)
        owner = np.repeat(np.arange(len(self.ids)), np.diff(self.offsets))
        same = owner[1:] == owner[:-1]
        lengths = self.lengths
        if (same & (starts[1:] < starts[:-1])).any():
            order = np.lexsort((starts, owner))
            starts, lengths = starts[order], lengths[order]
        return bool((same & (starts[1:] < (starts + lengths)[:-1])).any())

    def _set_embeddings(self, value: NDArray[np.float32]) -> None:
        name = "MaskSet.embeddings"
        vectors = as_array(name, value, shape=(len(self.ids), None), dtype=np.float32)
        check_finite(name, vectors)
        norms = np.linalg.norm(vectors, axis=1)
        if len(norms) and np.abs(norms - 1).max() > UNIT_TOLERANCE:
            got = f"lengths from {norms.min():.3g} to {norms.max():.3g}"
            raise ConventionError(name, expected="unit vectors", got=got)
        object.__setattr__(self, "embeddings", vectors)

    def _set_affinity(self, value: NDArray[np.float32]) -> None:
        name, n = "MaskSet.affinity", len(self.ids)
        table = as_array(name, value, shape=(n, n), dtype=np.float32)
        check_unit_interval(name, table[~np.isnan(table)])
        if not np.array_equal(table, table.T, equal_nan=True):
            raise ConventionError(name, expected="a symmetric table", got="another one")
        object.__setattr__(self, "affinity", table)

    @classmethod
    def empty(cls, height: int, width: int) -> MaskSet:
        """A set without masks."""
        none = np.zeros(0, np.int32)
        return cls(height, width, none, none, np.zeros(1, np.int32), none, np.zeros(0, np.float32))

    @classmethod
    def from_runs(
        cls,
        runs: Sequence[tuple[NDArray[np.int32], NDArray[np.int32]]],
        *,
        height: int,
        width: int,
        ids: NDArray[np.int32] | None = None,
        scores: NDArray[np.float32] | None = None,
        embeddings: NDArray[np.float32] | None = None,
        labels: Sequence[str] = (),
    ) -> MaskSet:
        """Builds a set from (starts, lengths) of each mask; ids default to 1..N, scores to 1."""
        n = len(runs)
        counts = [len(starts) for starts, _ in runs]
        empty = np.zeros(0, np.int32)
        return cls(
            height,
            width,
            np.concatenate([starts for starts, _ in runs]) if n else empty,
            np.concatenate([lengths for _, lengths in runs]) if n else empty,
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            np.arange(1, n + 1, dtype=np.int32) if ids is None else ids,
            np.ones(n, np.float32) if scores is None else scores,
            embeddings,
            labels,
        )

    @classmethod
    def from_id_map(
        cls,
        id_map: NDArray[np.integer],
        *,
        scores: dict[int, float] | None = None,
        embeddings: dict[int, NDArray[np.float32]] | None = None,
        labels: Mapping[int, str] | None = None,
    ) -> MaskSet:
        """Builds one mask per id above 0 of an id map.

        Args:
            id_map: (H, W) integers, 0 = no mask.
            scores: Score per id; a missing id gets 1.
            embeddings: Unit vector per id; if given, every id of the map needs one.
            labels: Category name per id, as a mapping; a missing id gets none.
        """
        if np.asarray(id_map).ndim != 2 or np.asarray(id_map).dtype.kind not in "iub":
            raise ShapeError(
                "id map",
                expected="(H, W) integers",
                got=f"{np.asarray(id_map).shape} {np.asarray(id_map).dtype}",
            )
        if labels is not None and not isinstance(labels, Mapping):
            raise ConventionError(
                "labels of an id map", expected="a mapping from id to name", got=str(type(labels))
            )
        picture = as_array("id map", id_map, shape=(None, None), dtype=np.int32)
        height, width = picture.shape
        flat = picture.ravel()
        starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]])).astype(np.int32)
        lengths = np.diff(np.append(starts, np.int32(flat.size))).astype(np.int32)
        values = flat[starts]
        if values.min(initial=0) < 0:
            raise ConventionError("id map", expected="0 or more", got=str(values.min()))
        kept = np.flatnonzero(values > 0)
        kept = kept[np.argsort(values[kept], kind="stable")]
        ids, counts = np.unique(values[kept], return_counts=True)
        return cls(
            height,
            width,
            starts[kept],
            lengths[kept],
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            ids,
            np.array([1.0 if scores is None else scores.get(int(i), 1.0) for i in ids], np.float32),
            _stack_embeddings(ids, embeddings),
            () if labels is None else tuple(labels.get(int(i), "") for i in ids),
        )

    @classmethod
    def from_dense(
        cls,
        masks: NDArray[np.bool_],
        *,
        scores: NDArray[np.float32] | None = None,
        embeddings: NDArray[np.float32] | None = None,
        labels: Sequence[str] = (),
    ) -> MaskSet:
        """Builds a set from an (N, H, W) boolean stack, with ids 1..N.

        Raises:
            ConventionError: A mask has no pixels.
        """
        stack = as_array("masks", masks, shape=(None, None, None), dtype=np.bool_)
        n, height, width = stack.shape
        padded = np.zeros((n, height * width + 2), np.int8)
        padded[:, 1:-1] = stack.reshape(n, height * width)
        change = np.diff(padded, axis=1)
        rows, first = np.nonzero(change == 1)
        last = np.nonzero(change == -1)[1]
        counts = np.bincount(rows, minlength=n)
        if (counts == 0).any():
            which = int(np.flatnonzero(counts == 0)[0])
            raise ConventionError(f"mask {which}", expected="at least one pixel", got="none")
        return cls(
            height,
            width,
            first.astype(np.int32),
            (last - first).astype(np.int32),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            np.arange(1, n + 1, dtype=np.int32),
            np.ones(n, np.float32) if scores is None else scores,
            embeddings,
            labels,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer] | Sequence[int]) -> MaskSet:
        """The masks selected by a boolean mask or an index array, in that order."""
        order = np.arange(len(self))[np.asarray(keep)]
        runs = [self._runs(int(i)) for i in order]
        chosen = MaskSet.from_runs(
            runs,
            height=self.height,
            width=self.width,
            ids=self.ids[order],
            scores=self.scores[order],
            embeddings=None if self.embeddings is None else self.embeddings[order],
            labels=[self.labels[i] for i in order],
        )
        if self.affinity is None:
            return chosen
        return replace(chosen, affinity=self.affinity[np.ix_(order, order)])

    def _runs(self, index: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        part = slice(self.offsets[index], self.offsets[index + 1])
        return self.starts[part], self.lengths[part]

    def areas(self) -> NDArray[np.int64]:
        """(N,) number of pixels of each mask."""
        if not len(self):
            return np.zeros(0, np.int64)
        sums: NDArray[np.int64] = np.add.reduceat(self.lengths.astype(np.int64), self.offsets[:-1])
        return sums

    def pixels(self, index: int) -> NDArray[np.int64]:
        """Flat row-major indices of the pixels of one mask, in ascending order."""
        starts, lengths = self._runs(index)
        flat: NDArray[np.int64] = np.sort(_expand(starts, lengths))
        return flat

    def boxes(self) -> NDArray[np.float32]:
        """(N, 4) xyxy bounds in pixels; right and bottom lie one past the last pixel."""
        result = np.zeros((len(self), 4), np.float32)
        for i in range(len(self)):
            rows, columns = np.divmod(self.pixels(i), self.width)
            result[i] = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        return result

    def dense(self) -> NDArray[np.bool_]:
        """(N, H, W) booleans. Large: meant for display and for networks, not for storage."""
        stack = np.zeros((len(self), self.height * self.width), np.bool_)
        for i in range(len(self)):
            stack[i, self.pixels(i)] = True
        return stack.reshape(len(self), self.height, self.width)

    def positions_map(self) -> NDArray[np.int32]:
        """(H, W) map of 1-based positions in this set, 0 = none; see `to_id_map` for overlaps."""
        order = np.argsort(self.starts)
        starts = self.starts[order]
        ends = starts + self.lengths[order]
        total = self.height * self.width
        if (starts[1:] >= ends[:-1]).all():
            # Without overlap the map is gap, run, gap, run ..., gap: one repeat fills it.
            counts = np.empty(2 * len(starts) + 1, np.int64)
            counts[1::2] = ends - starts
            counts[0::2] = np.append(starts, total) - np.append(0, ends)
            values = np.zeros(len(counts), np.int32)
            values[1::2] = np.repeat(np.arange(len(self)), np.diff(self.offsets))[order] + 1
            flat = np.repeat(values, counts)
        else:
            flat = np.zeros(total, np.int32)
            for i in np.lexsort((-self.areas(), self.scores)):
                flat[self.pixels(int(i))] = i + 1
        return flat.reshape(self.height, self.width)

    def to_id_map(self) -> NDArray[np.int32]:
        """(H, W) map of `ids`, 0 = no mask.

        Where masks overlap, the higher score wins, and among equal scores the smaller mask, so that
        a part stays visible on top of the whole object.
        """
        lookup = np.concatenate([[0], self.ids]).astype(np.int32)
        picture: NDArray[np.int32] = lookup[self.positions_map()]
        return picture

    def iou(self, other: MaskSet) -> NDArray[np.float64]:
        """(N, M) intersection over union with the masks of another set of the same image."""
        if (self.height, self.width) != (other.height, other.width):
            raise ShapeError(
                "masks to compare",
                expected=f"{self.width} x {self.height}",
                got=f"{other.width} x {other.height}",
            )
        areas, other_areas = self.areas(), other.areas()
        result = np.zeros((len(self), len(other)))
        flags = np.zeros(self.height * self.width, np.bool_)
        for i in range(len(self)):
            pixels = self.pixels(i)
            flags[pixels] = True
            for j in range(len(other)):
                common = np.count_nonzero(flags[other.pixels(j)])
                result[i, j] = common / (areas[i] + other_areas[j] - common)
            flags[pixels] = False
        return result


def _expand(starts: NDArray[np.int32], lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    """The flat pixel indices of runs, run after run."""
    ends = np.cumsum(lengths, dtype=np.int64)
    if not len(ends):
        return np.zeros(0, np.int64)
    shift = starts - np.concatenate([[0], ends[:-1]])
    flat: NDArray[np.int64] = np.arange(ends[-1]) + np.repeat(shift, lengths)
    return flat


def _checked_labels(labels: Sequence[str], n: int) -> tuple[str, ...]:
    """The labels, or N empty ones if there are none."""
    if isinstance(labels, str):
        raise ConventionError("MaskSet.labels", expected="one text per mask", got=repr(labels))
    if not len(labels):
        return ("",) * n
    if len(labels) != n:
        raise ShapeError("MaskSet.labels", expected=f"{n} texts", got=str(len(labels)))
    for label in labels:
        if not isinstance(label, str):
            raise ConventionError("MaskSet.labels", expected="texts", got=f"{label!r:.60}")
    return tuple(labels)


def _stack_embeddings(
    ids: NDArray[Any], embeddings: dict[int, NDArray[np.float32]] | None
) -> NDArray[np.float32] | None:
    if embeddings is None or not len(ids):
        return None
    missing = [int(i) for i in ids if int(i) not in embeddings]
    if missing:
        raise ConventionError(
            "mask embeddings", expected="one per mask", got=f"none for ids {missing}"
        )
    return np.stack([np.asarray(embeddings[int(i)], np.float32) for i in ids])
