"""Words by number, and bytes of unknown ones."""

from __future__ import annotations

from scenewright.language.lexicon import Lexicon
from scenewright.language.question_units import read_units
from scenewright.language.vocabulary import (
    ANSWERS,
    FIRST_COLOR,
    FIRST_COUNT,
    START,
    UNKNOWN,
    Vocabulary,
    byte_grams,
    kind_ids,
)


def test_words_have_numbers_and_others_have_bytes() -> None:
    words = Vocabulary(["the", "wooden"])
    units = read_units("the wooden chair woodland", Lexicon())
    assert words.ids(units).tolist() == [START, 2, 3, UNKNOWN, UNKNOWN]
    assert [words.knows(unit) for unit in units] == [True, True, True, False]
    assert kind_ids(units).tolist() == [0, 1, 1, 3, 1]
    grams = byte_grams(units)
    known, other = (set(grams[row].tolist()) - {-1} for row in (2, 4))
    assert len(known & other) == 3  # "<wo", "woo", "ood"
    assert (grams[[0, 3]] == -1).all()


def test_unknown_words_that_say_nothing_are_left_out() -> None:
    units = read_units("the chair which is coloured wooden", Lexicon())
    assert [unit.text for unit in Vocabulary(["is"]).heard(units)] == [
        "the",
        "chair",
        "is",
        "wooden",
    ]


def test_answers_have_their_places() -> None:
    assert ANSWERS[FIRST_COUNT : FIRST_COUNT + 3] == ("0", "1", "2")
    assert ANSWERS[FIRST_COLOR] == "red" and len(set(ANSWERS)) == len(ANSWERS)
