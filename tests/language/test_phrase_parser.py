"""Phrases are read as programs."""

from __future__ import annotations

import pytest

from scenewright.language.lexicon import Lexicon, split_words
from scenewright.language.phrase_parser import Reader, read_phrase, read_phrases, read_predicate
from scenewright.language.programs import HasName, Query, program_text


def reader(text: str, *, nested: bool = True) -> Reader:
    return Reader(Lexicon().terms(split_words(text)), nested)


def program(text: str, *, nested: bool = True) -> str:
    phrases = read_phrases(reader(text, nested=nested))
    return program_text(Query("find", phrases))[5:-1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the red chair", "filter(chair, red)"),
        ("the big red chairs", "filter(chair, large, red)"),
        ("a chair that is not red", "filter(chair, not(red))"),
        ("the mug on the table near the bed",
         "filter(mug, related(on, filter(table, related(near, filter(bed)))))"),
        ("the mug on the table and near the bed",
         "filter(mug, related(on, filter(table)), related(near, filter(bed)))"),
        ("the box between the bed and the sofa",
         "filter(box, related(between, filter(bed), filter(sofa)))"),
        ("the box between two chairs", "filter(box, related(between, filter(chair)))"),
        ("the closest red chair to the door", "filter(chair, red, related(nearest, filter(door)))"),
        ("the second chair from the door", "filter(chair, related(nearest, filter(door), 2))"),
        ("the third mug from the right", "filter(mug, argmin(left, 3))"),
        ("the table without a lamp on it", "filter(table, not(carries(on, filter(lamp))))"),
        ("the chair larger than the table", "filter(chair, larger(volume, filter(table)))"),
        ("the one that is blue", "filter(one, blue)"),
        ("the chair, the bed and the sofa", "filter(chair), filter(bed), filter(sofa)"),
        ("the chair or the red bed", "filter(chair), filter(bed, red)"),
        ("the chair not left of the bed", "filter(chair, not(related(left, filter(bed))))"),
    ],
)  # fmt: skip
def test_phrases(text: str, found: str) -> None:
    assert program(text) == found


def test_relations_of_the_first_noun() -> None:
    assert program("the mug on the table near the bed", nested=False) == (
        "filter(mug, related(on, filter(table)), related(near, filter(bed)))"
    )


def test_numbers_and_plurals() -> None:
    two = read_phrase(reader("the two chairs"))
    assert two is not None and two.number == 2 and two.plural
    one = read_phrase(reader("the chair"))
    assert one is not None and one.number is None and not one.plural
    every = read_phrase(reader("every chair"))
    assert every is not None and every.plural


def test_unknown_words_are_names_or_left_out() -> None:
    words = reader("the shiny chair")
    phrase = read_phrase(words)
    assert phrase is not None and phrase.name == "chair" and words.ignored == ["shiny"]
    unknown = read_phrase(reader("the unicorns"))
    assert unknown is not None and unknown.name == "unicorn" and unknown.plural


def test_what_means_no_object_is_no_phrase() -> None:
    assert read_phrase(reader("on the")) is None
    assert read_phrase(reader("")) is None
    assert read_phrases(reader("?")) == ()


def test_predicates() -> None:
    assert read_predicate(reader("a chair")) == HasName("chair")
    assert read_predicate(reader("not a chair")) == HasName("chair", negated=True)
    assert read_predicate(reader("?")) is None
