"""Vectors of objects and phrases: products tell how well they fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.language.facts import SceneFacts, read_facts
from scenewright.language.finding.descriptors import (
    DIM,
    Wanted,
    describe_rows,
    fits,
    name_direction,
    wanted,
)
from scenewright.language.lexicon import Lexicon
from scenewright.language.question_parser import read_question
from tests.builders import known
from tests.language.language_builders import make_room


@pytest.fixture(scope="module")
def facts() -> SceneFacts:
    return read_facts(make_room(renamed={8: "corner sofa", 4: "garden chair"}))


def told(phrase: str) -> Wanted:
    query = read_question(phrase, Lexicon(["garden chair"]), as_phrase=True)
    return wanted(query.subjects[0])  # type: ignore[union-attr]


def test_products_agree_with_programs(facts: SceneFacts) -> None:
    vectors = describe_rows(facts)
    assert vectors.shape == (len(facts), DIM) and vectors.dtype == np.float32
    for name in ("chair", "seat", "furniture", "sofa", "mug", "vessel", "garden chair", "piano"):
        found = fits(vectors, Wanted(name))
        assert np.abs(found - facts.named(name)).max() < 0.35, name
        assert ((found >= 0.4) == (facts.named(name) >= 0.4)).all(), name


def test_colors_and_sizes_are_columns(facts: SceneFacts) -> None:
    vectors = describe_rows(facts)
    red = fits(vectors, told("red chairs"))
    assert set(facts.id[red > 0.5].tolist()) == {3, 5}
    large = fits(vectors, told("a large red chair"))
    assert facts.id[large.argmax()] == 5 and large.max() > 0.5
    assert told("the chair that is not red").colors == ()


def test_one_vector_ranks_like_the_parts(facts: SceneFacts) -> None:
    vectors = describe_rows(facts)
    for phrase in ("red chairs", "the blue sofa", "green bin"):
        one = told(phrase)
        products = vectors @ one.vector
        assert known(one.vector.any()) and products.argmax() == fits(vectors, one).argmax()
    assert not Wanted(None).vector.any()


def test_other_candidates_count_in_part(facts: SceneFacts) -> None:
    unsure = tuple({"chair": 0.7, "stool": 0.2} if i == 3 else {} for i in facts.id.tolist())
    changed = replace(facts, candidates=unsure, _matches={})
    row = int(np.flatnonzero(facts.id == 3)[0])
    vectors = describe_rows(changed)
    for name, score in (("chair", 0.7), ("stool", 0.2), ("seat", 0.9)):
        assert changed.named(name)[row] == pytest.approx(score)
        assert fits(vectors, Wanted(name))[row] == pytest.approx(score, abs=0.2)


def test_directions_are_those_of_the_word() -> None:
    assert np.array_equal(name_direction("chair"), name_direction("chair"))
    assert abs(name_direction("chair") @ name_direction("mug")) < 0.3
    assert name_direction("garden chair") @ name_direction("chair") > 0.4
