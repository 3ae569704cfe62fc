"""Finds the objects that a phrase means in many scenes.

The vectors tell which objects fit the words about them alone, and so how good a scene can be at
most; the programs of `lm/symbolic` then run on the best scenes, so that what is found really is as
the phrase says. Scenes that cannot be better than what was found are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.core.wording import counted
from scenewright.language.execution import MATCH, Execution
from scenewright.language.finding.descriptors import (
    DIM,
    NAME_DIM,
    Wanted,
    fits,
    name_direction,
    wanted,
)
from scenewright.language.finding.engines import ApproximateEngine, EngineName
from scenewright.language.finding.packing import SceneEntry
from scenewright.language.lexicon import Lexicon
from scenewright.language.programs import Carries, Compared, Phrase, Query, Related
from scenewright.language.question_parser import Unreadable, read_question
from scenewright.language.replies import ground_query

_LEAST_BOUND = 0.25
"""Fit from which an object may be meant: below `MATCH`, since products of different words are not
exactly 0."""
_CLOSE_CALL = 0.1
"""A scene that can be better than the found ones by at most this is not looked at."""
_CANDIDATES = 4000
"""Objects that an approximate engine returns."""


@dataclass(frozen=True)
class FoundObject:
    """One object.

    Attributes:
        scene: Path of its scene.
        id: Its id there.
        label: Its label; "" = unknown.
        score: How well it fits, 0 to 1.
        why: What was checked, in words.
        anchors: Ids of the other objects that the phrase names.
    """

    scene: str
    id: int
    label: str
    score: float
    why: str
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True)
class FoundObjects:
    """What a phrase means in many scenes.

    Attributes:
        phrase: The phrase.
        objects: The objects, the best first.
        sentence: The result as a sentence.
        notes: What was assumed, or left out.
        num_scenes: Scenes that were searched.
        num_objects: Objects in them.
        num_checked: Scenes in which the programs were run.
    """

    phrase: str
    objects: tuple[FoundObject, ...]
    sentence: str
    notes: tuple[str, ...] = ()
    num_scenes: int = 0
    num_objects: int = 0
    num_checked: int = 0


class SceneSearch:
    """Many scenes, opened for phrases.

    Args:
        entries: The scenes.
        engine: ``exact``, or ``approximate`` for very many objects.

    Attributes:
        entries: The scenes.

    Raises:
        MissingExtraError: The approximate engine is not installed.
    """

    def __init__(self, entries: Sequence[SceneEntry], *, engine: EngineName = "exact") -> None:
        self.entries = tuple(entries)
        parts = [np.zeros((0, DIM), np.float32), *(one.vectors for one in self.entries)]
        self._vectors = np.concatenate(parts)
        self._is_object = np.concatenate(
            [np.zeros(0, bool), *(one.facts.is_object for one in self.entries)]
        )
        self._first = np.cumsum([0, *(len(one.facts) for one in self.entries)])
        self._names, self._names_of = _distinct(self._vectors[:, :NAME_DIM])
        self._engine = None if engine == "exact" else ApproximateEngine(self._vectors)
        labels = dict.fromkeys(label for one in self.entries for label in one.facts.labels)
        self._lexicon = Lexicon(labels)
        self._num_objects = int(self._is_object.sum())

    def read(self, phrase: str) -> Query | Unreadable:
        """The program of a phrase.

        Raises:
            ConventionError: It is no text.
        """
        if not isinstance(phrase, str):
            raise ConventionError("A phrase", expected="text", got=type(phrase).__name__)
        return read_question(phrase, self._lexicon, as_phrase=True)

    def find(
        self,
        phrase: str,
        *,
        top: int = 10,
        names: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> FoundObjects:
        """Finds the objects that a phrase means, in each scene by itself.

        Args:
            phrase: Such as ``"the red chair left of the desk"``.
            top: How many objects are wanted at most.
            names: By name, how likely each object of all scenes has it, from elsewhere; (N,) in the
                order of the scenes.

        Raises:
            ConventionError: The phrase is no text, or `top` is below 1.
        """
        if top < 1:
            raise ConventionError("top", expected="1 or more", got=str(top))
        query = self.read(phrase)
        if isinstance(query, Unreadable):
            return self._result(phrase, (), query.reason)
        bounds = self._bounds(query, names or {})
        found: list[FoundObject] = []
        notes: dict[str, None] = {}
        reason, checked = "", 0
        for position in np.argsort(-bounds, kind="stable").tolist():
            if bounds[position] < _LEAST_BOUND or self._is_enough(found, top, bounds[position]):
                break
            objects, why_not, told = self._check(position, query, names or {})
            checked += 1
            found += objects
            reason = reason or why_not
            notes.update(dict.fromkeys(told if objects else ()))
        found.sort(key=lambda one: -one.score)
        ignored = ", ".join(f"'{word}'" for word in query.ignored[:6])
        if ignored:
            notes[f"Left out, since not understood: {ignored}."] = None
        if not found:
            return self._result(phrase, (), self._nothing(query, checked, reason), notes, checked)
        kept = tuple(found[:top])
        scenes = len({one.scene for one in kept})
        sentence = f"{counted(len(kept), 'object')} in {counted(scenes, 'scene')}."
        return self._result(phrase, kept, sentence, notes, checked)

    def _result(
        self,
        phrase: str,
        objects: tuple[FoundObject, ...],
        sentence: str,
        notes: Mapping[str, None] | None = None,
        checked: int = 0,
    ) -> FoundObjects:
        return FoundObjects(
            phrase, objects, sentence, tuple(notes or ()), len(self.entries), self._num_objects,
            checked,
        )  # fmt: skip

    @staticmethod
    def _is_enough(found: list[FoundObject], top: int, bound: float) -> bool:
        """Whether a scene with a bound can no longer change what is shown by much."""
        if len(found) < top:
            return False
        scores = sorted((one.score for one in found), reverse=True)
        return scores[top - 1] >= bound - _CLOSE_CALL

    def _bounds(
        self, query: Query, names: Mapping[str, NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """(S,) how well the best object of each scene can fit at most."""
        best = np.zeros(len(self.entries))
        for phrase in query.subjects:
            bound = self._best(phrase, names, is_subject=True)
            for other in needed_phrases(phrase):
                bound = np.minimum(bound, self._best(other, names))
            best = np.maximum(best, bound)
        return best

    def _best(
        self,
        phrase: Phrase,
        names: Mapping[str, NDArray[np.float64]],
        *,
        is_subject: bool = False,
    ) -> NDArray[np.float64]:
        """(S,) how well the best object of each scene fits what a phrase says about it alone."""
        if not len(self._vectors):
            return np.zeros(len(self.entries))
        one = wanted(phrase)
        others = None if phrase.name is None else names.get(phrase.name)
        if self._engine is not None and others is None and one.vector.any():
            scores = np.zeros(len(self._vectors))
            rows = self._engine.nearest(one.vector, _CANDIDATES)
            scores[rows] = fits(self._vectors[rows], one)
        else:
            scores = self._fits(one)
        if others is not None:
            scores = np.maximum(scores, others)
        if is_subject and phrase.name is None and not phrase.ids:
            scores = scores * self._is_object
        filled = np.append(scores, 0.0)
        largest: NDArray[np.float64] = np.maximum.reduceat(filled, self._first[:-1])
        return largest * (np.diff(self._first) > 0)

    def _fits(self, one: Wanted) -> NDArray[np.float64]:
        """`fits` for all objects; most share their names with others, so products are few."""
        scores = np.ones(len(self._vectors))
        if one.name is not None:
            products = np.clip(self._names @ name_direction(one.name), 0, 1)
            scores = products[self._names_of].astype(np.float64)
        for column in one.columns:
            scores = scores * self._vectors[:, column]
        return scores

    def _check(
        self, position: int, query: Query, names: Mapping[str, NDArray[np.float64]]
    ) -> tuple[list[FoundObject], str, list[str]]:
        """Objects of one scene, or why there is none, and what was assumed."""
        entry = self.entries[position]
        facts = entry.facts
        if names:
            rows = slice(self._first[position], self._first[position + 1])
            facts = facts.with_names({name: scores[rows] for name, scores in names.items()})
        execution = Execution(facts)
        chosen, scores = ground_query(query, execution)
        why = "; ".join(step.text.rpartition(": ")[0] for step in execution.steps)
        anchors = tuple(int(facts.id[row]) for row in dict.fromkeys(execution.anchors))
        objects = [
            FoundObject(
                entry.path, int(facts.id[row]), facts.labels[row], float(scores[row]), why, anchors
            )
            for row in chosen
            if scores[row] >= MATCH
        ]
        return objects, execution.reason, [*facts.notes, *execution.notes]

    def _nothing(self, query: Query, checked: int, reason: str) -> str:
        if not self.entries:
            return "There are no scenes to look in."
        if not any(one.facts.has_names for one in self.entries) and any(
            phrase.name for phrase in query.subjects
        ):
            return (
                "Nothing matches. No object of these scenes has a name; name them first "
                "('scenewright name'), or look for color and size alone."
            )
        if checked:
            return f"Nothing matches. {reason}".strip()
        for phrase in query.subjects:
            for one in (phrase, *needed_phrases(phrase)):
                if one.name is not None and self._best(one, {}).max(initial=0) < _LEAST_BOUND:
                    said = one.text or one.name
                    return f"Nothing matches. No scene has an object like '{said}'."
        return "Nothing matches. No scene has all that the phrase names."


def _distinct(rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The different rows, and the number of each row among them."""
    numbers: dict[bytes, int] = {}
    which = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in rows], np.int64)
    first = np.unique(which, return_index=True)[1]
    return np.ascontiguousarray(rows[first]), which


def needed_phrases(phrase: Phrase) -> Iterator[Phrase]:
    """The other objects without which a phrase means nothing."""
    for condition in phrase.conditions:
        if getattr(condition, "negated", False):
            continue
        parts: tuple[Phrase | None, ...] = ()
        if isinstance(condition, Related):
            parts = () if condition.others else (condition.anchor, condition.second)
        elif isinstance(condition, Carries):
            parts = (condition.other,)
        elif isinstance(condition, Compared):
            parts = (condition.than,)
        for part in parts:
            if part is not None:
                yield part
                yield from needed_phrases(part)
