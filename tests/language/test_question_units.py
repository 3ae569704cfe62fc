"""Questions as units, and the objects that these fit."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core.color_names import COLOR_WORDS
from scenewright.language.lexicon import Lexicon
from scenewright.language.question_units import UnitObjects, match_units, name_scores, read_units

NAMES = ["sofa", "coffee table", "table", "mug"]


def objects() -> UnitObjects:
    colors = np.zeros((4, 12))
    colors[0, COLOR_WORDS.index("red")] = 0.8
    colors[0, COLOR_WORDS.index("brown")] = 0.2
    return UnitObjects(np.array([3, 5, 6, 9]), name_scores(NAMES), colors, np.ones(4, bool))


def texts(text: str) -> list[str]:
    return [unit.text for unit in read_units(text, Lexicon(NAMES))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("how many mugs are there?", "count the mugs"),
        ("Is there a red sofa?", "please, do you see a red sofa"),
        ("the mug closest to the sofa", "the mug nearest the sofa"),
        ("the mug in front of the sofa", "the mug at the front of the sofa"),
        ("the biggest mug", "the largest mug"),
        ("which one is larger, the mug or the sofa?", "which is larger, the mug or the sofa?"),
        ("Is there any armchair?", "is there an armchair"),
        ("the table with a mug on it", "the table that has a mug on it"),
    ],
)  # fmt: skip
def test_words_of_the_same_meaning_are_one_unit(one: str, other: str) -> None:
    first, second = (
        [text for text in texts(each) if text not in ("are", "there", "to", "the")]
        for each in (one, other)
    )
    assert first == second


def test_names_fit_objects_and_wider_names_more() -> None:
    units = read_units("the tables next to the couch", Lexicon(NAMES))
    fits = match_units(units, objects())
    named = {unit.text: fits[row].tolist() for row, unit in enumerate(units) if unit.kind == "name"}
    assert named == {"tables": [0, 1, 1, 0], "couch": [1, 0, 0, 0]}
    assert [unit.plural for unit in units if unit.kind == "name"] == [True, False]
    (narrow,) = match_units(read_units("coffee table", Lexicon(NAMES)), objects())
    assert narrow.tolist() == [0, 1, 0, 0]


def test_colors_ids_and_pronouns_fit_objects() -> None:
    units = read_units("red #9 it", Lexicon())
    fits = match_units(units, objects(), about=(5,))
    assert fits.tolist() == [[1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0]]
    (brown,) = match_units(read_units("brown", Lexicon()), objects())
    assert brown[0] == pytest.approx(0.25)


@pytest.mark.parametrize("text", ["", "?", " .,", "please"])
def test_nothing_is_read_from_nothing(text: str) -> None:
    assert read_units(text, Lexicon()) == []
