"""Soft relations between boxes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.language.facts import SceneFacts, read_facts
from scenewright.language.relations import (
    Standpoint,
    between_scores,
    relation_scores,
    side_scores,
    support_score,
)
from tests.language.language_builders import boxes_only, make_room

ROWS = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7, 9: 8, 10: 9, 11: 10}
"""Row by id."""


@pytest.fixture(scope="module", params=["points", "boxes"])
def facts(request: pytest.FixtureRequest) -> SceneFacts:
    room = make_room()
    return read_facts(room if request.param == "points" else boxes_only(room))


def score(facts: SceneFacts, subject: int, relation: str, anchor: int) -> float:
    viewer = Standpoint(facts.center)
    return float(relation_scores(facts, relation, ROWS[anchor], viewer)[ROWS[subject]])


@pytest.mark.parametrize(
    ("subject", "relation", "anchor"),
    [
        (3, "left", 2), (4, "right", 2), (6, "on", 2), (9, "on", 10), (10, "under", 9),
        (9, "above", 10), (11, "near", 8), (5, "far", 2), (5, "front", 2), (6, "left", 7),
        (3, "same color", 5),
    ],
)  # fmt: skip
def test_relations_that_hold(facts: SceneFacts, subject: int, relation: str, anchor: int) -> None:
    if relation == "same color" and not facts.has_colors:
        pytest.skip("boxes have no colors")
    assert score(facts, subject, relation, anchor) > 0.4


@pytest.mark.parametrize(
    ("subject", "relation", "anchor"),
    [
        (3, "right", 2), (4, "left", 2), (6, "on", 10), (10, "on", 9), (2, "on", 6),
        (9, "under", 10), (5, "near", 2), (11, "far", 8), (5, "behind", 2), (2, "in", 8),
        (3, "same color", 4), (6, "left", 6), (3, "on", 2),
    ],
)  # fmt: skip
def test_relations_that_do_not_hold(
    facts: SceneFacts, subject: int, relation: str, anchor: int
) -> None:
    assert score(facts, subject, relation, anchor) < 0.4


def test_left_and_right_turn_with_the_viewer(facts: SceneFacts) -> None:
    behind = Standpoint(np.array([6.0, 0.0]))
    assert relation_scores(facts, "right", ROWS[2], behind)[ROWS[3]] > 0.4
    facing = Standpoint(facts.center, np.array([-1.0, 0.0]))
    assert relation_scores(facts, "right", ROWS[2], facing)[ROWS[3]] > 0.4


def test_things_stand_on_seats_and_boards_below_the_top() -> None:
    room = make_room()
    assert room.points is not None and room.points.instance_id is not None
    points = room.points.points.copy()
    seat = np.flatnonzero(room.points.instance_id == 5)[:100]
    points[seat, 2] = 0.45
    center = room.instances.center.copy()
    center[ROWS[9]] = (-3.0, 0.0, 0.51)
    moved = replace(
        room,
        points=replace(room.points, points=points),
        instances=replace(room.instances, center=center),
    )
    assert support_score(read_facts(moved), ROWS[9], ROWS[5]) > 0.4
    assert support_score(read_facts(boxes_only(moved)), ROWS[9], ROWS[5]) < 0.4


def test_between(facts: SceneFacts) -> None:
    scores = between_scores(facts, ROWS[3], ROWS[4])
    assert scores[ROWS[2]] > 0.9 and scores[ROWS[5]] < 0.1
    assert scores[ROWS[3]] == 0 == scores[ROWS[4]]


def test_sides_are_exclusive() -> None:
    offsets = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    scores = np.array([side_scores(offsets, s) for s in ("left", "right", "behind", "front")])
    assert (scores > 0.9).tolist() == np.eye(4, dtype=bool).tolist()
