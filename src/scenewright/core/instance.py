"""The objects of a scene as one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from scenewright.core.boxes import Box3D
from scenewright.core.checks import as_array, check_finite, check_rotation, check_unit_interval
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.core.features import FeatureColumn, check_feature_name
from scenewright.core.label_scores import checked_label_scores

SOURCES = ("observed", "completed", "generated", "edited")
"""Where the geometry of an instance comes from: seen by cameras; seen in part and completed by a
model; made by a model alone; changed by hand."""

Counts = NDArray[np.int64] | NDArray[np.float64] | None
"""Whole numbers per instance, each known or not; see `InstanceTable`."""

_LISTED = 20


@dataclass(frozen=True, eq=False)
class Instance:
    """One row of an `InstanceTable`.

    Attributes:
        id: 1 or more; never changes its meaning within a scene.
        label: Word for what it is; empty if unknown.
        score: Confidence in [0, 1].
        box: Oriented box around its geometry.
        num_points: Points that belong to it (surfels, in a scene made from surfels); None if it
            has none because no camera saw it.
        num_frames: Frames in which a mask supported it; None if no camera saw it.
        source: One of `SOURCES`.
        label_scores: Probability per candidate label, best first; empty if unknown.
        features: (D,) float32 unit vector per feature name; a zero vector stands for none.
    """

    id: int
    label: str
    score: float
    box: Box3D
    num_points: int | None = None
    num_frames: int | None = None
    source: str = "observed"
    label_scores: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class InstanceTable:
    """All instances of a scene, a column per property.

    Index it with an integer for one `Instance`, with a boolean mask, an index array or a slice for
    a smaller table: ``table[table.score > 0.5]``, ``table[table.source == "generated"]``.

    A count that is unknown for some instances makes its column float64 with NaN for these, so that
    sums with an unknown number are NaN and comparisons with it are false; a column of known counts
    is int64, and one without any known count is None. Rows hold int or None.

    Attributes:
        id: (N,) int32, 1 or more, each once.
        score: (N,) float32 in [0, 1].
        label: N words; empty where unknown.
        center: (N, 3) float64 box centers, metres, world frame.
        size: (N, 3) float64 full box extents along the box axes, metres.
        rotation: (N, 3, 3) float64, columns are the box axes in the world frame.
        num_points: (N,) points that belong to it; int64, float64 with NaN, or None, as above.
        num_frames: (N,) frames in which a mask supported it; likewise.
        source: (N,) text, each one of `SOURCES`; left out, all are ``"observed"``.
        label_scores: N mappings from candidate label to probability, best first, empty where
            unknown; probabilities sum to at most 1 and the label is the best word.
        features: Column of vectors per feature name.
    """

    id: NDArray[np.int32]
    score: NDArray[np.float32]
    label: tuple[str, ...]
    center: NDArray[np.float64]
    size: NDArray[np.float64]
    rotation: NDArray[np.float64]
    num_points: Counts = None
    num_frames: Counts = None
    source: NDArray[np.str_] = field(default_factory=lambda: np.zeros(0, "<U9"))
    label_scores: tuple[Mapping[str, float], ...] = ()
    features: Mapping[str, FeatureColumn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(np.asarray(self.id))
        for name, shape, dtype in (
            ("id", (n,), np.int32),
            ("score", (n,), np.float32),
            ("center", (n, 3), np.float64),
            ("size", (n, 3), np.float64),
            ("rotation", (n, 3, 3), np.float64),
        ):
            array = as_array(f"InstanceTable.{name}", getattr(self, name), shape=shape, dtype=dtype)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "label", tuple(str(word) for word in self.label))
        if len(self.label) != n:
            raise ShapeError("InstanceTable.label", expected=f"{n} words", got=f"{len(self.label)}")
        for name in ("num_points", "num_frames"):
            counts = _checked_counts(f"InstanceTable.{name}", getattr(self, name), n)
            object.__setattr__(self, name, counts)
        object.__setattr__(self, "source", _checked_sources(self.source, n))
        self._check_label_scores(n)
        self._check_features(n)
        self._check_values()

    def _check_label_scores(self, n: int) -> None:
        scores = self.label_scores or ({},) * n
        if len(scores) != n:
            raise ShapeError(
                "InstanceTable.label_scores", expected=f"{n} mappings", got=f"{len(scores)}"
            )
        checked = tuple(
            checked_label_scores(f"label_scores of instance {self.id[i]}", self.label[i], scores[i])
            for i in range(n)
        )
        object.__setattr__(self, "label_scores", checked)

    def _check_features(self, n: int) -> None:
        for name, column in self.features.items():
            check_feature_name(name)
            if len(column) != n:
                raise ShapeError(
                    f"InstanceTable.features[{name!r}]",
                    expected=f"{n} rows",
                    got=f"{len(column)}",
                )
        object.__setattr__(self, "features", MappingProxyType(dict(self.features)))

    def _check_values(self) -> None:
        if len(self.id) and self.id.min() < 1:
            raise ConventionError("InstanceTable.id", expected="1 or more", got=str(self.id.min()))
        if len(np.unique(self.id)) != len(self.id):
            raise ConventionError("InstanceTable.id", expected="each id once", got="a repeated id")
        check_unit_interval("InstanceTable.score", self.score)
        check_finite("InstanceTable.center", self.center)
        check_finite("InstanceTable.size", self.size)
        check_rotation("InstanceTable.rotation", self.rotation)
        if self.size.size and self.size.min() < 0:
            raise ConventionError(
                "InstanceTable.size", expected="0 or more", got=f"{self.size.min():g}"
            )

    @classmethod
    def empty(cls) -> InstanceTable:
        """A table without rows."""
        return cls.from_rows([])

    @classmethod
    def from_rows(
        cls, rows: Sequence[Instance], *, feature_models: Mapping[str, str | None] | None = None
    ) -> InstanceTable:
        """Builds a table from instances.

        Args:
            rows: Ids must differ. A feature that only some of them have becomes a zero row for the
                others.
            feature_models: Model that made a feature, by feature name; None or left out: unknown.

        Raises:
            ShapeError: Vectors of one feature differ in length.
        """
        n = len(rows)
        return cls(
            np.array([row.id for row in rows], np.int32),
            np.array([row.score for row in rows], np.float32),
            tuple(row.label for row in rows),
            np.array([row.box.center for row in rows]).reshape(n, 3),
            np.array([row.box.size for row in rows]).reshape(n, 3),
            np.array([row.box.rotation for row in rows]).reshape(n, 3, 3),
            _counts_of([row.num_points for row in rows]),
            _counts_of([row.num_frames for row in rows]),
            np.array([row.source for row in rows], np.str_),
            tuple(row.label_scores for row in rows),
            _columns_of(rows, feature_models or {}),
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
            None if self.num_points is None else self.num_points[order],
            None if self.num_frames is None else self.num_frames[order],
            self.source[order],
            tuple(self.label_scores[int(i)] for i in order),
            {name: column[order] for name, column in self.features.items()},
        )

    def row(self, position: int) -> Instance:
        """The instance at a position (not at an id; see `by_id`)."""
        return Instance(
            int(self.id[position]),
            self.label[position],
            float(self.score[position]),
            Box3D(self.center[position], self.size[position], self.rotation[position]),
            _count_at(self.num_points, position),
            _count_at(self.num_frames, position),
            str(self.source[position]),
            self.label_scores[position],
            {name: column.vectors[position] for name, column in self.features.items()},
        )

    def by_id(self, instance_id: int) -> Instance:
        """The instance with an id.

        Raises:
            ConventionError: No instance has it; the message lists the known ids.
        """
        found = np.flatnonzero(self.id == instance_id)
        if not len(found):
            raise ConventionError(
                f"instance {instance_id}", expected=self._known_ids(), got="an id that none has"
            )
        return self.row(int(found[0]))

    def feature_models(self) -> dict[str, str | None]:
        """The model of each feature column by name, as `from_rows` takes it."""
        return {name: column.model for name, column in self.features.items()}

    def _known_ids(self) -> str:
        known = sorted(self.id.tolist())
        if not known:
            return "none, since the table is empty"
        listed = ", ".join(map(str, known[:_LISTED]))
        more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
        return f"one of the ids {listed}{more}"


def _checked_counts(name: str, values: Counts, n: int) -> Counts:
    """A column of counts in its one form: int64 if all are known, None if none is."""
    if n == 0:
        return np.zeros(0, np.int64)
    if values is None:
        return None
    counts = as_array(name, values, shape=(n,), dtype=np.float64)
    known = counts[~np.isnan(counts)]
    if not len(known):
        return None
    if known.min() < 0:
        raise ConventionError(name, expected="0 or more", got=f"{known.min():g}")
    if not np.array_equal(known, np.rint(known)) or not np.isfinite(known).all():
        raise ConventionError(name, expected="whole numbers, or NaN where unknown", got="others")
    return counts.astype(np.int64) if len(known) == n else counts


def _counts_of(values: Sequence[int | None]) -> Counts:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _count_at(column: Counts, position: int) -> int | None:
    if column is None or np.isnan(column[position]):
        return None
    return int(column[position])


def _checked_sources(source: NDArray[np.str_], n: int) -> NDArray[np.str_]:
    words = np.asarray(source, np.str_)
    if words.size == 0 and n:
        words = np.full(n, SOURCES[0])
    if words.shape != (n,):
        raise ShapeError("InstanceTable.source", expected=f"{n} words", got=f"{words.shape}")
    wrong = words[~np.isin(words, SOURCES)]
    if len(wrong):
        expected = f"one of {', '.join(SOURCES)}"
        raise ConventionError("InstanceTable.source", expected=expected, got=repr(str(wrong[0])))
    return words.astype("<U9")


def _columns_of(
    rows: Sequence[Instance], models: Mapping[str, str | None]
) -> dict[str, FeatureColumn]:
    names = dict.fromkeys(name for row in rows for name in row.features)
    columns = {}
    for name in names:
        vectors = [row.features.get(name) for row in rows]
        lengths = sorted({len(vector) for vector in vectors if vector is not None})
        if len(lengths) > 1:
            raise ShapeError(
                f"feature {name!r}",
                expected="vectors of one length",
                got=f"lengths {', '.join(map(str, lengths))}",
            )
        none = np.zeros(lengths[0], np.float32)
        filled = [none if vector is None else vector for vector in vectors]
        columns[name] = FeatureColumn(np.stack(filled), models.get(name))
    return columns
