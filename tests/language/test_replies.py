"""Replies: short texts and sentences."""

from __future__ import annotations

import pytest

from scenewright.language.execution import Execution
from scenewright.language.facts import read_facts
from scenewright.language.lexicon import Lexicon
from scenewright.language.programs import Query
from scenewright.language.question_parser import read_question
from scenewright.language.replies import Reply, found_rows, reply_to
from tests.language.language_builders import make_room

FACTS = read_facts(make_room())


def reply(question: str) -> Reply:
    query = read_question(question, Lexicon(FACTS.labels))
    assert isinstance(query, Query)
    return reply_to(query, Execution(FACTS))


@pytest.mark.parametrize(
    ("question", "text", "sentence"),
    [
        ("the chairs", "chair 3, chair 4 and chair 5", "Chair 3, chair 4 and chair 5."),
        ("the two chairs", "chair 3, chair 4 and chair 5",
         "There are 3 instead of 2: chair 3, chair 4 and chair 5."),
        ("how many mugs?", "3", "3: mug 6, mug 7 and mug 9."),
        ("how many green chairs?", "0", "None. There are 3 chairs, but none is green."),
        ("is the desk brown?", "yes", "Yes: desk 2, brown."),
        ("are the chairs red?", "no", "Only some: chair 3 and chair 5."),
        ("is chair 5 the largest?", "yes", "Yes: chair 5, largest."),
        ("what color are the chairs?", "red and blue",
         "Chair 3 is red, chair 4 is blue and chair 5 is red."),
        ("how big is the desk?", "1.60 m",
         "Desk 2 is 1.60 m wide, 0.80 m deep and 0.80 m high."),
        ("what is the volume of the desk?", "1.024 cubic meters",
         "Desk 2 is 1.60 m wide, 0.80 m deep and 0.80 m high."),
        ("how far is the desk from the sofa?", "2.37 m", "Desk 2 is 2.37 m from sofa 8, box to "
         "box."),
        ("where is mug 9?", "on coffee table 10, to the right of chair 4 as seen from the "
         "middle of the room, 2.9 m away", None),
        ("which is higher, mug 6 or mug 9?", "mug", "Mug 6 is higher."),
    ],
)  # fmt: skip
def test_replies(question: str, text: str, sentence: str | None) -> None:
    found = reply(question)
    assert found.text == text
    assert sentence is None or found.sentence == sentence


def test_lists_count_equal_names() -> None:
    found = reply("what objects are there?")
    assert found.text == "bin, 3 x chair, coffee table, desk, 3 x mug, sofa"
    assert found.sentence.startswith("10 objects: bin, 3 x chair")
    assert len(found.rows) == 10


def test_a_phrase_without_objects_among_several_is_noted() -> None:
    query = read_question("how many chairs and how many pianos are there?", Lexicon(FACTS.labels))
    assert isinstance(query, Query)
    execution = Execution(FACTS)
    assert reply_to(query, execution).rows == (2, 3, 4)
    assert any("piano" in note for note in execution.notes)


def test_rows_of_several_phrases_are_listed_once() -> None:
    query = read_question("the chairs and the red chairs", Lexicon(FACTS.labels))
    assert isinstance(query, Query)
    assert found_rows(Execution(FACTS), query.subjects) == [2, 3, 4]
