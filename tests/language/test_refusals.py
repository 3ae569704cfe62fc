"""Texts that are not answered, since a word was not understood."""

from __future__ import annotations

import pytest

from scenewright.language._refusals import may_be_missing, refusal, text_fault
from scenewright.language.programs import Phrase, Query, Related

CHAIRS = Query("count", (Phrase(name="chair", plural=True),))


def test_negative_numbers_are_no_ids() -> None:
    fault = text_fault(["chair", "-3"], as_phrase=False)
    assert fault == "There is no object -3: ids are whole numbers from 0."
    assert text_fault(["chair", "3", "t-shirt"], as_phrase=False) == ""


def test_empty_and_endless_texts_are_refused() -> None:
    assert text_fault([], as_phrase=True).startswith("The phrase is empty")
    assert text_fault([], as_phrase=False).startswith("The question is empty")
    assert "10,000 words" in text_fault(["chair"] * 10_000, as_phrase=False)


@pytest.mark.parametrize(
    ("text", "length"),
    [("taller than 1 meter", "1 meter"), ("within 2 m of it", "2 m"), ("under 1.5m", "1.5m"),
     ("a meter away", "a meter"), ("three feet away", "three feet"), ("over 90 cm", "90 cm")],
)  # fmt: skip
def test_lengths_are_refused(text: str, length: str) -> None:
    reason = refusal(CHAIRS, text.split(), is_question=True)
    assert reason.startswith(f"I did not understand '{length}': I cannot compare with lengths.")


def test_words_may_be_left_out_of_phrases_but_not_of_questions() -> None:
    query = Query("find", (Phrase(name="chair"),), ignored=("wooden", "old"))
    words = ["the", "wooden", "old", "chair"]
    assert refusal(query, words, is_question=False) == ""
    assert refusal(query, words, is_question=True) == (
        "I did not understand 'wooden', 'old', so I cannot answer. Ask without it, or in other "
        "words."
    )
    assert refusal(CHAIRS, ["how", "many", "chairs"], is_question=True) == ""


def test_and_is_refused_where_it_is_open_what_it_joins() -> None:
    table = Phrase(name="table", text="the table")
    mugs = Phrase(name="mug", conditions=(Related("on", table),))
    words = ["mugs", "on", "the", "table", "and", "the", "sofa"]
    assert "'and'" in refusal(Query("count", (mugs, table)), words, is_question=True)
    assert refusal(Query("count", (table, mugs)), words, is_question=True) == ""


def test_only_what_is_not_presumed_may_be_missing() -> None:
    assert may_be_missing(Phrase("a lamp", name="table lamp"))
    assert may_be_missing(Phrase("lamps", name="table lamp", plural=True))
    assert not may_be_missing(Phrase("the lamp", name="table lamp"))
    assert not may_be_missing(Phrase("a unicorn", name="unicorn"))
    assert not may_be_missing(Phrase("object 3", ids=(3,)))


def test_what_means_nothing_is_named_rather_than_what_could_not_be_placed() -> None:
    words = ["is", "the", "chair", "fancy", "and", "red"]
    query = Query("verify", (Phrase(name="chair"),), ignored=("fancy", "red"))
    reason = refusal(query, words, is_question=True, unknown={"fancy"})
    assert reason.startswith("I did not understand 'fancy', so")
    words = ["find", "the", "most", "fancy", "chair"]
    reason = refusal(CHAIRS, words, is_question=False, unknown={"most", "fancy"})
    assert reason.startswith("I did not understand 'most fancy', so")
    assert refusal(CHAIRS, words, is_question=False) == ""
