"""What questions are drawn from."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.language.drawing import QuestionDraw, is_held_out_pair
from scenewright.worlds.language.truth import read_truth
from tests.worlds.language.world_builders import make_boxes

TRUTH = read_truth(make_boxes())


def draw(seed: int = 0) -> QuestionDraw:
    return QuestionDraw(TRUTH, np.random.default_rng(seed), held_out=False)


def test_targets_have_the_wanted_number_of_objects() -> None:
    assert {draw(seed).target(least=2) for seed in range(30)} == {"chair", "mug"}
    assert draw().target(least=5) is None


def test_anchors_are_unique_and_different() -> None:
    for seed in range(10):
        pair = draw(seed).anchors(2)
        assert pair is not None and len(set(pair)) == 2
        assert {TRUTH.labels[row] for row in pair} <= {"desk", "sofa", "coffee table", "desk lamp"}
    assert draw().anchors(9) is None


def test_a_question_cites_ids_and_flags_held_out_pairs() -> None:
    made = draw().made("attribute", [1], target="chair", color="red")
    assert made.ids == (3,) and "red" in made.text and "chair" in made.text
    assert made.held_out_pair == is_held_out_pair("red", "chair")


def test_about_a_fifth_of_the_pairs_is_held_out() -> None:
    pairs = [is_held_out_pair(c, f"thing {i}") for c in ("red", "blue") for i in range(200)]
    assert 0.12 < np.mean(pairs) < 0.28
