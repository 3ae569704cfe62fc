"""Soft colors and sizes."""

from __future__ import annotations

import pytest

from scenewright.language.attributes import color_scores, size_scores
from scenewright.language.facts import read_facts
from tests.language.language_builders import boxes_only, make_room

FACTS = read_facts(make_room())
ROW = {int(number): row for row, number in enumerate(FACTS.id)}


def test_colors() -> None:
    scores = color_scores(FACTS, "red")
    assert scores[ROW[3]] > 0.9 and scores[ROW[4]] < 0.1
    assert not color_scores(read_facts(boxes_only(make_room())), "red").any()


@pytest.mark.parametrize(("size", "fits"), [("large", 5), ("tall", 5), ("small", 3), ("short", 3)])
def test_sizes_of_chairs(size: str, fits: int) -> None:
    scores = size_scores(FACTS, size)
    assert scores[ROW[fits]] > 0.8
    assert scores[ROW[5 if fits == 3 else 3]] < 0.2


def test_the_only_object_of_a_name_is_neither_tall_nor_short() -> None:
    assert size_scores(FACTS, "tall")[ROW[2]] == pytest.approx(0.5)
    assert size_scores(FACTS, "narrow")[ROW[2]] == pytest.approx(0.5)
