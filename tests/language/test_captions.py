"""Descriptions of objects."""

from __future__ import annotations

import pytest

from scenewright.language.captions import describe_row, place_of, supporter
from scenewright.language.facts import read_facts
from tests.language.language_builders import boxes_only, make_room

FACTS = read_facts(make_room())
ROW = {int(number): row for row, number in enumerate(FACTS.id)}


def test_class_color_size_and_place() -> None:
    found = describe_row(FACTS, ROW[5])
    assert found.text.startswith("This is a large red chair, 1.20 m high. It is on the floor, ")
    assert found.phrases[:2] == ("the chair", "the red chair")
    assert "the largest chair" in found.phrases


@pytest.mark.parametrize(("number", "support"), [(6, 2), (9, 10), (8, None), (2, None)])
def test_what_an_object_stands_on(number: int, support: int | None) -> None:
    found = supporter(FACTS, ROW[number])
    assert found == (None if support is None else ROW[support])


def test_the_place_cites_the_objects_that_it_names() -> None:
    text, rows = place_of(FACTS, ROW[6])
    assert text.startswith("on desk 2, ")
    assert [int(FACTS.id[row]) for row in rows] == [2, 7]


def test_objects_without_names_and_colors() -> None:
    facts = read_facts(boxes_only(make_room(labels=False)))
    assert describe_row(facts, ROW[8]).text.startswith("This is a large object, 0.80 m high.")


def test_the_floor_does_not_stand_on_itself() -> None:
    found = describe_row(FACTS, ROW[1])
    assert found.text == "This is a white floor. It is a part of the room."
    assert found.rows == ()
    assert place_of(FACTS, ROW[1]) == ("a part of the room", [])


def test_a_wall_keeps_its_height() -> None:
    facts = read_facts(make_room(renamed={8: "wall"}))
    row = facts.labels.index("wall")
    assert describe_row(facts, row).text.endswith("wall, 0.80 m high. It is a part of the room.")


def test_a_single_object() -> None:
    facts = read_facts(make_room(without=tuple(range(1, 11))))
    assert place_of(facts, 0) == ("on the floor", [])
