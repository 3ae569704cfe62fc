"""Tables of instances: rows, columns, unknown counts, sources, candidate labels, features."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import (
    SOURCES,
    ConventionError,
    FeatureColumn,
    Instance,
    InstanceTable,
    ScenewrightError,
    ShapeError,
)
from tests.builders import assert_same_table, make_full_scene, make_instance, make_scene

COUNTS = st.none() | st.integers(0, 2**40)


def rows(counts: list[int | None], **changes: Any) -> list[Instance]:
    made = [replace(make_instance(i + 1), num_points=n) for i, n in enumerate(counts)]
    return [replace(row, **changes) for row in made]


@given(st.lists(COUNTS, min_size=1, max_size=6))
def test_counts_come_back_as_they_were(counts: list[int | None]) -> None:
    table = InstanceTable.from_rows(rows(counts))
    assert [row.num_points for row in table] == counts
    assert_same_table(InstanceTable.from_rows(list(table)), table)
    if None not in counts:
        assert table.num_points is not None and table.num_points.dtype == np.int64
    elif set(counts) == {None}:
        assert table.num_points is None
    else:
        assert table.num_points is not None and table.num_points.dtype == np.float64


def test_an_unknown_count_is_nan() -> None:
    table = InstanceTable.from_rows(rows([5, None, 7]))
    assert table.num_points is not None
    assert np.isnan(table.num_points.sum())
    assert table[table.num_points > 0].id.tolist() == [1, 3]
    assert table[table.num_points < 6].id.tolist() == [1]
    # A selection is stored in the simplest form that can hold it.
    known = table[np.array([0, 2])].num_points
    assert known is not None and known.dtype == np.int64
    assert table[1:2].num_points is None
    empty = table[:0].num_points
    assert empty is not None and empty.shape == (0,) and empty.dtype == np.int64


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"num_points": np.array([1, -2])}, ConventionError,
         "InstanceTable.num_points: expected 0 or more, got -2"),
        ({"num_frames": np.array([1.5, np.nan])}, ConventionError,
         "InstanceTable.num_frames: expected whole numbers, or NaN where unknown, got others"),
        ({"num_frames": np.array([np.inf, 1])}, ConventionError,
         "InstanceTable.num_frames: expected whole numbers, or NaN where unknown, got others"),
        ({"num_frames": np.array([1])}, ShapeError,
         "InstanceTable.num_frames: expected shape (2,), got (1,)"),
        ({"source": np.array(["observed", "dreamed"])}, ConventionError,
         "InstanceTable.source: expected one of observed, completed, generated, edited, got "
         "'dreamed'"),
        ({"source": np.array(["observed"])}, ShapeError,
         "InstanceTable.source: expected 2 words, got (1,)"),
        ({"label_scores": ({},)}, ShapeError,
         "InstanceTable.label_scores: expected 2 mappings, got 1"),
        ({"label_scores": ({"sofa": 0.5}, {})}, ConventionError,
         "label_scores of instance 1: expected the label to be the best word, 'sofa', got the "
         "label 'chair'"),
        ({"features": {"a/b": FeatureColumn(np.eye(2, dtype=np.float32))}}, ConventionError,
         "name of a feature column: expected 1 to 64 letters, digits, '_', '.' or '-', got 'a/b'"),
        ({"features": {"clip": FeatureColumn(np.eye(3, dtype=np.float32))}}, ShapeError,
         "InstanceTable.features['clip']: expected 2 rows, got 3"),
    ],
)  # fmt: skip
def test_invalid_columns(changes: dict[str, Any], error: type[ScenewrightError], text: str) -> None:
    table = InstanceTable.from_rows(rows([1, 2]))
    with pytest.raises(error) as caught:
        replace(table, **changes)
    assert str(caught.value) == text


def test_sources() -> None:
    table = InstanceTable.from_rows(
        [replace(make_instance(i + 1), source=source) for i, source in enumerate(SOURCES)]
    )
    assert table[table.source == "generated"].id.tolist() == [3]
    assert [row.source for row in table] == list(SOURCES)
    given_none = InstanceTable(
        table.id, table.score, table.label, table.center, table.size, table.rotation
    )
    assert given_none.source.tolist() == ["observed"] * 4
    assert given_none.num_points is None and given_none.num_frames is None


def test_candidates_are_sorted_and_follow_the_rows() -> None:
    scores = {"stool": 0.25, "chair": 0.5, "sofa": 0.125}
    table = InstanceTable.from_rows(
        [replace(make_instance(7, "chair"), label_scores=scores), make_instance(3, "")]
    )
    assert list(table.label_scores[0].items()) == [("chair", 0.5), ("stool", 0.25), ("sofa", 0.125)]
    assert dict(table[::-1].label_scores[0]) == {}
    assert dict(table.by_id(7).label_scores) == scores
    with pytest.raises(TypeError):
        table.label_scores[0]["chair"] = 1.0  # type: ignore[index]


def test_features_are_columns_by_name() -> None:
    one = np.array([1, 0, 0], np.float32)
    made = [
        replace(make_instance(1), features={"clip": one, "dino": np.array([0, 1], np.float32)}),
        replace(make_instance(2), features={"clip": -one}),
    ]
    table = InstanceTable.from_rows(made, feature_models={"clip": "embed/clip"})
    assert list(table.features) == ["clip", "dino"]
    assert table.feature_models() == {"clip": "embed/clip", "dino": None}
    assert table.features["dino"].known.tolist() == [True, False]
    assert table.row(1).features["clip"].tolist() == [-1, 0, 0]
    assert table[1:].features["clip"].model == "embed/clip"
    again = InstanceTable.from_rows(list(table), feature_models=table.feature_models())
    assert_same_table(again, table)
    made[1] = replace(made[1], features={"clip": np.array([1, 0], np.float32)})
    with pytest.raises(ShapeError) as caught:
        InstanceTable.from_rows(made)
    assert str(caught.value) == "feature 'clip': expected vectors of one length, got lengths 2, 3"


def test_an_unknown_id_is_refused_with_the_known_ones() -> None:
    many = InstanceTable.from_rows([make_instance(i) for i in range(30, 0, -1)])
    for table, known in (
        (InstanceTable.empty(), "none, since the table is empty"),
        (many[:2], "one of the ids 29, 30"),
        (many, f"one of the ids {', '.join(map(str, range(1, 21)))} and 10 more"),
    ):
        with pytest.raises(ConventionError) as caught:
            table.by_id(99)
        assert str(caught.value) == f"instance 99: expected {known}, got an id that none has"


def test_rows_come_back() -> None:
    rows = list(make_scene().instances)
    assert [row.id for row in rows] == [7, 12, 3]
    again = InstanceTable.from_rows(rows)
    assert_same_table(again, make_scene().instances)
    assert make_scene().instances.by_id(3).score == 1.0
    assert len(InstanceTable.empty()) == 0 and list(InstanceTable.empty()) == []


def test_indexing() -> None:
    assert make_scene().instances[make_scene().instances.score > 0.2].id.tolist() == [12, 3]
    assert make_scene().instances[np.array([2, 0])].label == ("", "chair")
    assert make_scene().instances[1:].id.tolist() == [12, 3]
    part = make_scene().instances[np.array([False, True, False])]
    assert part.features["masks"].vectors.shape == (1, 4)


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"id": np.array([7, 7, 3])}, ConventionError,
         "InstanceTable.id: expected each id once, got a repeated id"),
        ({"id": np.array([7, 0, 3])}, ConventionError,
         "InstanceTable.id: expected 1 or more, got 0"),
        ({"id": np.array([7, 2**31, 3])}, ShapeError,
         "InstanceTable.id: expected values that fit int32, got int64"),
        ({"label": ("a",)}, ShapeError, "InstanceTable.label: expected 3 words, got 1"),
        ({"score": np.array([0, 1, 1.5])}, ConventionError,
         "InstanceTable.score: expected values in [0, 1], got 0 to 1.5"),
        ({"score": np.array([0, 1, np.nan])}, ConventionError,
         "InstanceTable.score: expected finite values, got 1 that are NaN or infinite"),
        ({"size": -np.ones((3, 3))}, ConventionError,
         "InstanceTable.size: expected 0 or more, got -1"),
        ({"center": np.zeros((2, 3))}, ShapeError,
         "InstanceTable.center: expected shape (3, 3), got (2, 3)"),
        ({"rotation": np.zeros((3, 3, 3))}, ConventionError,
         "InstanceTable.rotation: expected a rotation (orthonormal, determinant +1), got a matrix "
         "that is 1 away from one. A hidden scale or a flipped axis is the usual cause."),
        ({"features": {"clip": FeatureColumn(np.eye(2, dtype=np.float32))}}, ShapeError,
         "InstanceTable.features['clip']: expected 3 rows, got 2"),
        ({"num_points": np.array([1, -2, 3])}, ConventionError,
         "InstanceTable.num_points: expected 0 or more, got -2"),
    ],
)  # fmt: skip
def test_invalid_tables_cannot_be_built(
    changes: dict[str, Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        replace(make_scene().instances, **changes)
    assert str(caught.value) == text


def test_roles() -> None:
    table = make_full_scene().instances
    assert table.role.tolist() == ["object", "surface", "object"]
    assert table.is_stuff.tolist() == [False, True, False]
    assert table[table.is_stuff].row(0).role == "surface"
    with pytest.raises(ConventionError, match=r"InstanceTable.role: expected one of object, floor"):
        replace(table, role=np.array(["object", "sky", "object"]))
    with pytest.raises(ShapeError, match="expected 3 words"):
        replace(table, role=np.array(["object"]))


def test_a_number_gives_an_instance_and_a_list_a_table() -> None:
    table = make_scene().instances
    first, last = table[0], table[-1]
    assert isinstance(first, Instance) and first.id == table.id[0] and last.id == table.id[-1]
    assert isinstance(table[np.int64(1)], Instance)
    assert table[[0, 2]].id.tolist() == table.id[[0, 2]].tolist()
    assert len(table[[]]) == 0
    chosen = np.array([True] + [False] * (len(table) - 1))
    assert table[chosen].id.tolist() == [first.id]
    with pytest.raises(IndexError, match=f"position 99 of a table of {len(table)} instances"):
        table[99]
