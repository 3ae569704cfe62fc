"""Ground truth and predictions of instance segmentation, over the same vertices.

A *vertex* is any scored element: a vertex of a mesh, a point of a cloud, a pixel of an image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core.checks import as_array, check_finite
from scenewright.core.errors import ConventionError, FormatError

BENCHMARK_BASE = 1000
"""Ground-truth files contain ``class_id * BENCHMARK_BASE + number`` per vertex."""

_BLOCK_ENTRIES = 1 << 22
"""Entries of a boolean mask matrix that are processed at once (4 MiB)."""


@dataclass(frozen=True, eq=False)
class InstanceTruth:
    """True instance and class of each vertex.

    Attributes:
        instance_id: (V,) int32. 0 = none.
        class_id: (V,) int32. 0 = unlabeled, or a class outside of the benchmark.
    """

    instance_id: NDArray[np.int32]
    class_id: NDArray[np.int32]

    def __post_init__(self) -> None:
        name = "InstanceTruth.instance_id"
        instance_id = as_array(name, self.instance_id, shape=(None,), dtype=np.int32)
        _check_not_negative(name, instance_id)
        name = "InstanceTruth.class_id"
        class_id = as_array(name, self.class_id, shape=(len(instance_id),), dtype=np.int32)
        _check_not_negative(name, class_id)
        object.__setattr__(self, "instance_id", instance_id)
        object.__setattr__(self, "class_id", class_id)

    def __len__(self) -> int:
        return len(self.instance_id)

    @classmethod
    def from_ids(cls, instance_id: ArrayLike) -> InstanceTruth:
        """Truth without classes: every instance gets class 1.

        Args:
            instance_id: (V,) integers, 0 = none.
        """
        name = "InstanceTruth.instance_id"
        ids = as_array(name, instance_id, shape=(None,), dtype=np.int32)
        return cls(ids, (ids > 0).astype(np.int32))

    @classmethod
    def from_benchmark(cls, encoded: ArrayLike) -> InstanceTruth:
        """Truth from the integers of benchmark files, ``class_id * 1000 + number``.

        The number becomes the instance id. The files count instances from 2 and write unlabeled
        vertices as 1, which has class 0.

        Args:
            encoded: (V,) integers.
        """
        name = "benchmark ground truth"
        values = as_array(name, encoded, shape=(None,), dtype=np.int32)
        _check_not_negative(name, values)
        return cls(values % BENCHMARK_BASE, values // BENCHMARK_BASE)

    def to_benchmark(self) -> NDArray[np.int32]:
        """(V,) int32, ``class_id * 1000 + instance_id``; the inverse of `from_benchmark`."""
        if self.instance_id.max(initial=0) >= BENCHMARK_BASE:
            raise ConventionError(
                "InstanceTruth.instance_id",
                expected=f"ids below {BENCHMARK_BASE} for the benchmark encoding",
                got=f"{self.instance_id.max()}",
                do="Renumber the instances.",
            )
        return self.class_id * np.int32(BENCHMARK_BASE) + self.instance_id


def read_truth(path: str | Path) -> InstanceTruth:
    """Reads a benchmark ground-truth file: one integer per line, in the order of the vertices.

    Raises:
        FormatError: A line is not an integer.
    """
    path = Path(path)
    words = path.read_text(encoding="ascii", errors="replace").split()
    try:
        values = np.array(words, dtype=np.int64)
    except ValueError as error:
        raise FormatError(
            f"{path}",
            expected="one integer per line",
            got=str(error),
            do="Check that it is a ground-truth file.",
        ) from error
    return InstanceTruth.from_benchmark(values)


def write_truth(path: str | Path, truth: InstanceTruth) -> Path:
    """Writes a benchmark ground-truth file and returns its path.

    Raises:
        ConventionError: An instance id does not fit the encoding.
    """
    path = Path(path)
    lines = "\n".join(map(str, truth.to_benchmark().tolist()))
    path.write_text(f"{lines}\n" if lines else "", encoding="ascii")
    return path


@dataclass(frozen=True, eq=False)
class InstancePrediction:
    """I predicted instances over V vertices. Build one with `from_masks` or `from_labels`.

    The order of the instances matters for AP: of two that match the same true instance, the first
    one is matched.

    Attributes:
        membership: (V, I) bool masks, which may overlap; or (V,) int32, the one instance (a row of
            `scores`) that each vertex belongs to, -1 = none.
        scores: (I,) float64, higher is more certain.
        class_ids: (I,) int32, or None if the predictions have no class.
    """

    membership: NDArray[np.bool_] | NDArray[np.int32]
    scores: NDArray[np.float64]
    class_ids: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        scores = as_array("InstancePrediction.scores", self.scores, shape=(None,), dtype=np.float64)
        check_finite("InstancePrediction.scores", scores)
        n = len(scores)
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "membership", _as_membership(self.membership, n))
        if self.class_ids is not None:
            name = "InstancePrediction.class_ids"
            class_ids = as_array(name, self.class_ids, shape=(n,), dtype=np.int32)
            object.__setattr__(self, "class_ids", class_ids)

    @classmethod
    def from_masks(
        cls,
        masks: ArrayLike,
        *,
        scores: ArrayLike | None = None,
        class_ids: ArrayLike | None = None,
    ) -> InstancePrediction:
        """Predictions from masks, which may overlap.

        Args:
            masks: (V, I) bool.
            scores: (I,). Default: all 1.
            class_ids: (I,) integers.
        """
        matrix = as_array("masks", masks, shape=(None, None), dtype=np.bool_)
        return cls(matrix, _scores_or_ones(scores, matrix.shape[1]), _class_ids_or_none(class_ids))

    @classmethod
    def from_labels(
        cls,
        labels: ArrayLike,
        *,
        instance_ids: ArrayLike | None = None,
        scores: ArrayLike | None = None,
        class_ids: ArrayLike | None = None,
    ) -> InstancePrediction:
        """Predictions from one instance id per vertex, as scenes store them.

        Args:
            labels: (V,) integers, 0 = none.
            instance_ids: (I,) distinct ids, 1 or more, in the order of `scores` and `class_ids`.
                Default: the labels that occur, in ascending order.
            scores: (I,). Default: all 1.
            class_ids: (I,) integers.
        """
        vector = as_array("labels", labels, shape=(None,), dtype=np.int32)
        _check_not_negative("labels", vector)
        if instance_ids is None:
            ids: NDArray[np.int32] = np.unique(vector[vector > 0])
        else:
            ids = as_array("instance_ids", instance_ids, shape=(None,), dtype=np.int32)
        column = _columns_of(vector, ids)
        return cls(column, _scores_or_ones(scores, len(ids)), _class_ids_or_none(class_ids))

    @property
    def num_vertices(self) -> int:
        """Number of vertices, V."""
        return len(self.membership)

    def __len__(self) -> int:
        return len(self.scores)

    def pairs(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Yields all pairs of a vertex and its instance, as two arrays per block of vertices."""
        if self.membership.ndim == 1:
            vertices = np.flatnonzero(self.membership >= 0)
            yield vertices, self.membership[vertices].astype(np.intp)
            return
        rows = max(1, _BLOCK_ENTRIES // max(1, len(self)))
        for start in range(0, self.num_vertices, rows):
            vertices, instances = np.nonzero(self.membership[start : start + rows])
            yield vertices + start, instances

    def sizes(self) -> NDArray[np.int64]:
        """(I,) int64, number of vertices of each instance."""
        total = np.zeros(len(self), dtype=np.int64)
        for _, instances in self.pairs():
            total += np.bincount(instances, minlength=len(self))
        return total

    def is_assigned(self) -> NDArray[np.bool_]:
        """(V,) bool, whether each vertex belongs to any instance."""
        assigned: NDArray[np.bool_]
        if self.membership.ndim == 1:
            assigned = self.membership >= 0
        else:
            assigned = np.any(self.membership, axis=1)
        return assigned

    def gather(self, source: NDArray[np.integer]) -> InstancePrediction:
        """The same instances over W other vertices that copy these.

        Args:
            source: (W,) index of the vertex to copy, -1 = belongs to no instance.
        """
        none = False if self.membership.ndim == 2 else -1
        kind, rest = self.membership.dtype, self.membership.shape[1:]
        membership = np.full((len(source), *rest), none, dtype=kind)
        has_source = source >= 0
        membership[has_source] = self.membership[source[has_source]]
        return InstancePrediction(membership, self.scores, self.class_ids)

    def select(self, keep: NDArray[np.bool_]) -> InstancePrediction:
        """The instances where `keep`, (I,) bool, is true, in their order."""
        keep = as_array("keep", keep, shape=(len(self),), dtype=np.bool_)
        class_ids = None if self.class_ids is None else self.class_ids[keep]
        membership: NDArray[Any]
        if self.membership.ndim == 2:
            membership = self.membership[:, keep]
        else:
            renumber = np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1).astype(np.int32)
            membership = renumber[self.membership]
        return InstancePrediction(membership, self.scores[keep], class_ids)


