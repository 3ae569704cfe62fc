"""What a question asks, as a program: phrases that mean objects, with conditions, and a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class HasColor:
    """An object has a color, one of `COLOR_WORDS`."""

    color: str
    negated: bool = False


@dataclass(frozen=True)
class HasSize:
    """An object is large, small, tall, short, long, wide or narrow for what it is."""

    size: str
    negated: bool = False


@dataclass(frozen=True)
class HasName:
    """An object is of a class."""

    name: str
    negated: bool = False


@dataclass(frozen=True)
class Related:
    """An object is related to another, or lies between two.

    Attributes:
        relation: One of `lexicon.RELATIONS`.
        anchor: The other object.
        second: The second of two, of ``between``.
        negated: Whether it is not.
        rank: Of ``nearest`` and ``farthest``: 1 = the nearest, 2 = the second nearest.
        others: Other objects to which it may be related instead: "on the desk or the sofa".
    """

    relation: str
    anchor: Phrase
    second: Phrase | None = None
    negated: bool = False
    rank: int = 1
    others: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class Carries:
    """Another object stands in a relation to this one: a table *with a lamp on it*."""

    relation: str
    other: Phrase
    negated: bool = False


@dataclass(frozen=True)
class OnSide:
    """An object is left, right, in front of or behind the viewer."""

    side: str
    negated: bool = False


@dataclass(frozen=True)
class Extreme:
    """An object has the largest or smallest value of its kind.

    Attributes:
        feature: ``volume``, ``height``, ``length``, ``top`` or ``left``.
        largest: Whether the largest is meant.
        rank: 1 = the largest, 2 = the second largest.
    """

    feature: str
    largest: bool
    rank: int = 1


@dataclass(frozen=True)
class Compared:
    """An object is larger, smaller, taller and so on than another."""

    feature: str
    larger: bool
    than: Phrase
    negated: bool = False


Condition = HasColor | HasSize | HasName | Related | Carries | OnSide | Extreme | Compared


@dataclass(frozen=True)
class Phrase:
    """Words that mean objects.

    Attributes:
        text: The words.
        name: The class; None = any object.
        plural: Whether several may be meant.
        number: How many are meant, if the words say so.
        ids: Identifiers, if the words are identifiers.
        pronoun: ``it`` or ``them``; "" = none. ``one``: the class talked about before.
        conditions: What must hold, in this order.
    """

    text: str = ""
    name: str | None = None
    plural: bool = False
    number: int | None = None
    ids: tuple[int, ...] = ()
    pronoun: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Viewer:
    """From where left, right, front and behind are seen.

    Attributes:
        at: Where the viewer stands; None = in the middle of the room.
        facing: What the viewer looks at; None = the object that a relation names.
    """

    at: Phrase | None = None
    facing: Phrase | None = None


QueryKind = Literal[
    "find", "count", "exist", "verify", "color", "name", "measure", "distance", "place",
    "describe", "compare", "list",
]  # fmt: skip


@dataclass(frozen=True)
class Query:
    """What is asked.

    Attributes:
        kind: Kind of question.
        subjects: The objects that it is about; several are joined by ``and`` or ``or``.
        predicate: What is to be checked, of ``verify``.
        more: What is to be checked as well: "red and large".
        feature: What is measured or compared: ``volume``, ``height``, ``length``, ``top``.
        largest: Of ``compare``, whether the larger is asked for.
        viewer: Who sees it.
        ignored: Words that were not understood and left out.
        negated: Of ``exist``, whether it is asked that there is none.
    """

    kind: QueryKind
    subjects: tuple[Phrase, ...]
    predicate: Condition | None = None
    feature: str = ""
    largest: bool = True
    viewer: Viewer = Viewer()
    ignored: tuple[str, ...] = ()
    negated: bool = False
    more: tuple[Condition, ...] = ()


def is_rank(condition: Condition) -> bool:
    """Whether a condition compares all candidates, so that others come first."""
    return isinstance(condition, Extreme) or (
        isinstance(condition, Related) and condition.relation in ("nearest", "farthest")
    )


def program_text(query: Query) -> str:
    """The query as a program, such as ``count(filter(mug, related(on, filter(table))))``."""
    parts = [_phrase_text(phrase) for phrase in query.subjects]
    if query.predicate is not None:
        parts += [_condition_text(one) for one in (query.predicate, *query.more)]
    if query.feature:
        parts.append(query.feature)
    found = f"{query.kind}({', '.join(parts)})"
    return f"not({found})" if query.negated else found


def _phrase_text(phrase: Phrase) -> str:
    if phrase.ids:
        found = f"object({', '.join(map(str, phrase.ids))})"
    else:
        found = f"filter({phrase.name or phrase.pronoun or 'any'})"
    for condition in phrase.conditions:
        found = f"{found[:-1]}, {_condition_text(condition)})"
    return found


def _condition_text(condition: Condition) -> str:
    match condition:
        case HasColor(word, _) | HasSize(word, _) | HasName(word, _) | OnSide(word, _):
            text = word
        case Related(relation, anchor, second, _, rank, alternatives):
            named = (anchor, *alternatives, second)
            others = [_phrase_text(one) for one in named if one is not None]
            ranks = [str(rank)] if rank > 1 else []
            text = f"related({', '.join([relation, *others, *ranks])})"
        case Carries(relation, other, _):
            text = f"carries({relation}, {_phrase_text(other)})"
        case Extreme(feature, largest, rank):
            order = "" if rank == 1 else f", {rank}"
            text = f"{'argmax' if largest else 'argmin'}({feature}{order})"
        case Compared(feature, larger, than, _):
            text = f"{'larger' if larger else 'smaller'}({feature}, {_phrase_text(than)})"
    negated = getattr(condition, "negated", False)
    return f"not({text})" if negated else text
