"""Answers: cleaning, matches by the rules of several programs, types, and totals."""

from __future__ import annotations

import math

import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.metrics import AnswerRule, clean_answer, measure_answers, measure_ranked
from scenewright.metrics.language.answers import (
    ANSWERS_CHATSCENE,
    ANSWERS_CHATSCENE_SCANQA,
    ANSWERS_INST3DLMM,
    caption_references,
    clean_prediction,
    match_answer,
    scanqa_class,
    sqa3d_llm_match,
    sqa3d_type,
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("The Brown Desk.", "brown desk"),
        ("a 3", "three"),
        ("21", "21"),
        ("on  the letf", "on left"),
        ("TV stand", "TV stand"),
        ("tv2", "tv"),
        ("none", "zero"),
        ("the the lamp", "the lamp"),
        ("black/white", "blackwhite"),
        ("7 o' clock", "seven o'clock"),
        ("backwards", "backward"),
        ("lamp !", "lamp "),
        ("", ""),
    ],
)
def test_cleaning(text: str, cleaned: str) -> None:
    assert clean_answer(text) == cleaned


def test_cleaning_of_predictions_drops_one_stop_first() -> None:
    assert clean_answer("lamp .") == "lamp "
    assert clean_prediction("Lamp .") == "lamp"
    assert clean_prediction(".") == ""


def test_matches() -> None:
    assert match_answer("chair", ["chair"]) == (True, True)
    assert match_answer("brown chair", ["chair"]) == (False, True)
    assert match_answer("armchair", ["arm chair"]) == (False, True)
    assert match_answer("desk", ["chair"]) == (False, False)


def test_empty_strings_match_by_the_rule() -> None:
    for rule, empty_answer, empty_reference, both in (
        (AnswerRule(), (False, False), (False, False), (True, True)),
        (ANSWERS_CHATSCENE, (False, False), (False, True), (False, False)),
        (ANSWERS_INST3DLMM, (False, True), (False, True), (True, True)),
    ):
        assert match_answer("", ["chair"], rule=rule) == empty_answer
        assert match_answer("chair", [""], rule=rule) == empty_reference
        assert match_answer("", [""], rule=rule) == both


def test_totals_and_types() -> None:
    answers = ["Brown.", "two chairs", "yes", ""]
    references = [["brown"], ["2"], ["no"], ["left"]]
    scores = measure_answers(answers, references, types=["what", "how", "is", "is"])
    assert scores.all.exact == 0.25 and scores.all.refined == 0.5
    assert scores.types["how"].exact == 0 and scores.types["how"].refined == 1
    assert scores.types["is"].num_questions == 2
    assert scores.exact == (True, False, False, False)
    raw = measure_answers(["brown"], [["Brown."]], rule=ANSWERS_CHATSCENE_SCANQA)
    assert (raw.all.exact, raw.all.refined) == (0, 0)
    assert caption_references(["The desk\n", "A 2"]) == ["desk", "two"]


def test_types_of_questions() -> None:
    assert sqa3d_type("What is it?") == "what"
    assert sqa3d_type("Island or desk?") == "is"
    assert sqa3d_type("Island or desk?", whole_word=True) == "other"
    assert sqa3d_type("What's here?", whole_word=True) == "what"
    assert sqa3d_type("", whole_word=True) == "other"
    assert scanqa_class("What color is it?") == "Color"
    assert scanqa_class("what color is it?") == "Other"


def test_the_script_for_language_models_accepts_one_shared_word() -> None:
    assert sqa3d_llm_match("a brown desk", ["brown chair"])
    assert not sqa3d_llm_match("12", ["12"])  # only the answer becomes a word


def test_ranked_answers() -> None:
    result = measure_ranked([["red chair", "desk"], [""]], [["desk", "red lamp"], ["x"]])
    assert (result.top1, result.top10) == (0.0, 0.5)
    assert result.f_value == pytest.approx(0.25)


def test_bad_input() -> None:
    with pytest.raises(ShapeError, match="answers: expected at least one, got none"):
        measure_answers([], [])
    with pytest.raises(ShapeError, match="references: expected 1, one per answer, got 2"):
        measure_answers(["a"], [["a"], ["b"]])
    with pytest.raises(ShapeError, match="question 0: expected at least one answer, got none"):
        measure_ranked([[]], [["a"]])
    with pytest.raises(ConventionError, match="expected nothing, reference or all, got 'x'"):
        AnswerRule(empty="x")  # type: ignore[arg-type]


def test_a_type_without_questions_is_absent_and_not_zero() -> None:
    scores = measure_answers(["a"], [["a"]])
    assert scores.types == {} and not math.isnan(scores.all.exact)
