"""Turns the result of a program into an answer: a short text, a sentence, and what it cites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenewright.core.color_names import COLOR_WORDS
from scenewright.core.wording import counted
from scenewright.language.captions import describe_row, place_of
from scenewright.language.execution import MATCH, Execution
from scenewright.language.facts import SceneFacts
from scenewright.language.programs import Extreme, Phrase, Query, Related
from scenewright.models.answers import NOTHING

_LISTED = 12
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
    return _REPLIES[query.kind](query, execution)


def found_rows(execution: Execution, phrases: tuple[Phrase, ...]) -> list[int]:
    """Rows that any of some phrases means, without repeats."""
    rows: list[int] = []
    for phrase in phrases:
        found = execution.chosen(execution.scores(phrase), plural=phrase.plural)
        if not found and len(phrases) > 1:
            execution.note(f"Nothing was found for '{phrase.text}'. {execution.reason}".strip())
        rows += found
    return list(dict.fromkeys(rows))


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
    kept = np.zeros(len(scores))
    kept[rows] = 1.0
    if not _compares_all(query):
        after, text = execution.apply(query.predicate, kept)
    else:
        pool = execution.facts.named(execution.facts.names[rows[0]]) * execution.facts.is_object
        after, text = execution.apply(query.predicate, np.maximum(pool, kept))
    right = [row for row in rows if after[row] >= MATCH]
    titles = _titles(execution.facts, rows)
    if len(right) == len(rows):
        return Reply("yes", f"Yes: {titles}, {text}.", tuple(rows))
    if not right:
        return Reply("no", f"No: {titles}, not {text}.", tuple(rows))
    return Reply("no", f"Only some: {_titles(execution.facts, right)}.", tuple(right))


def _compares_all(query: Query) -> bool:
    found = query.predicate
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
    if not subject.plural and not subject.ids:
        rows = rows[:1]
    named = [row for row in rows if facts.labels[row]]
    titles = _titles(facts, rows)
    if not named:
        words = "It has" if len(rows) == 1 else "They have"
        return Reply("unnamed", f"{_capital(titles)}. {words} no name.", tuple(rows))
    texts = list(dict.fromkeys(facts.labels[row] for row in named))
    return Reply(", ".join(texts), f"{_capital(titles)}.", tuple(rows))


def _measure(query: Query, execution: Execution) -> Reply:
    row = _single(query.subjects[0], execution)
    if row is None:
        return _nothing(execution)
    facts = execution.facts
    meters = float(facts.feature(query.feature)[row])
    wide, deep, tall = facts.sizes[row].tolist()
    sentence = (
        f"{_capital(facts.title(row))} is {wide:.2f} m wide, {deep:.2f} m deep and {tall:.2f} m "
        f"high."
    )
    if query.feature == "volume":
        return Reply(f"{wide * deep * tall:.3f} cubic meters", sentence, (row,))
    return Reply(f"{meters:.2f} m", sentence, (row,))


def _distance(query: Query, execution: Execution) -> Reply:
    pair = []
    for phrase in query.subjects[:2]:
        row = _single(phrase, execution)
        if row is None:
            return _nothing(execution)
        pair.append(row)
    facts = execution.facts
    first, second = pair
    gap = float(facts.gaps[first, second])
    text = f"{facts.title(first)} is {gap:.2f} m from {facts.title(second)}, box to box"
    return Reply(f"{gap:.2f} m", f"{_capital(text)}.", (first, second))


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
    rows: list[int] = []
    for phrase in query.subjects:
        row = _single(phrase, execution)
        if row is None:
            return _nothing(execution)
        rows.append(row)
    facts = execution.facts
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


def _single(phrase: Phrase, execution: Execution) -> int | None:
    rows = execution.chosen(execution.scores(phrase), plural=False)
    return rows[0] if rows else None


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
