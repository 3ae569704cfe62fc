"""The objects of a scene as one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.boxes import Box3D
from scenewright.core.checks import as_array, check_finite, check_rotation, check_unit_interval
from scenewright.core.conventions import UNIT_TOLERANCE
from scenewright.core.errors import ConventionError, ShapeError


@dataclass(frozen=True, eq=False)
class Instance:
    """One row of an `InstanceTable`.

    Attributes:
        id: 1 or more; never changes its meaning within a scene.
        label: Word for what it is; empty if unknown.
        score: Confidence in [0, 1].
        box: Oriented box around its points.
        num_points: Points of the scene that belong to it.
        num_frames: Frames in which a mask supported it.
        embedding: (D,) float32 unit vector, or None.
    """

    id: int
    label: str
    score: float
    box: Box3D
    num_points: int
    num_frames: int
    embedding: NDArray[np.float32] | None


@dataclass(frozen=True, eq=False)
class InstanceTable:
    """All instances of a scene, a column per property.

    Index it with an integer for one `Instance`, with a boolean mask, an index array or a slice for
    a smaller table: ``table[table.score > 0.5]``.

    Attributes:
        id: (N,) int32, 1 or more, each once.
        score: (N,) float32 in [0, 1].
        label: N words; empty where unknown.
        center: (N, 3) float64 box centres, metres, world frame.
        size: (N, 3) float64 full box extents along the box axes, metres.
        rotation: (N, 3, 3) float64, columns are the box axes in the world frame.
        num_points: (N,) int64.
        num_frames: (N,) int64, frames in which a mask supported it.
        embedding: (N, D) float32, unit rows (a zero row where an instance has none), or None.
    """

    id: NDArray[np.int32]
    score: NDArray[np.float32]
    label: tuple[str, ...]
    center: NDArray[np.float64]
    size: NDArray[np.float64]
    rotation: NDArray[np.float64]
    num_points: NDArray[np.int64]
    num_frames: NDArray[np.int64]
    embedding: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n = len(np.asarray(self.id))
        for name, shape, dtype in (
            ("id", (n,), np.int32),
            ("score", (n,), np.float32),
            ("center", (n, 3), np.float64),
            ("size", (n, 3), np.float64),
            ("rotation", (n, 3, 3), np.float64),
            ("num_points", (n,), np.int64),
            ("num_frames", (n,), np.int64),
        ):
            array = as_array(f"InstanceTable.{name}", getattr(self, name), shape=shape, dtype=dtype)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "label", tuple(str(word) for word in self.label))
        if len(self.label) != n:
            raise ShapeError("InstanceTable.label", expected=f"{n} words", got=f"{len(self.label)}")
        if self.embedding is not None:
            name = "InstanceTable.embedding"
            vectors = as_array(name, self.embedding, shape=(n, None), dtype=np.float32)
            check_finite(name, vectors)
            norms = np.linalg.norm(vectors, axis=1)
            stray = norms[(norms > 0) & (np.abs(norms - 1) > UNIT_TOLERANCE)]
            if len(stray):
                raise ConventionError(
                    name, expected="unit or zero rows", got=f"a row of length {stray[0]:.3g}"
                )
            object.__setattr__(self, "embedding", vectors)
        self._check_values()

    def _check_values(self) -> None:
        if len(self.id) and self.id.min() < 1:
            raise ConventionError("InstanceTable.id", expected="1 or more", got=str(self.id.min()))
        if len(np.unique(self.id)) != len(self.id):
            raise ConventionError("InstanceTable.id", expected="each id once", got="a repeated id")
        check_unit_interval("InstanceTable.score", self.score)
        check_finite("InstanceTable.center", self.center)
        check_finite("InstanceTable.size", self.size)
        check_rotation("InstanceTable.rotation", self.rotation)
        for name in ("size", "num_points", "num_frames"):
            column = getattr(self, name)
            if column.size and column.min() < 0:
                raise ConventionError(
                    f"InstanceTable.{name}", expected="0 or more", got=f"{column.min():g}"
                )

    @classmethod
    def empty(cls) -> InstanceTable:
        """A table without rows."""
        return cls.from_rows([])

    @classmethod
    def from_rows(cls, rows: Sequence[Instance]) -> InstanceTable:
        """Builds a table from instances; embeddings must be given for all rows or for none."""
        with_vector = [row.embedding for row in rows if row.embedding is not None]
        if with_vector and len(with_vector) != len(rows):
            raise ShapeError(
                "instance embeddings",
                expected="one per instance, or none at all",
                got=f"{len(with_vector)} for {len(rows)} instances",
            )
        n = len(rows)
        return cls(
            np.array([row.id for row in rows], np.int32),
            np.array([row.score for row in rows], np.float32),
            tuple(row.label for row in rows),
            np.array([row.box.center for row in rows]).reshape(n, 3),
            np.array([row.box.size for row in rows]).reshape(n, 3),
            np.array([row.box.rotation for row in rows]).reshape(n, 3, 3),
            np.array([row.num_points for row in rows], np.int64),
            np.array([row.num_frames for row in rows], np.int64),
            np.stack(with_vector) if with_vector else None,
        )

    def __len__(self) -> int:
        return len(self.id)

    def __iter__(self) -> Iterator[Instance]:
        return (self.row(i) for i in range(len(self)))

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer] | slice) -> InstanceTable:
        order = np.arange(len(self))[keep]
        return InstanceTable(
            self.id[order],
            self.score[order],
            tuple(self.label[int(i)] for i in order),
            self.center[order],
            self.size[order],
            self.rotation[order],
            self.num_points[order],
            self.num_frames[order],
            None if self.embedding is None else self.embedding[order],
        )

    def row(self, position: int) -> Instance:
        """The instance at a position (not at an id; see `by_id`)."""
        return Instance(
            int(self.id[position]),
            self.label[position],
            float(self.score[position]),
            Box3D(self.center[position], self.size[position], self.rotation[position]),
            int(self.num_points[position]),
            int(self.num_frames[position]),
            None if self.embedding is None else self.embedding[position],
        )

    def by_id(self, instance_id: int) -> Instance:
        """The instance with an id.

        Raises:
            ConventionError: No instance has it.
        """
        found = np.flatnonzero(self.id == instance_id)
        if not len(found):
            raise ConventionError(
                f"instance {instance_id}",
                expected=f"one of the {len(self)} ids of this table",
                got="an id that none has",
            )
        return self.row(int(found[0]))