def _as_membership(value: NDArray[Any], num_instances: int) -> NDArray[Any]:
    name = "InstancePrediction.membership"
    if np.ndim(value) == 2:
        return as_array(name, value, shape=(None, num_instances), dtype=np.bool_)
    column = as_array(name, value, shape=(None,), dtype=np.int32)
    if column.size and (column.min() < -1 or column.max() >= num_instances):
        raise ConventionError(
            name,
            expected=f"-1 or a row of scores, 0 to {num_instances - 1}",
            got=f"{column.min()} to {column.max()}",
        )
    return column


def _columns_of(labels: NDArray[np.int32], ids: NDArray[np.int32]) -> NDArray[np.int32]:
    order = np.argsort(ids, kind="stable")
    in_order = ids[order]
    if ids.size and (in_order[0] < 1 or (np.diff(in_order) == 0).any()):
        raise ConventionError(
            "instance_ids", expected="distinct ids, 1 or more", got=f"{ids.tolist()[:8]}"
        )
    column = np.full(len(labels), -1, dtype=np.int32)
    labeled = labels > 0
    wanted = labels[labeled]
    position = np.searchsorted(in_order, wanted)
    known = position < len(ids)
    known[known] = in_order[position[known]] == wanted[known]
    if not known.all():
        raise ConventionError(
            "labels",
            expected="0 or one of instance_ids",
            got=f"{np.unique(wanted[~known]).tolist()[:8]}",
            do="Set the vertices of dropped instances to 0.",
        )
    column[labeled] = order[position]
    return column


def _scores_or_ones(scores: ArrayLike | None, count: int) -> NDArray[np.float64]:
    if scores is None:
        return np.ones(count)
    checked: NDArray[np.float64] = as_array("scores", scores, shape=(count,), dtype=np.float64)
    return checked


def _class_ids_or_none(class_ids: ArrayLike | None) -> NDArray[np.int32] | None:
    if class_ids is None:
        return None
    checked: NDArray[np.int32] = as_array("class_ids", class_ids, shape=(None,), dtype=np.int32)
    return checked


def _check_not_negative(name: str, array: NDArray[np.integer]) -> None:
    if array.size and array.min() < 0:
        raise ConventionError(name, expected="0 or more", got=f"{array.min()}")
