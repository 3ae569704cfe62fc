"""Answers without a scene."""

from __future__ import annotations

import pytest

from scenewright.core import ShapeError
from scenewright.metrics.language.blind import BlindModel

QUESTIONS = ["is the door open", "is the lamp on", "how many chairs are there", "how many beds",
             "how many doors are there", "what color is the bed"]  # fmt: skip
ANSWERS = ["yes", "yes", "two", "one", "two", "brown"]


def test_words_lead_to_answers() -> None:
    model = BlindModel(QUESTIONS, ANSWERS)
    assert model.answer("is the window open") == "yes"
    assert model.answer("how many windows are there") == "two"
    assert model.answer("what color is the sofa") == "brown"


def test_unknown_words_lead_to_the_most_frequent_answer() -> None:
    model = BlindModel([*QUESTIONS, "hm"], [*ANSWERS, "two"])
    assert model.majority == "two" == model.answer("zzz") == model.answer("")


def test_nothing_to_learn_from() -> None:
    with pytest.raises(ShapeError, match="questions to learn from: expected as many answers as"):
        BlindModel([], [])
    with pytest.raises(ShapeError, match="got 1 and 2"):
        BlindModel(["a"], ["b", "c"])
