"""Questions about worlds that are answered by yes or no, half of them each way."""

from __future__ import annotations

from scenewright.core.color_names import COLOR_WORDS
from scenewright.worlds.language.drawing import QuestionDraw, WorldQuestion
from scenewright.worlds.language.truth import Clear, clearly
from scenewright.worlds.language.wordings import SIDE_WORDS

_MOST = 8
_DENIED = {"exist side": 0.4, "verify color": 0.4, "verify on": 0.4, "verify side": 0.4,
           "verify near": 0.25, "verify all": 0.15}  # fmt: skip
"""Share of the questions with the answer no that are kept, so that about half are answered yes."""


def exist_side(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    """Whether there is an object of a class on a side of another."""
    label, anchors = draw.target(), draw.anchors()
    if label is None or anchors is None:
        return None
    truth, anchor = draw.truth, anchors[0]
    rows, side = truth.named(label), _side(draw)
    if anchor in rows:
        return None
    found = clearly(rows, lambda row: truth.is_on_side(row, side, anchor=anchor))
    if found is None or not _is_kept(draw, family, bool(found)):
        return None
    words = {"target": label, "anchor": truth.labels[anchor], "side": side}
    return draw.made(family, found, "yes" if found else "no", **words)


def verify_one(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    """Whether one object has a color, stands on another, next to it, or on a side of it."""
    pair = _standing(draw) if family == "verify on" and draw.rng.random() < 0.5 else draw.anchors(2)
    if pair is None:
        return None
    truth, (row, anchor) = draw.truth, pair
    if not truth.is_target[row]:
        return None
    words, outcome = {"target": truth.labels[row]}, None
    if family == "verify color":
        words["color"] = draw.color([row]) if draw.rng.random() < 0.5 else _any_color(draw)
        outcome = truth.has_color(row, words["color"])
    elif family == "verify side":
        words |= {"anchor": truth.labels[anchor], "side": _side(draw)}
        outcome = truth.is_on_side(row, words["side"], anchor=anchor)
    else:
        words["anchor"] = truth.labels[anchor]
        holds = truth.is_near if family == "verify near" else truth.is_on
        outcome = holds(row, anchor)
    if outcome is None or not _is_kept(draw, family, outcome):
        return None
    return draw.made(family, (row,), "yes" if outcome else "no", **words)


def verify_all(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    """Whether all objects of a class stand on another."""
    label, anchors = draw.target(least=2, most=_MOST), draw.anchors()
    if label is None or anchors is None:
        return None
    truth, anchor = draw.truth, anchors[0]
    rows = truth.named(label)
    unique = truth.unique()
    under = [row for row in unique if truth.id[row] in truth.support[rows]]
    if under and draw.rng.random() < 0.7:
        anchor = draw.pick(under)
    outcomes: list[Clear] = [truth.is_on(row, anchor) for row in rows]
    if anchor in rows or None in outcomes or not _is_kept(draw, family, all(outcomes)):
        return None
    names = {"target": label, "anchor": truth.labels[anchor]}
    made = draw.made(family, rows, "yes" if all(outcomes) else "no", **names)
    # "Are the mugs on the desk?" has no clear answer if some are.
    is_mixed = any(outcomes) and not all(outcomes)
    return None if is_mixed and " all " not in made.text else made


def _standing(draw: QuestionDraw) -> list[int] | None:
    """An object and what it stands on, both with unique names, or None."""
    truth, unique = draw.truth, draw.truth.unique()
    row_of = {int(truth.id[row]): row for row in unique}
    pairs = [(row, row_of[int(below)]) for row in unique
             if int(below := truth.support[row]) in row_of]  # fmt: skip
    return list(pairs[draw.rng.integers(len(pairs))]) if pairs else None


def _side(draw: QuestionDraw) -> str:
    return tuple(SIDE_WORDS)[draw.rng.integers(len(SIDE_WORDS))]


def _any_color(draw: QuestionDraw) -> str:
    return COLOR_WORDS[draw.rng.integers(len(COLOR_WORDS))]


def _is_kept(draw: QuestionDraw, family: str, outcome: bool) -> bool:
    return outcome or bool(draw.rng.random() < _DENIED[family])
