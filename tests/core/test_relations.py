"""Tables of relations, and scenes that hold one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenewright.core import (
    ConventionError,
    Relation,
    RelationTable,
    ScenewrightError,
    ShapeError,
)
from tests.builders import make_scene

ROWS = [
    Relation(7, "on", 12, 0.75, 0.0),
    Relation(3, "beside", 7, 0.5),
    Relation(7, "beside", 3, 0.25, 0.125),
]


def table() -> RelationTable:
    return RelationTable.from_rows(ROWS)


def test_rows_come_back() -> None:
    assert list(table()) == ROWS and len(table()) == 3
    assert list(RelationTable.from_rows(list(table()))) == ROWS
    assert len(RelationTable.empty()) == 0 and list(RelationTable.empty()) == []
    without = RelationTable.from_rows(ROWS[1:2])
    assert without.distance is None and without.row(0).distance is None


def test_indexing() -> None:
    assert list(table()[table().score > 0.4]) == ROWS[:2]
    assert list(table()[table().predicate == "beside"]) == ROWS[1:]
    assert list(table()[np.array([2, 0])]) == [ROWS[2], ROWS[0]]
    assert list(table()[1:]) == ROWS[1:]
    assert list(table().of(12)) == ROWS[:1] and list(table().of(3)) == ROWS[1:]
    assert len(table().of(99)) == 0


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"subject": np.array([0, 3, 7])}, ConventionError,
         "RelationTable.subject: expected ids of 1 or more, got 0"),
        ({"object": np.array([12, 7])}, ShapeError,
         "RelationTable.object: expected shape (3,), got (2,)"),
        ({"object": np.array([7, 12, 3])}, ConventionError,
         "RelationTable: expected two instances per relation, got 7 twice"),
        ({"predicate": np.array(["on", "", "beside"])}, ConventionError,
         "RelationTable.predicate: expected words, got an empty one"),
        ({"predicate": np.array([1, 2, 3])}, ShapeError,
         "RelationTable.predicate: expected 3 words, got (3,) int64"),
        ({"score": np.array([0, 1, 2])}, ConventionError,
         "RelationTable.score: expected values in [0, 1], got 0 to 2"),
        ({"distance": np.array([0, -1, np.nan])}, ConventionError,
         "RelationTable.distance: expected 0 m or more, got -1 m"),
        ({"distance": np.array([0, np.inf, np.nan])}, ConventionError,
         "RelationTable.distance: expected finite values, got 1 that are NaN or infinite"),
        ({"subject": np.array([7, 7, 7]), "object": np.array([12, 3, 3])}, ConventionError,
         "RelationTable: expected each relation once, got 7 beside 3 twice"),
    ],
)  # fmt: skip
def test_invalid_tables_cannot_be_built(
    changes: dict[str, Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        replace(table(), **changes)
    assert str(caught.value) == text


def test_relations_are_of_instances_of_the_scene() -> None:
    scene = replace(make_scene(), relations=table())
    assert scene.relations is not None and len(scene.relations) == 3
    with pytest.raises(ConventionError) as caught:
        replace(scene, relations=RelationTable.from_rows([Relation(7, "on", 99)]))
    assert str(caught.value) == (
        "Scene.relations: expected ids of the instance table, got unknown ids [99]"
    )
