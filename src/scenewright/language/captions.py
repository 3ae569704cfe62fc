"""Describes an object by what it is, its color and size, and where it is relative to others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenewright.language.execution import MATCH
from scenewright.language.facts import SceneFacts
from scenewright.language.features import size_word
from scenewright.language.relations import Standpoint, relation_scores, support_score

_NEXT_TO = 0.5
"""Gap below which an object is next to another, meters."""
_WORDS = {"left": "to the left of", "right": "to the right of", "front": "in front of",
          "behind": "behind", "on": "on", "in": "in", "under": "under", "above": "above",
          "near": "next to"}  # fmt: skip
_VOWELS = "aeiou"


@dataclass(frozen=True)
class Description:
    """An object in words.

    Attributes:
        text: One or two sentences.
        phrases: Phrases that mean it, the simplest first, such as ``"the brown chair"``.
        rows: Rows of other objects that the text names.
    """

    text: str
    phrases: tuple[str, ...]
    rows: tuple[int, ...]


def describe_row(facts: SceneFacts, row: int) -> Description:
    """Describes the object of a row."""
    name = facts.labels[row] or "object"
    color = facts.color(row)
    length = float(facts.sizes[row].max())
    size = size_word(float(facts.ratios[row]), length, is_named=bool(facts.labels[row]))
    said = size if size != "medium-sized" else ""
    noun = " ".join(word for word in (said, color, name) if word)
    place, anchors = place_of(facts, row)
    article = "an" if noun[0].lower() in _VOWELS else "a"
    is_flat = facts.names[row] in ("floor", "ceiling")
    height = "" if is_flat else f", {facts.length_text(float(facts.sizes[row, 2]))} high"
    text = f"This is {article} {noun}{height}. It is {place}."
    return Description(text, _phrases(facts, row, name, color, said), tuple(anchors))


def place_of(facts: SceneFacts, row: int) -> tuple[str, list[int]]:
    """Where an object is, in words, and the rows of the objects that these words name."""
    if not facts.is_object[row]:
        return "a part of the room", []
    parts, named = [], []
    support = supporter(facts, row)
    if support is not None:
        parts.append(f"on {facts.title(support)}")
        named.append(support)
    elif (floor := _floor(facts)) is not None and facts.low[row, 2] - floor < 0.1:
        parts.append("on the floor")
    neighbor = _neighbor(facts, row, without=named)
    if neighbor is not None:
        parts.append(_beside(facts, row, neighbor))
        named.append(neighbor)
    if not parts:
        return "the only object that I see", []
    return ", ".join(parts), named


def supporter(facts: SceneFacts, row: int) -> int | None:
    """The object that an object stands on, or None; parts of the room do not count."""
    scores = [
        support_score(facts, row, other) if facts.is_object[other] and other != row else 0.0
        for other in range(len(facts))
    ]
    return int(np.argmax(scores)) if scores and max(scores) >= MATCH else None


def _floor(facts: SceneFacts) -> float | None:
    """Height of the floor."""
    floors = [row for row, name in enumerate(facts.names) if name == "floor"]
    if floors:
        return float(facts.high[floors[0], 2])
    objects = facts.low[facts.is_object, 2]
    return float(objects.min()) if len(objects) else None


def _neighbor(facts: SceneFacts, row: int, *, without: list[int]) -> int | None:
    """The nearest other object; one whose name occurs once is taken if it is about as near."""
    kept = [
        other
        for other in np.flatnonzero(facts.is_object).tolist()
        if other != row and other not in without
    ]
    if not kept:
        return None
    names = list(facts.names)
    apart = np.array([facts.gaps[row, other] for other in kept])
    cost = apart + np.array([0.0 if names.count(names[other]) == 1 else 0.4 for other in kept])
    size = facts.feature("volume")
    cost += np.where(size[kept] < 0.7 * size[row], 0.5, 0.0)
    cost += [2.0 if support_score(facts, other, row) >= MATCH else 0.0 for other in kept]
    found: int = kept[int(cost.argmin())]
    return found


def _beside(facts: SceneFacts, row: int, other: int) -> str:
    gap = float(facts.gaps[row, other])
    title = facts.title(other)
    viewer = Standpoint(facts.center)
    sides = {
        side: float(relation_scores(facts, side, other, viewer)[row])
        for side in ("left", "right", "front", "behind")
    }
    side = max(sides, key=lambda one: sides[one])
    if sides[side] >= 0.5:
        apart = "right beside it" if gap < 0.1 else f"{facts.length_text(gap, digits=1)} away"
        return f"{_WORDS[side]} {title} as seen from the middle of the room, {apart}"
    apart = facts.length_text(gap, digits=1)
    return f"next to {title}" if gap < _NEXT_TO else f"{apart} from {title}"


def _phrases(facts: SceneFacts, row: int, name: str, color: str, size: str) -> tuple[str, ...]:
    """Phrases that may mean the object alone, the simplest first."""
    single = color.partition(" and ")[0]
    plain = [f"the {name}", f"the {single} {name}" if single else "",
             f"the {size} {name}" if size else "",
             f"the {size} {single} {name}" if size and single else ""]  # fmt: skip
    noun = f"the {single} {name}".replace("  ", " ")
    extremes = [f"the {word} {name}" for word in ("largest", "smallest", "tallest")]
    viewer = Standpoint(facts.center)
    related: list[str] = []
    once = [
        other
        for other in np.flatnonzero(facts.is_object).tolist()
        if other != row and facts.labels[other]
        and facts.names.count(facts.names[other]) == 1
    ]  # fmt: skip
    for other in sorted(once, key=lambda one: float(facts.gaps[row, one]))[:6]:
        for relation in ("on", "in", "under", "left", "right", "front", "behind", "near"):
            if relation_scores(facts, relation, other, viewer)[row] >= 0.5:
                related.append(f"{noun} {_WORDS[relation]} the {facts.labels[other]}")
    return tuple(one for one in [*plain, *extremes, *related] if one)
