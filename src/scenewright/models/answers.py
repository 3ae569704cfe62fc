"""What models of language return about a scene: answers, groundings and captions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

ANSWER_KINDS = (
    "find", "count", "exist", "verify", "color", "name", "measure", "distance", "place",
    "describe", "compare", "list", "unclear",
)  # fmt: skip
"""What was asked for; ``unclear``: the question could not be read."""
NOTHING = "nothing matches"
"""Short answer if no object is meant."""


@dataclass(frozen=True)
class AnswerStep:
    """One step of the way to an answer.

    Attributes:
        text: What was done, and what was found.
        ids: The objects that are left after it.
    """

    text: str
    ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    Attributes:
        question: The question.
        text: Short answer, such as ``"2"``, ``"yes"``, ``"brown"`` or ``"chair 7"``.
        sentence: The answer as a sentence that names the objects.
        kind: One of `ANSWER_KINDS`.
        ids: The objects that the answer cites, the best first; empty if none matches.
        steps: How it was found.
        notes: What was assumed, or left out.
        is_found: False if nothing matches or the question could not be read.
        anchors: Other objects that the question names, such as the desk of ``left of the desk``.
    """

    question: str
    text: str
    sentence: str
    kind: str
    ids: tuple[int, ...] = ()
    steps: tuple[AnswerStep, ...] = ()
    notes: tuple[str, ...] = ()
    is_found: bool = True
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True)
class Grounding:
    """The objects that a phrase means.

    Attributes:
        phrase: The phrase.
        ids: The objects that are meant, the best first; empty if none is.
        probabilities: By id, how likely each is meant; best first, those of nearly 0 left out.
        none: How likely no object is meant.
        sentence: The result as a sentence.
        steps: How it was found.
        notes: What was assumed, or left out.
        anchors: Other objects that the phrase names.
    """

    phrase: str
    ids: tuple[int, ...]
    probabilities: Mapping[int, float] = field(default_factory=dict)
    none: float = 0.0
    sentence: str = ""
    steps: tuple[AnswerStep, ...] = ()
    notes: tuple[str, ...] = ()
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True)
class Caption:
    """The description of one object.

    Attributes:
        id: The object.
        text: One or two sentences.
        phrase: The object as a phrase, such as ``"the brown chair left of the desk"``.
        is_unique: Whether the phrase means this object alone; None = unknown.
        ids: Other objects that the text names.
    """

    id: int
    text: str
    phrase: str
    is_unique: bool | None = None
    ids: tuple[int, ...] = ()


@runtime_checkable
class SceneReader(Protocol):
    """One scene, opened by a model of language."""

    def ask(self, question: str, *, about: tuple[int, ...] = ()) -> Answer:
        """Answers a question.

        Args:
            question: The question, in words.
            about: Objects that were talked about before, which ``it`` and ``them`` stand for.
        """
        ...

    def ground(self, phrase: str, *, about: tuple[int, ...] = ()) -> Grounding:
        """Finds the objects that a phrase means; arguments as in `ask`."""
        ...

    def caption(self, instance_id: int) -> Caption:
        """Describes one object.

        Raises:
            ConventionError: No object has this id.
        """
        ...
