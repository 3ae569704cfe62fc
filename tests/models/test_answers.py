"""What models of language return: plain values, and the protocol of an opened scene."""

from __future__ import annotations

import dataclasses

import pytest

from scenewright.models.answers import (
    ANSWER_KINDS,
    NOTHING,
    Answer,
    AnswerStep,
    Caption,
    Grounding,
    SceneReader,
)


class Silent:
    """A model that never finds anything."""

    def ask(self, question: str, *, about: tuple[int, ...] = ()) -> Answer:
        return Answer(question, NOTHING, "Nothing matches.", "find", is_found=False)

    def ground(self, phrase: str, *, about: tuple[int, ...] = ()) -> Grounding:
        return Grounding(phrase, (), none=1.0)

    def caption(self, instance_id: int) -> Caption:
        return Caption(instance_id, "An object.", "the object")


def test_other_packages_can_write_a_reader() -> None:
    assert isinstance(Silent(), SceneReader)
    assert not isinstance(object(), SceneReader)
    answer = Silent().ask("the chair")
    assert answer.kind in ANSWER_KINDS and answer.ids == () and not answer.is_found
    assert Silent().caption(3).is_unique is None


def test_answers_are_frozen() -> None:
    for value in (AnswerStep("a", (1,)), Silent().ask("a"), Silent().ground("a")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            value.text = "b"  # type: ignore[misc, union-attr]
