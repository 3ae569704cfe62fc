"""Questions and phrases about worlds, each with its true answer, made from programs.

A question is kept only if its answer is beyond doubt (`truth`). Words, pairs of color and class,
and relations of two steps can be held out of training, to see whether a model has learned more than
its templates.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from scenewright.worlds.composing.world import World
from scenewright.worlds.language.drawing import QuestionDraw, WorldQuestion
from scenewright.worlds.language.truth import WorldTruth, clearly, ranked, read_truth
from scenewright.worlds.language.verifying import exist_side, verify_all, verify_one
from scenewright.worlds.language.wordings import SIDE_WORDS
from scenewright.worlds.objects.registry import FAMILIES

_MOST_COUNTED = 8
_TRIES = 40
FIRST_HELD_OUT_SEED = 1_000_000
"""Worlds with this seed or a larger one are never trained on."""


def make_questions(
    world: World,
    *,
    seed: int = 0,
    per_family: int = 2,
    families: Sequence[str] | None = None,
    held_out: bool = False,
) -> list[WorldQuestion]:
    """Makes questions about a world.

    Args:
        world: Any world; rooms have more to ask about.
        seed: Random seed; the same arguments give the same questions.
        per_family: Number of different questions of each family; fewer if the world gives no more.
        families: Families to make, of `FAMILIES_OF_QUESTIONS`; None = all.
        held_out: Whether to use held-out wordings and names.
    """
    truth = read_truth(world, seed=seed)
    return questions_about(
        truth, seed=seed, per_family=per_family, families=families, held_out=held_out
    )


def questions_about(
    truth: WorldTruth,
    *,
    seed: int = 0,
    per_family: int = 2,
    families: Sequence[str] | None = None,
    held_out: bool = False,
    tries: int = _TRIES,
) -> list[WorldQuestion]:
    """Makes questions about what is true; further arguments as of `make_questions`.

    Args:
        truth: What is true of a world.
        tries: Draws for each question that is wanted; fewer are faster, and find fewer.
    """
    found: list[WorldQuestion] = []
    for family in families or FAMILIES_OF_QUESTIONS:
        rng = np.random.default_rng([seed, 23, zlib.crc32(family.encode()), int(held_out)])
        draw = QuestionDraw(truth, rng, held_out)
        texts: set[str] = set()
        for _ in range(tries * per_family):
            if len(texts) >= per_family:
                break
            question = _MAKERS[family](draw, family)
            if question is not None and question.text not in texts:
                texts.add(question.text)
                found.append(question)
    return found


def questions_hash(questions: Sequence[WorldQuestion]) -> str:
    """A short hash of questions and answers, by which a split is known."""
    lines = (f"{one.family}|{one.text}|{one.ids}|{one.answer}" for one in questions)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _by_color(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    """Phrases and questions about objects of a class and a color."""
    label = draw.target()
    if label is None:
        return None
    rows = draw.truth.named(label)
    color = draw.color(rows)
    found = clearly(rows, lambda row: draw.truth.has_color(row, color))
    if found is None:
        return None
    words = {"target": label, "color": color}
    if family == "attribute":
        return draw.made(family, found, **words) if len(found) == 1 < len(rows) else None
    if family == "multi":
        return draw.made(family, found, **words) if len(found) > 1 else None
    if family == "zero":
        return draw.made(family, (), **words) if not found else None
    if family == "exist":
        if bool(found) != bool(draw.rng.random() < 0.5):
            return None
        return draw.made(family, found, "yes" if found else "no", **words)
    if len(found) > _MOST_COUNTED:
        return None
    return draw.made(family, found, str(len(found)), **words)


def _by_name(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    """Phrases and questions about all objects of a class."""
    if family == "zero class":
        absent = [one for one in FAMILIES if not _any_named(draw.truth, one)]
        label = absent[draw.rng.integers(len(absent))]
        return draw.made(family, (), target=label)
    label_or_none = draw.target(most=1 if family == "unique" else _MOST_COUNTED)
    if label_or_none is None:
        return None
    rows = draw.truth.named(label_or_none)
    answer = "" if family == "unique" else str(len(rows))
    return draw.made(family, rows, answer, target=label_or_none)


def _any_named(truth: WorldTruth, label: str) -> bool:
    """Whether a label names an object, or a part of it does."""
    return any(
        one == label or one.endswith(f" {label}") or label.endswith(f" {one}")
        for one in truth.labels
    )


def _superlative(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    rank = 1 if family == "superlative" else 2
    label = draw.target(least=rank + 1)
    if label is None:
        return None
    most = ("largest", "smallest", "tallest")[draw.rng.integers(3)]
    truth = draw.truth
    before = {
        "largest": truth.is_larger, "tallest": truth.is_taller,
        "smallest": lambda row, other: truth.is_larger(other, row),
    }[most]  # fmt: skip
    rows = truth.named(label)
    order = ranked(rows, before)
    if order is None:
        return None
    return draw.made(family, order[rank - 1 : rank], target=label, most=most)


def _nearest(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    label, anchors = draw.target(least=2), draw.anchors()
    if label is None or anchors is None or draw.truth.labels[anchors[0]] == label:
        return None
    which = ("nearest", "farthest")[draw.rng.integers(2)]
    found = _best_by_distance(draw.truth, draw.truth.named(label), anchors[0], which)
    if found is None:
        return None
    anchor = draw.truth.labels[anchors[0]]
    return draw.made(family, (found,), target=label, anchor=anchor, nearest=which)


def _best_by_distance(
    truth: WorldTruth, rows: Sequence[int], anchor: int, which: str
) -> int | None:
    """The row that is clearly nearer to, or farther from an anchor than all others."""
    wanted = which == "nearest"
    for row in rows:
        if row != anchor and all(
            truth.is_nearer(row, other, anchor=anchor) is wanted for other in rows if other != row
        ):
            return row
    return None


def _side(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    label, anchors = draw.target(least=2), draw.anchors()
    if label is None or anchors is None:
        return None
    truth, anchor = draw.truth, anchors[0]
    if truth.labels[anchor] == label or anchor in truth.named(label):
        return None
    side = tuple(SIDE_WORDS)[draw.rng.integers(len(SIDE_WORDS))]
    found = clearly(truth.named(label), lambda row: truth.is_on_side(row, side, anchor=anchor))
    if found is None or len(found) != 1:
        return None
    words = {"target": label, "anchor": truth.labels[anchor], "side": side}
    if family == "side":
        return draw.made(family, found, **words)
    color = truth.color(found[0])
    return None if color is None else draw.made(family, found, color, **words)


def _between(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    label, anchors = draw.target(), draw.anchors(2)
    if label is None or anchors is None:
        return None
    truth, (first, second) = draw.truth, anchors
    rows = truth.named(label)
    apart = float(np.linalg.norm(truth.middle[first, :2] - truth.middle[second, :2]))
    if first in rows or second in rows or apart < 1.0:
        return None
    detours = sorted((truth.detour(row, first, second), row) for row in rows)
    best = truth.middle[detours[0][1], :2]
    near = min(float(np.linalg.norm(best - truth.middle[end, :2])) for end in (first, second))
    if detours[0][0] > 0.2 or near < 0.25 * apart:
        return None
    if len(detours) > 1 and detours[1][0] < detours[0][0] + 0.5:
        return None
    words = {"anchor": truth.labels[first], "second": truth.labels[second]}
    return draw.made(family, (detours[0][1],), target=label, **words)


def _near(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    label, anchors = draw.target(least=2), draw.anchors()
    if label is None or anchors is None:
        return None
    truth, anchor = draw.truth, anchors[0]
    rows = truth.named(label)
    if anchor in rows:
        return None
    found = clearly(rows, lambda row: truth.is_near(row, anchor))
    if found is None or len(found) != 1:
        return None
    return draw.made(family, found, target=label, anchor=truth.labels[anchor])


def _on(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    """Phrases and questions about what stands on an object with a unique name."""
    anchors = draw.anchors()
    if anchors is None:
        return None
    truth, anchor = draw.truth, anchors[0]
    carried = [row for row in range(len(truth.id)) if truth.support[row] == truth.id[anchor]]
    words = {"anchor": truth.labels[anchor]}
    if family == "what on":
        if len(carried) != 1 or any(
            truth.is_on(row, anchor) is None for row in range(len(truth.id))
        ):
            return None
        return draw.made(family, carried, truth.labels[carried[0]], **words)
    if carried and draw.rng.random() < (0.5 if family == "exist on" else 0.85):
        label = truth.labels[draw.pick(carried)]
    else:
        label = draw.target() or ""
    rows = truth.named(label)
    if not label or anchor in rows:
        return None
    found = clearly(rows, lambda row: truth.is_on(row, anchor))
    if found is None or (not carried and family in ("count on", "exist on")):
        return None
    words["target"] = label
    wanted = {"on": len(found) == 1 < len(rows), "multi on": len(found) > 1,
              "zero on": not found, "count on": len(found) <= _MOST_COUNTED,
              "exist on": True}[family]  # fmt: skip
    if not wanted:
        return None
    answers = {"count on": str(len(found)), "exist on": "yes" if found else "no"}
    return draw.made(family, found, answers.get(family, ""), **words)


def _carrier(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    """Phrases about what carries a thing, among several of a class."""
    label = draw.target(least=2)
    if label is None:
        return None
    truth = draw.truth
    rows = truth.named(label)
    carried = [row for row in range(len(truth.id)) if truth.support[row] in truth.id[rows]]
    if not carried:
        return None
    load = truth.labels[draw.pick(carried)]
    loads = truth.named(load)
    if load == label or set(loads) & set(rows):
        return None
    found = [row for row in rows if any(truth.is_on(one, row) is not False for one in loads)]
    clear = [row for row in rows if any(truth.is_on(one, row) is True for one in loads)]
    if len(found) != 1 or found != clear:
        return None
    return draw.made(family, found, target=label, anchor=load)


def _color(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    label = draw.target(most=1)
    if label is None:
        return None
    (row,) = draw.truth.named(label)
    color = draw.truth.color(row)
    return None if color is None else draw.made(family, (row,), color, target=label)


def _larger(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    pair = draw.anchors(2)
    if pair is None:
        return None
    truth, (first, second) = draw.truth, pair
    outcome = truth.is_larger(first, second)
    if outcome is None or not truth.is_target[pair].all():
        return None
    names = {"target": truth.labels[first], "anchor": truth.labels[second]}
    made = draw.made(family, (first, second), "yes" if outcome else "no", **names)
    if made.text.startswith("which"):
        winner = truth.labels[first if outcome else second]
        return WorldQuestion(family, made.text, made.ids, winner, made.held_out_wording)
    return made


def _two_step(draw: QuestionDraw, family: str) -> WorldQuestion | None:
    """A thing on one of several carriers, which another relation tells apart."""
    carrier, anchors = draw.target(least=2), draw.anchors()
    if carrier is None or anchors is None:
        return None
    truth, second = draw.truth, anchors[0]
    carriers = truth.named(carrier)
    if second in carriers:
        return None
    words = {"anchor": carrier, "second": truth.labels[second]}
    if family == "two-step":
        side = tuple(SIDE_WORDS)[draw.rng.integers(len(SIDE_WORDS))]
        chosen = clearly(carriers, lambda row: truth.is_on_side(row, side, anchor=second))
        words["side"] = side
    else:
        which = ("nearest", "farthest")[draw.rng.integers(2)]
        best = _best_by_distance(truth, carriers, second, which)
        chosen = None if best is None else [best]
        words["nearest"] = which
    if chosen is None or len(chosen) != 1:
        return None
    carried = [row for row in range(len(truth.id)) if truth.support[row] == truth.id[chosen[0]]]
    if not carried:
        return None
    label = truth.labels[draw.pick(carried)]
    rows = truth.named(label)
    if second in rows or set(rows) & set(carriers):
        return None
    found = clearly(rows, lambda row: truth.is_on(row, chosen[0]))
    if found is None or len(found) != 1:
        return None
    return draw.made(family, found, target=label, **words)


_MAKERS: dict[str, Callable[[QuestionDraw, str], WorldQuestion | None]] = {
    "attribute": _by_color, "unique": _by_name, "superlative": _superlative, "nearest": _nearest,
    "side": _side, "between": _between, "on": _on, "carrier": _carrier, "ordinal": _superlative,
    "multi": _by_color, "multi on": _on, "zero": _by_color, "zero on": _on,
    "zero class": _by_name, "count": _by_name, "count on": _on, "count color": _by_color,
    "exist": _by_color, "exist on": _on, "color": _color, "color side": _side, "what on": _on,
    "larger": _larger, "two-step": _two_step, "two-step nearest": _two_step,
    "near": _near, "exist side": exist_side, "verify color": verify_one, "verify on": verify_one,
    "verify side": verify_one, "verify near": verify_one, "verify all": verify_all,
}  # fmt: skip
FAMILIES_OF_QUESTIONS = tuple(_MAKERS)
"""Families of questions and phrases."""
GROUNDING_FAMILIES = tuple(
    family for family in _MAKERS
    if family.partition(" ")[0] in ("attribute", "unique", "superlative", "nearest", "side",
                                    "between", "near", "on", "carrier", "ordinal", "multi", "zero",
                                    "two-step")
)  # fmt: skip
"""Those that only mean objects."""
