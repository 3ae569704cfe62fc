"""What is clear, and what is doubtful."""

from __future__ import annotations

import pytest

from scenewright.worlds.language.truth import ranked, read_truth
from tests.worlds.language.world_builders import BLUE, BROWN, RED, THINGS, Thing, make_boxes

TRUTH = read_truth(make_boxes())
ROW = {int(number): row for row, number in enumerate(TRUTH.id)}


def test_the_shell_is_left_out() -> None:
    assert TRUTH.id.tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    assert TRUTH.viewer == pytest.approx([0, 0])


def test_names() -> None:
    assert [int(TRUTH.id[row]) for row in TRUTH.named("chair")] == [3, 4]
    assert [int(TRUTH.id[row]) for row in TRUTH.named("table")] == [8]
    assert [int(TRUTH.id[row]) for row in TRUTH.unique()] == [2, 5, 8, 9]


def test_a_plant_pot_is_no_pot() -> None:
    pots: tuple[Thing, ...] = (
        *THINGS,
        (20, "plant pot", (0.2, 3.0, 0.0), (0.3, 0.3, 0.5), RED, 1),
        (21, "pot", (1.2, 3.0, 0.0), (0.3, 0.3, 0.2), RED, 1),
    )
    truth = read_truth(make_boxes(pots))
    assert [int(truth.id[row]) for row in truth.named("pot")] == [21]
    assert [int(truth.id[row]) for row in truth.named("plant pot")] == [20]


def test_colors() -> None:
    assert TRUTH.has_color(ROW[3], "red") is True
    assert TRUTH.has_color(ROW[3], "blue") is False
    assert TRUTH.color(ROW[2]) == "brown"


def test_sizes() -> None:
    assert TRUTH.is_larger(ROW[4], ROW[3]) is True
    assert TRUTH.is_larger(ROW[3], ROW[4]) is False
    assert TRUTH.is_larger(ROW[6], ROW[7]) is None
    assert TRUTH.is_taller(ROW[2], ROW[5]) is None
    assert TRUTH.is_taller(ROW[4], ROW[2]) is True


def test_distances_and_sides() -> None:
    assert TRUTH.is_nearer(ROW[3], ROW[4], anchor=ROW[8]) is True
    assert TRUTH.is_nearer(ROW[3], ROW[4], anchor=ROW[2]) is None
    assert TRUTH.is_on_side(ROW[3], "left", anchor=ROW[2]) is True
    assert TRUTH.is_on_side(ROW[3], "right", anchor=ROW[2]) is False
    assert TRUTH.is_on_side(ROW[5], "front", anchor=ROW[2]) is None  # 5 m away
    middle: tuple[Thing, ...] = (*THINGS, (20, "stool", (0.2, 0.0, 0.0), (0.4, 0.4, 0.4), RED, 1))
    near = read_truth(make_boxes(middle))
    assert near.is_on_side(0, "left", anchor=len(near.id) - 1) is None  # no clear direction


def test_supports() -> None:
    stacked: tuple[Thing, ...] = (*THINGS, (20, "box", (-2.5, 0.4, 0.9), (0.1, 0.1, 0.1), BLUE, 7))
    truth = read_truth(make_boxes(stacked))
    row = {int(number): one for one, number in enumerate(truth.id)}
    assert truth.is_on(row[7], row[5]) is True
    assert truth.is_on(row[20], row[7]) is True
    assert truth.is_on(row[20], row[5]) is None
    assert truth.is_on(row[6], row[5]) is False


def test_detours() -> None:
    assert TRUTH.detour(ROW[2], ROW[3], ROW[4]) == pytest.approx(0)
    assert TRUTH.detour(ROW[5], ROW[3], ROW[4]) > 5


def test_orders_are_clear_or_none() -> None:
    assert ranked([1, 3, 2], lambda a, b: a > b) == [3, 2, 1]
    assert ranked([1, 3, 3], lambda a, b: None if a == b else a > b) is None
    assert ranked([], lambda a, b: True) == []
    assert BROWN != BLUE
