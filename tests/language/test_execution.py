"""Programs are run step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.language.execution import MATCH, Execution
from scenewright.language.facts import read_facts
from scenewright.language.programs import (
    Extreme,
    HasColor,
    HasSize,
    OnSide,
    Phrase,
    Related,
    Viewer,
)
from tests.language.language_builders import make_room

CHAIRS = Phrase(text="chairs", name="chair", plural=True)


@pytest.fixture
def execution() -> Execution:
    return Execution(read_facts(make_room()))


def ids(execution: Execution, phrase: Phrase) -> list[int]:
    rows = execution.chosen(execution.scores(phrase), plural=phrase.plural)
    return [int(execution.facts.id[row]) for row in rows]


def with_(*conditions: object, name: str = "chair", plural: bool = True) -> Phrase:
    return Phrase(text=name, name=name, plural=plural, conditions=tuple(conditions))  # type: ignore[arg-type]


def test_conditions_narrow_the_choice(execution: Execution) -> None:
    assert ids(execution, CHAIRS) == [3, 4, 5]
    assert ids(execution, with_(HasColor("red"))) == [3, 5]
    assert ids(execution, with_(HasColor("red", negated=True))) == [4]
    assert ids(execution, with_(HasSize("large"))) == [5]
    assert ids(execution, with_(HasSize("small"), HasColor("red"))) == [3]


def test_superlatives_come_last_whatever_the_order(execution: Execution) -> None:
    phrase = with_(Extreme("volume", largest=True), HasColor("blue"))
    assert ids(execution, phrase) == [4]
    assert ids(execution, with_(Extreme("volume", largest=True, rank=9))) == []


def test_steps_and_reasons(execution: Execution) -> None:
    scores = execution.scores(with_(HasColor("green")))
    assert scores.max() < MATCH
    assert [step.text for step in execution.steps] == [
        "called chair: chair 3, chair 4, chair 5", "green: none",
    ]  # fmt: skip
    assert execution.reason == "There are 3 chairs, but none is green."
    execution.scores(CHAIRS)
    assert execution.reason == ""


def test_a_viewer_changes_left_and_right(execution: Execution) -> None:
    left = with_(Related("left", Phrase(text="desk", name="desk")))
    assert ids(execution, left) == [3]
    execution.look_from(Viewer(facing=Phrase(name="desk")))
    assert ids(execution, left) == [3]
    execution.look_from(Viewer(at=Phrase(ids=(5,)), facing=Phrase(name="desk")))
    assert execution.viewer.text == "chair 5, facing desk 2"
    assert ids(execution, with_(OnSide("left"), name="sofa")) == [8]
    assert ids(execution, with_(OnSide("front"), name="desk")) == [2]


def test_a_side_without_a_viewer_is_noted(execution: Execution) -> None:
    assert ids(execution, with_(OnSide("front"), name="sofa")) == [8]
    assert "need a viewer" in execution.notes[0]


def test_an_ambiguous_anchor_is_noted(execution: Execution) -> None:
    near = with_(Related("near", Phrase(text="the mug", name="mug")), name="desk", plural=False)
    assert ids(execution, near) == [2]
    assert execution.notes == ["3 objects may be 'the mug'; any of them counts."]


def test_sides_of_an_object_near_the_viewer_are_uncertain() -> None:
    facts = read_facts(make_room())
    centered = Execution(replace(facts, center=facts.middle[1, :2] + 0.3))
    centered.scores(with_(Related("left", Phrase(text="desk", name="desk"))))
    assert centered.notes == [
        "desk 2 is about where the viewer stands, so its sides are uncertain; name a viewer, as in "
        "'from the sofa, ...'."
    ]


def test_nothing_is_chosen_from_nothing(execution: Execution) -> None:
    assert execution.chosen(np.zeros(0), plural=True) == []
    assert execution.best(Phrase(name="unicorn")) is None
