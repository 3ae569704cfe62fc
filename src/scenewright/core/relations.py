"""What is known about pairs of instances: a table of sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite, check_unit_interval
from scenewright.core.errors import ConventionError, ShapeError


@dataclass(frozen=True)
class Relation:
    """One row of a `RelationTable`: subject, predicate, object.

    Attributes:
        subject: Instance id.
        predicate: Word or words, such as ``"on"``.
        object: Another instance id.
        score: Confidence in [0, 1].
        distance: Smallest distance between the two surfaces, metres; None if not measured.
    """

    subject: int
    predicate: str
    object: int
    score: float = 1.0
    distance: float | None = None


@dataclass(frozen=True, eq=False)
class RelationTable:
    """All relations of a scene, a column per property.

    Index it with a boolean mask, an index array or a slice for a smaller table:
    ``table[table.score > 0.5]``, ``table[table.predicate == "on"]``.

    Attributes:
        subject: (R,) int32 instance ids.
        predicate: (R,) text, not empty.
        object: (R,) int32 instance ids, each another than the subject's.
        score: (R,) float32 in [0, 1].
        distance: (R,) float64 smallest distance between the two surfaces, metres, NaN where not
            measured; None if measured for none.
    """

    subject: NDArray[np.int32]
    predicate: NDArray[np.str_]
    object: NDArray[np.int32]
    score: NDArray[np.float32]
    distance: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        n = len(np.asarray(self.subject))
        for name, dtype in (("subject", np.int32), ("object", np.int32), ("score", np.float32)):
            title = f"RelationTable.{name}"
            array = as_array(title, getattr(self, name), shape=(n,), dtype=dtype)
            object.__setattr__(self, name, array)
        words = np.asarray(self.predicate)
        if words.shape != (n,) or (n and words.dtype.kind != "U"):
            got = f"{words.shape} {words.dtype}"
            raise ShapeError("RelationTable.predicate", expected=f"{n} words", got=got)
        object.__setattr__(self, "predicate", words.astype(np.str_))
        if self.distance is not None:
            object.__setattr__(self, "distance", _checked_distance(self.distance, n))
        self._check_values()

    def _check_values(self) -> None:
        check_unit_interval("RelationTable.score", self.score)
        for name in ("subject", "object"):
            ids = getattr(self, name)
            if len(ids) and ids.min() < 1:
                raise ConventionError(
                    f"RelationTable.{name}", expected="ids of 1 or more", got=str(ids.min())
                )
        if (self.predicate == "").any():
            raise ConventionError("RelationTable.predicate", expected="words", got="an empty one")
        same = self.subject[self.subject == self.object]
        if len(same):
            raise ConventionError(
                "RelationTable", expected="two instances per relation", got=f"{same[0]} twice"
            )
        seen: set[tuple[int, str, int]] = set()
        for row in self:
            triple = (row.subject, row.predicate, row.object)
            if triple in seen:
                got = " ".join(map(str, triple)) + " twice"
                raise ConventionError("RelationTable", expected="each relation once", got=got)
            seen.add(triple)

    @classmethod
    def empty(cls) -> RelationTable:
        """A table without rows."""
        return cls.from_rows([])

    @classmethod
    def from_rows(cls, rows: Sequence[Relation]) -> RelationTable:
        """Builds a table from relations, in their order."""
        distance = [np.nan if row.distance is None else row.distance for row in rows]
        return cls(
            np.array([row.subject for row in rows], np.int32),
            np.array([row.predicate for row in rows], np.str_),
            np.array([row.object for row in rows], np.int32),
            np.array([row.score for row in rows], np.float32),
            np.array(distance, np.float64),
        )

    def __len__(self) -> int:
        return len(self.subject)

    def __iter__(self) -> Iterator[Relation]:
        return (self.row(i) for i in range(len(self)))

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.integer] | slice) -> RelationTable:
        return RelationTable(
            self.subject[keep],
            self.predicate[keep],
            self.object[keep],
            self.score[keep],
            None if self.distance is None else self.distance[keep],
        )

    def row(self, position: int) -> Relation:
        """The relation at a position."""
        distance = np.nan if self.distance is None else float(self.distance[position])
        return Relation(
            int(self.subject[position]),
            str(self.predicate[position]),
            int(self.object[position]),
            float(self.score[position]),
            None if np.isnan(distance) else float(distance),
        )

    def of(self, instance_id: int) -> RelationTable:
        """The relations in which an instance is the subject or the object."""
        return self[(self.subject == instance_id) | (self.object == instance_id)]


def _checked_distance(distance: NDArray[np.float64], n: int) -> NDArray[np.float64] | None:
    values: NDArray[np.float64] = as_array(
        "RelationTable.distance", distance, shape=(n,), dtype=np.float64
    )
    known = values[~np.isnan(values)]
    check_finite("RelationTable.distance", known)
    if len(known) and known.min() < 0:
        raise ConventionError(
            "RelationTable.distance", expected="0 m or more", got=f"{known.min():g} m"
        )
    return values if len(known) else None
