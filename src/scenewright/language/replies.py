"""Turns the result of a program into an answer: a short text, a sentence, and what it cites."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.color_names import COLOR_WORDS
from scenewright.core.wording import counted
from scenewright.language.captions import describe_row, place_of
from scenewright.language.execution import MATCH, Execution
from scenewright.language.facts import SceneFacts
from scenewright.language.programs import Condition, Extreme, HasName, Phrase, Query, Related
from scenewright.models.answers import NOTHING

_LISTED = 12
_DECIDED = ("count", "exist", "verify", "distance", "compare")
"""Questions whose answer may be wrong if a part of it is unknown."""
_COMPARED = {"volume": ("larger", "smaller"), "height": ("taller", "shorter"),
             "length": ("longer", "shorter"), "top": ("higher", "lower")}  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """An answer without the question.

    Attributes:
        text: Short answer.
        sentence: The answer as a sentence.
        rows: The objects that it cites, the best first.
        is_found: False if nothing matches.
    """

    text: str
    sentence: str
    rows: tuple[int, ...] = ()
    is_found: bool = True


def reply_to(query: Query, execution: Execution) -> Reply:
    """Runs a query and words the answer."""
    execution.look_from(query.viewer)
    reply = _REPLIES[query.kind](query, execution)
    if execution.unknown and (query.kind in _DECIDED or len(query.subjects) == 1):
        return Reply(NOTHING, f"Nothing matches. {execution.unknown}", is_found=False)
    return reply


def found_rows(execution: Execution, phrases: tuple[Phrase, ...]) -> list[int]:
    """Rows that any of some phrases means, without repeats."""
    return _found(execution, phrases)[0]


def ground_query(query: Query, execution: Execution) -> tuple[list[int], NDArray[np.float64]]:
    """The rows that the phrases of a query mean, the best first, and the score of each object."""
    execution.look_from(query.viewer)
    return _found(execution, query.subjects)


def _found(
    execution: Execution, phrases: tuple[Phrase, ...]
) -> tuple[list[int], NDArray[np.float64]]:
    """Rows that any of some phrases means, without repeats, and the best score of each object."""
    rows: list[int] = []
    best = np.zeros(len(execution.facts))
    for phrase in phrases:
        scores = execution.scores(phrase)
        found = execution.chosen(scores, plural=phrase.plural)
        if not found and len(phrases) > 1:
            execution.note(f"Nothing was found for '{phrase.text}'. {execution.reason}".strip())
        rows += found
        best = np.maximum(best, scores)
    return list(dict.fromkeys(rows)), best


def _nothing(execution: Execution) -> Reply:
    return Reply(NOTHING, f"Nothing matches. {execution.reason}".strip(), is_found=False)


def _find(query: Query, execution: Execution) -> Reply:
    rows = found_rows(execution, query.subjects)
    if not rows:
        return _nothing(execution)
    titles = _titles(execution.facts, rows)
    first = query.subjects[0]
    if len(rows) > 1 and len(query.subjects) == 1 and not first.plural:
        return Reply(titles, f"{len(rows)} objects match equally well: {titles}.", tuple(rows))
    if first.number is not None and len(query.subjects) == 1 and len(rows) != first.number:
        found = f"{len(rows)} instead of {first.number}"
        return Reply(titles, f"There are {found}: {titles}.", tuple(rows))
    return Reply(titles, f"{_capital(titles)}.", tuple(rows))


def _count(query: Query, execution: Execution) -> Reply:
    rows = found_rows(execution, query.subjects)
    if not rows:
        return Reply("0", f"None. {execution.reason}".strip())
    listed = _titles(execution.facts, rows)
    return Reply(str(len(rows)), f"{len(rows)}: {listed}.", tuple(rows))


def _exist(query: Query, execution: Execution) -> Reply:
    reply = _existing(query, execution)
    if not query.negated:
        return reply
    if reply.text == "yes":
        listed = _titles(execution.facts, list(reply.rows))
        return Reply("no", f"No, there is: {listed}.", reply.rows)
    return Reply("yes", f"Yes, there is none. {execution.reason}".strip())


def _existing(query: Query, execution: Execution) -> Reply:
    rows: list[int] = []
    for phrase in query.subjects:
        found = execution.chosen(execution.scores(phrase), plural=True)
        if not found:
            return Reply("no", f"No. {execution.reason}".strip())
        rows += found
    number = query.subjects[0].number
    if number is not None and len(query.subjects) == 1 and len(rows) < number:
        return Reply("no", f"No, only {len(rows)}: {_titles(execution.facts, rows)}.", tuple(rows))
    return Reply("yes", f"Yes: {_titles(execution.facts, rows)}.", tuple(rows))


def _verify(query: Query, execution: Execution) -> Reply:
    assert query.predicate is not None
    subject = query.subjects[0]
    scores = execution.scores(subject)
    rows = execution.chosen(scores, plural=subject.plural)
    if not rows:
        return _nothing(execution)
    facts = execution.facts
    unnamed = [row for row in rows if not facts.labels[row]]
    if isinstance(query.predicate, HasName) and unnamed:
        verb = "has" if len(unnamed) == 1 else "have"
        sentence = f"{_capital(_titles(facts, unnamed))} {verb} no name."
        return Reply("unknown", sentence, tuple(unnamed), is_found=False)
    held = [_holding(execution, rows, one) for one in (query.predicate, *query.more)]
    right = [row for row in rows if all(row in own for own, _ in held)]
    text = " and ".join(text for _, text in held)
    titles = _titles(execution.facts, rows)
    if len(right) == len(rows):
        return Reply("yes", f"Yes: {titles}, {text}.", tuple(rows))
    if not right:
        return Reply("no", f"No: {titles}, not {text}.", tuple(rows))
    return Reply("no", f"Only some: {_titles(execution.facts, right)}.", tuple(right))


def _holding(execution: Execution, rows: list[int], condition: Condition) -> tuple[list[int], str]:
    """Those of some rows for which a condition holds, and the condition in words."""
    facts = execution.facts
    kept = np.zeros(len(facts))
    kept[rows] = 1.0
    if _compares_all(condition):
        kept = np.maximum(facts.named(facts.names[rows[0]]) * facts.is_object, kept)
    after, text = execution.apply(condition, kept)
    return [row for row in rows if after[row] >= MATCH], text


def _compares_all(found: Condition) -> bool:
    return isinstance(found, Extreme) or (
        isinstance(found, Related) and found.relation in ("nearest", "farthest")
    )


def _color(query: Query, execution: Execution) -> Reply:
    rows = found_rows(execution, query.subjects)
    if not rows:
        return _nothing(execution)
    facts = execution.facts
    known = [row for row in rows if facts.colors[row].any()]
    if not known:
        sentence = f"The color of {_titles(facts, rows)} is unknown: it was not seen in color."
        return Reply("unknown", sentence, tuple(rows), is_found=False)
    words = [COLOR_WORDS[int(facts.colors[row].argmax())] for row in known]
    parts = [f"{facts.title(row)} is {facts.color(row)}" for row in known]
    return Reply(" and ".join(dict.fromkeys(words)), f"{_capital(_joined(parts))}.", tuple(known))


def _name(query: Query, execution: Execution) -> Reply:
    subject = query.subjects[0]
    rows = found_rows(execution, query.subjects)
    facts = execution.facts
    if not rows:
        return _nothing(execution)
    if not subject.plural and not subject.ids and len(rows) > 1:
        execution.note(f"{len(rows)} objects match equally well: {_titles(facts, rows)}.")
        rows = rows[:1]
    named = [row for row in rows if facts.labels[row]]
    titles = _titles(facts, rows)
    if not named:
        words = "It has" if len(rows) == 1 else "They have"
        return Reply("unnamed", f"{_capital(titles)}. {words} no name.", tuple(rows))
    texts = list(dict.fromkeys(facts.labels[row] for row in named))
    return Reply(", ".join(texts), f"{_capital(titles)}.", tuple(rows))


def _measure(query: Query, execution: Execution) -> Reply:
    rows = found_rows(execution, query.subjects)
    if not rows:
        return _nothing(execution)
    facts = execution.facts
    parts, values = [], []
    for row in rows[:_LISTED]:
        wide, deep, tall = (facts.length_text(size) for size in facts.sizes[row].tolist())
        parts.append(f"{facts.title(row)} is {wide} wide, {deep} deep and {tall} high")
        values.append(_measured(facts, row, query.feature))
    sentence = _and_more(f"{_capital('; '.join(parts))}.", len(rows))
    return Reply(", ".join(values), sentence, tuple(rows))


def _measured(facts: SceneFacts, row: int, feature: str) -> str:
    if feature != "volume":
        return facts.length_text(float(facts.feature(feature)[row]))
    volume = float(facts.sizes[row].prod())
    if facts.is_metric:
        return f"{volume:.3f} cubic meters"
    return f"{volume * facts.meter**3:.3g} cubic units"


def _distance(query: Query, execution: Execution) -> Reply:
    ends = [found_rows(execution, (phrase,)) for phrase in query.subjects[:2]]
    if not ends[0]:
        execution.scores(query.subjects[0])
    if not all(ends):
        return _nothing(execution)
    facts = execution.facts
    pairs = [pair for pair in itertools.product(*ends) if pair[0] != pair[1] or len(ends[0]) == 1]
    parts, values = [], []
    for first, second in pairs[:_LISTED]:
        gap = facts.length_text(float(facts.gaps[first, second]))
        parts.append(f"{facts.title(first)} is {gap} from {facts.title(second)}, box to box")
        values.append(gap)
    sentence = _and_more(f"{_capital('; '.join(parts))}.", len(pairs))
    return Reply(", ".join(values), sentence, tuple(dict.fromkeys(ends[0] + ends[1])))


def _and_more(sentence: str, number: int) -> str:
    return sentence if number <= _LISTED else f"{sentence[:-1]}; and {number - _LISTED} more."


def _place(query: Query, execution: Execution) -> Reply:
    rows = found_rows(execution, query.subjects)
    if not rows:
        return _nothing(execution)
    parts, cited = [], list(rows)
    for row in rows[:_LISTED]:
        text, anchors = place_of(execution.facts, row)
        parts.append(f"{execution.facts.title(row)} is {text}")
        cited += anchors
    text, _ = place_of(execution.facts, rows[0])
    return Reply(text, f"{_capital('; '.join(parts))}.", tuple(dict.fromkeys(cited)))


def _describe(query: Query, execution: Execution) -> Reply:
    rows = found_rows(execution, query.subjects)
    if not rows:
        return _nothing(execution)
    found = [describe_row(execution.facts, row) for row in rows[:_LISTED]]
    cited = [*rows, *(anchor for one in found for anchor in one.rows)]
    text = " ".join(one.text for one in found)
    return Reply(text, text, tuple(dict.fromkeys(cited)))


def _compare(query: Query, execution: Execution) -> Reply:
    facts, rows = execution.facts, []
    for phrase in query.subjects:
        found = found_rows(execution, (phrase,))
        if not found:
            return _nothing(execution)
        if len(found) > 1:
            sentence = (
                f"{len(found)} objects match '{phrase.text}' equally well: "
                f"{_titles(facts, found)}. Name one of them, such as {facts.title(found[0])}."
            )
            return Reply("unclear", sentence, tuple(found), is_found=False)
        rows += found
    values = facts.feature(query.feature)[rows]
    best = rows[int(values.argmax() if query.largest else values.argmin())]
    word = _COMPARED[query.feature][0 if query.largest else 1]
    text = facts.labels[best] or facts.title(best)
    sentence = f"{_capital(facts.title(best))} is {word}."
    return Reply(text, sentence, (best, *(row for row in rows if row != best)))


def _list(query: Query, execution: Execution) -> Reply:
    rows = found_rows(execution, query.subjects)
    if not rows:
        return _nothing(execution)
    facts = execution.facts
    counts: dict[str, int] = {}
    for row in rows:
        name = facts.labels[row] or "object without a name"
        counts[name] = counts.get(name, 0) + 1
    text = ", ".join(
        name if number == 1 else f"{number} x {name}" for name, number in sorted(counts.items())
    )
    return Reply(text, f"{counted(len(rows), 'object')}: {text}.", tuple(rows))


def _titles(facts: SceneFacts, rows: list[int]) -> str:
    names = [facts.title(row) for row in rows[:_LISTED]]
    if len(rows) > _LISTED:
        return f"{', '.join(names)} and {len(rows) - _LISTED} more"
    return _joined(names)


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_REPLIES: dict[str, Callable[[Query, Execution], Reply]] = {
    "find": _find,
    "count": _count,
    "exist": _exist,
    "verify": _verify,
    "color": _color,
    "name": _name,
    "measure": _measure,
    "distance": _distance,
    "place": _place,
    "describe": _describe,
    "compare": _compare,
    "list": _list,
}
