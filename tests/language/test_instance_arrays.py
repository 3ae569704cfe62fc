"""Objects of scenes as arrays."""

from __future__ import annotations

import numpy as np

from scenewright.language.facts import read_facts
from scenewright.language.instance_arrays import SHAPE_WIDTH, arrays_of_facts, object_rows
from tests.language.language_builders import make_room


def test_floor_is_left_out_and_names_are_groups() -> None:
    facts = read_facts(make_room())
    rows = object_rows(facts)
    assert 1 not in facts.id[rows] and len(rows) == len(facts) - 1
    arrays = arrays_of_facts(facts, rows)
    assert arrays.shape.shape == (len(rows), SHAPE_WIDTH)
    chairs = [row for row, one in enumerate(rows) if facts.names[one] == "chair"]
    assert len({int(arrays.group[row]) for row in chairs}) == 1
    assert len(set(arrays.group.tolist())) == 6
    low = arrays.center - arrays.size / 2
    assert np.allclose(arrays.room[0], low.min(axis=0), atol=1e-5)


def test_scenes_without_labels_or_objects() -> None:
    facts = read_facts(make_room(labels=False))
    arrays = arrays_of_facts(facts, object_rows(facts))
    assert (arrays.group == -1).all()
    none = arrays_of_facts(facts, np.zeros(0, np.intp))
    assert none.center.shape == (0, 3) and none.shape.shape == (0, SHAPE_WIDTH)
