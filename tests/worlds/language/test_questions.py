"""Questions about worlds: unambiguous, repeatable, and with right answers."""

from __future__ import annotations

from collections import Counter

import pytest

from scenewright.worlds.language.drawing import WorldQuestion, is_held_out_pair
from scenewright.worlds.language.questions import (
    FAMILIES_OF_QUESTIONS,
    GROUNDING_FAMILIES,
    make_questions,
    questions_hash,
)
from tests.worlds.language.world_builders import THINGS, make_boxes


@pytest.fixture(scope="module")
def questions() -> list[WorldQuestion]:
    return make_questions(make_boxes(), seed=1, per_family=40)


def ids_of(questions: list[WorldQuestion], text: str) -> tuple[int, ...]:
    (found,) = [one for one in questions if one.text == text]
    return found.ids


def test_the_same_seed_makes_the_same_questions() -> None:
    world = make_boxes()
    first, again = make_questions(world, seed=3), make_questions(world, seed=3)
    assert first == again and questions_hash(first) == questions_hash(again)
    other = make_questions(world, seed=4)
    assert questions_hash(first) != questions_hash(other)


def test_answers_of_a_known_world(questions: list[WorldQuestion]) -> None:
    assert ids_of(questions, "the red chair") == (3,)
    assert ids_of(questions, "the largest chair") == (4,)
    assert ids_of(questions, "the chair left of the desk") == (3,)
    assert ids_of(questions, "the mug on the sofa") == (7,)
    (count,) = [one for one in questions if one.text == "how many mugs are on the desk?"]
    assert count.answer == "1" and count.ids == (6,)
    (color,) = [one for one in questions if one.text == "what color is the sofa?"]
    assert color.answer == "green"


def test_phrases_have_no_answer_and_questions_have_one(questions: list[WorldQuestion]) -> None:
    for one in questions:
        assert (one.answer == "") == (one.family in GROUNDING_FAMILIES)
        zero = one.family.startswith("zero") or one.answer in ("0", "no")
        if one.family != "larger" and not one.family.startswith("verify"):
            assert (one.ids == ()) == zero, one
    sizes = {one.family: len(one.ids) for one in questions}
    assert sizes["attribute"] == 1


def test_texts_of_a_family_differ(questions: list[WorldQuestion]) -> None:
    counts = Counter((one.family, one.text) for one in questions)
    assert max(counts.values()) == 1
    families = {one.family for one in questions}
    assert {"attribute", "side", "on", "count on", "exist", "color", "nearest"} <= families
    assert families <= set(FAMILIES_OF_QUESTIONS)


def test_held_out_words_and_pairs() -> None:
    held = make_questions(make_boxes(), seed=1, per_family=10, held_out=True)
    assert held and all(one.held_out_wording for one in held)
    usual = make_questions(make_boxes(), seed=1, per_family=40)
    assert not {one.text for one in held} & {one.text for one in usual}
    pairs = [is_held_out_pair(color, "chair") for color in ("red", "blue", "green", "brown")]
    flagged = {one.text: one.held_out_pair for one in usual if one.text == "the red chair"}
    assert flagged == {"the red chair": pairs[0]}


def test_doubtful_answers_are_not_asked() -> None:
    twin = (30, "chair", (2.5, 2.2, 0.0), (0.5, 0.5, 0.9), (0.8, 0.1, 0.1), 1)
    found = make_questions(make_boxes((*THINGS, twin)), seed=1, per_family=40)
    texts = {one.text for one in found}
    assert "the red chair" not in texts  # two of them
    assert "the smallest chair" not in texts  # equally large


def test_some_families_only() -> None:
    found = make_questions(make_boxes(), families=("count",), per_family=3)
    assert {one.family for one in found} == {"count"} and 1 <= len(found) <= 3
