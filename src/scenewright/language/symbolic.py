"""``lm/symbolic``: answers questions about a scene by a parser and soft programs.

Needs no weights. It answers from the names, colors, sizes and places of the objects of a scene,
cites their ids, lists its steps, and says so if nothing matches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Scene
from scenewright.language.captions import describe_row
from scenewright.language.execution import MATCH, Execution
from scenewright.language.facts import SceneFacts, read_facts
from scenewright.language.lexicon import Lexicon
from scenewright.language.programs import Query, program_text
from scenewright.language.question_parser import Unreadable, read_question
from scenewright.language.replies import Reply, ground_query, reply_to
from scenewright.models.answers import Answer, AnswerStep, Caption, Grounding

_LONGEST_PHRASES = 24
"""Phrases that are tried until one means an object alone."""
_LEAST = 0.01


class SymbolicLanguage:
    """Reads scenes for questions. It has no options and no state."""

    def read(self, scene: Scene) -> SymbolicReader:
        """Opens a scene.

        Args:
            scene: Any scene. Without labels, objects can be asked for by color, size, place and id.
        """
        return SymbolicReader(scene)


class SymbolicReader:
    """One scene, opened for questions.

    Args:
        scene: Any scene, or the facts about it.

    Attributes:
        facts: What is known about its objects.
    """

    def __init__(self, scene: Scene | SceneFacts) -> None:
        self.facts: SceneFacts = scene if isinstance(scene, SceneFacts) else read_facts(scene)
        self._lexicon = Lexicon(self.facts.labels)

    def ask(self, question: str, *, about: tuple[int, ...] = ()) -> Answer:
        """Answers a question; see `scenewright.models.SceneReader`."""
        _check_text(question, "question")
        query = read_question(question, self._lexicon)
        if isinstance(query, Unreadable):
            return Answer(question, "unclear", query.reason, "unclear", is_found=False)
        execution = self._execution(about)
        reply = reply_to(query, execution)
        if not reply.rows:
            query, execution, reply = self._other_reading(
                question, about, (query, execution, reply)
            )
        return Answer(
            question,
            reply.text,
            reply.sentence,
            query.kind,
            self._ids(reply.rows),
            self._steps(query, execution),
            self._notes(query, execution),
            reply.is_found,
            self._anchors(execution, reply.rows),
        )

    def ground(self, phrase: str, *, about: tuple[int, ...] = ()) -> Grounding:
        """Finds the objects that a phrase means; see `scenewright.models.SceneReader`."""
        _check_text(phrase, "phrase")
        query = read_question(phrase, self._lexicon, as_phrase=True)
        if isinstance(query, Unreadable):
            return Grounding(phrase, (), none=1.0, sentence=query.reason)
        execution, rows, scores = self._grounded(query, about)
        if not rows:
            flat = read_question(phrase, self._lexicon, nested=False, as_phrase=True)
            if isinstance(flat, Query) and flat.subjects != query.subjects:
                other = self._grounded(flat, about)
                if other[1]:
                    query, (execution, rows, scores) = flat, other
        chances, none = _chances(scores, plural=any(one.plural for one in query.subjects))
        titles = ", ".join(self.facts.title(row) for row in rows)
        sentence = f"{titles}." if rows else f"Nothing matches. {execution.reason}".strip()
        order = np.argsort(-chances, kind="stable")
        return Grounding(
            phrase,
            self._ids(tuple(rows)),
            {int(self.facts.id[i]): float(chances[i]) for i in order if chances[i] >= _LEAST},
            none,
            sentence[:1].upper() + sentence[1:],
            self._steps(query, execution),
            self._notes(query, execution),
            self._anchors(execution, tuple(rows)),
        )

    def caption(self, instance_id: int) -> Caption:
        """Describes one object, and finds a phrase that means it alone.

        Raises:
            ConventionError: No object has this id; the message lists the known ids.
        """
        row = self._row(instance_id)
        found = describe_row(self.facts, row)
        phrase, is_unique = found.phrases[0], False
        for one in found.phrases[:_LONGEST_PHRASES]:
            if self.ground(one).ids == (instance_id,):
                phrase, is_unique = one, True
                break
        return Caption(instance_id, found.text, phrase, is_unique, self._ids(found.rows))

    def _row(self, instance_id: int) -> int:
        found = np.flatnonzero(self.facts.id == instance_id)
        if not len(found):
            raise self._no_such(instance_id)
        return int(found[0])

    def _no_such(self, instance_id: int) -> Exception:
        known = ", ".join(map(str, sorted(self.facts.id.tolist())[:20])) or "none"
        return ConventionError(
            f"There is no object {instance_id}", expected=f"ids of the scene, such as {known}",
            got=str(instance_id),
        )  # fmt: skip

    def _execution(self, about: tuple[int, ...]) -> Execution:
        rows = [int(np.flatnonzero(self.facts.id == i)[0]) for i in about if i in self.facts.id]
        return Execution(self.facts, tuple(rows))

    def _other_reading(
        self, question: str, about: tuple[int, ...], first: tuple[Query, Execution, Reply]
    ) -> tuple[Query, Execution, Reply]:
        """Reads all relations as those of the first noun, if the usual reading finds nothing."""
        flat = read_question(question, self._lexicon, nested=False)
        if isinstance(flat, Unreadable) or flat.subjects == first[0].subjects:
            return first
        execution = self._execution(about)
        reply = reply_to(flat, execution)
        return (flat, execution, reply) if reply.rows else first

    def _grounded(
        self, query: Query, about: tuple[int, ...]
    ) -> tuple[Execution, list[int], NDArray[np.float64]]:
        execution = self._execution(about)
        return execution, *ground_query(query, execution)

    def _steps(self, query: Query, execution: Execution) -> tuple[AnswerStep, ...]:
        return (AnswerStep(program_text(query)), *execution.steps)

    def _notes(self, query: Query, execution: Execution) -> tuple[str, ...]:
        notes = [*self.facts.notes, *execution.notes]
        if query.ignored:
            words = ", ".join(f"'{word}'" for word in query.ignored[:6])
            notes.append(f"Left out, since not understood: {words}.")
        return tuple(notes)

    def _anchors(self, execution: Execution, found: tuple[int, ...]) -> tuple[int, ...]:
        rows = [row for row in dict.fromkeys(execution.anchors) if row not in found]
        return self._ids(tuple(rows))

    def _ids(self, rows: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(int(self.facts.id[row]) for row in rows)


def _check_text(text: object, what: str) -> None:
    if not isinstance(text, str):
        raise ConventionError(f"A {what}", expected="text", got=type(text).__name__)


def _chances(scores: NDArray[np.float64], *, plural: bool) -> tuple[NDArray[np.float64], float]:
    """(N,) how likely each object is meant, and how likely none is."""
    if not len(scores):
        return scores, 1.0
    best = float(scores.max())
    none = 1.0 - min(1.0, best / MATCH) if best < MATCH else (1.0 - best) / 2
    if plural:
        return scores * (scores > 0), none
    sharp = scores**4
    return (1 - none) * sharp / max(float(sharp.sum()), 1e-12), none
