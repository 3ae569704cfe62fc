"""Questions are read as programs; unreadable ones say why."""

from __future__ import annotations

import pytest

from scenewright.language.lexicon import Lexicon
from scenewright.language.programs import Query, program_text
from scenewright.language.question_parser import Unreadable, read_question

LEXICON = Lexicon()


def program(text: str) -> str:
    found = read_question(text, LEXICON)
    assert isinstance(found, Query), found
    return program_text(found)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("How many red mugs are on the table?",
         "count(filter(mug, red, related(on, filter(table))))"),
        ("Can you tell me how many chairs there are?", "count(filter(chair))"),
        ("Is there a mug on the table?", "exist(filter(mug, related(on, filter(table))))"),
        ("Do you see any books?", "exist(filter(book stack))"),
        ("What colour is the couch?", "color(filter(sofa))"),
        ("What is on the table?", "name(filter(any, related(on, filter(table))))"),
        ("What kind of object is #4?", "name(object(4))"),
        ("What is the mug on?", "name(filter(any, carries(on, filter(mug))))"),
        ("Which chair is red?", "find(filter(chair, red))"),
        ("Is the chair left of the desk red?",
         "verify(filter(chair, related(left, filter(desk))), red)"),
        ("Is the chair left of the desk?", "verify(filter(chair), related(left, filter(desk)))"),
        ("Are the chairs red?", "verify(filter(chair), red)"),
        ("Where is the bin?", "place(filter(bin))"),
        ("Where are the chairs?", "find(filter(chair))"),
        ("How high is the wardrobe?", "measure(filter(wardrobe), height)"),
        ("What is the width of the bed?", "measure(filter(bed), length)"),
        ("How far is the bed from the desk?", "distance(filter(bed), filter(desk))"),
        ("What is the distance between the bed and the desk?",
         "distance(filter(bed), filter(desk))"),
        ("Which is smaller, the bed or the sofa?", "compare(filter(bed), filter(sofa), volume)"),
        ("Describe the sofa.", "describe(filter(sofa))"),
        ("What objects are in the room?", "list(filter(any))"),
        ("Find all chairs", "find(filter(chair))"),
        ("What about the red one?", "find(filter(one, red))"),
    ],
)  # fmt: skip
def test_questions(question: str, found: str) -> None:
    assert program(question) == found


def test_viewers_are_taken_out_of_the_question() -> None:
    query = read_question("I am standing by the bed facing the door. What is on my left?", LEXICON)
    assert isinstance(query, Query)
    assert query.viewer.at is not None and query.viewer.at.name == "bed"
    assert query.viewer.facing is not None and query.viewer.facing.name == "door"
    assert program_text(query) == "name(filter(any, left))"
    plain = read_question("the chair left of the bed", LEXICON)
    assert isinstance(plain, Query) and plain.viewer.at is None and plain.viewer.facing is None


def test_a_phrase_is_not_taken_for_a_question() -> None:
    found = read_question("what is left of the bed", LEXICON, as_phrase=True)
    assert isinstance(found, Query) and found.kind == "find"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "The question is empty. Ask for example: how many chairs are there?"),
        ("a " * 201, "The question has 201 words, and I read at most 200."),
        ("Wo steht denn nun eigentlich dieser Stuhl?",
         "I could not read the question. I understand English questions about objects, their "
         "color, size, number and place."),
    ],
)  # fmt: skip
def test_unreadable_questions(question: str, reason: str) -> None:
    assert read_question(question, LEXICON) == Unreadable(reason)


def test_words_that_are_left_out_are_kept() -> None:
    found = read_question("the wooden chair", LEXICON)
    assert isinstance(found, Query) and found.ignored == ("wooden",)
