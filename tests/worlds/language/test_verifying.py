"""Questions of yes and no: right, about both answers, and free of doubt."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from scenewright.worlds.language.questions import make_questions
from tests.worlds.language.world_builders import THINGS, make_boxes

FAMILIES = ("exist side", "verify color", "verify on", "verify side", "verify near", "verify all")


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    found: dict[str, str] = {}
    for seed in range(4):
        for one in make_questions(make_boxes(), seed=seed, per_family=40, families=FAMILIES):
            assert found.get(one.text, one.answer) == one.answer
            found[one.text] = one.answer
    return found


def test_known_answers(answers: dict[str, str]) -> None:
    colored = {
        text: answer
        for text, answer in answers.items()
        if text.startswith("is the") and "sofa" in text and not re.search("desk|lamp|table", text)
    }
    assert len(colored) >= 3
    for text, answer in colored.items():
        assert (answer == "yes") == ("green" in text), text
    assert answers["is there a chair left of the desk?"] == "yes"
    assert set(answers.values()) == {"yes", "no"}


def test_neither_answer_is_rare() -> None:
    counts: Counter[str] = Counter()
    for seed in range(6):
        for one in make_questions(
            make_boxes(), seed=seed, per_family=1, families=("verify color", "exist side")
        ):
            counts[one.answer] += 1
    assert min(counts["yes"], counts["no"]) >= 2, counts


def test_ids_are_those_that_are_asked_about() -> None:
    for one in make_questions(make_boxes(), seed=1, per_family=9, families=FAMILIES):
        if one.family.startswith("verify"):
            assert one.ids
        else:
            assert bool(one.ids) == (one.answer == "yes")


def test_some_are_not_all() -> None:
    texts = {
        one.text: one.answer
        for seed in range(8)
        for one in make_questions(
            make_boxes(THINGS), seed=seed, per_family=30, families=("verify all",)
        )
    }
    # One of the two mugs stands on the desk.
    assert texts.get("are all mugs on the desk?", "no") == "no"
    assert "are the mugs on the desk?" not in texts
