"""Questions as units: single words, and names, colors and pronouns with the objects that they fit.

``lm/nano`` reads these instead of plain words. What a name or a color means is looked up in the
lexicon and in the scene, and one word stands for all of the same meaning (``couch``, ``nearest``).
How the units belong together, and what places and sizes they stand for, is what the network has
learned. So it knows each name that a scene uses, and not only those that it was taught with.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.color_names import COLOR_WORDS
from scenewright.language._question_words import COLOR, COUNT, EXIST, FIND, POLITE, VERIFY
from scenewright.language.lexicon import Lexicon, Term, name_match, split_words

UNIT_KINDS = ("word", "name", "thing", "color", "pronoun", "id")
"""What a unit is; all but words come with the objects that they fit."""
_LOOKED_UP = ("relation", "side", "superlative", "comparative", "size", "ordinal", "number")
"""Terms for which a usual word stands, whatever words were used."""
_ASKED = ("count", "exist", "color", "find", "verify")
"""What can be asked for, by the words with which a question begins."""
_ASKING = ("which", "what")
"""Words after which a noun such as ``object`` or ``one`` says nothing more."""
_ANY = ("is a", "is an", "is some", "are some")
"""Beginnings of questions about any object, before a noun."""
_ARTICLES = ("an", "any", "some")
_MARKS = frozenset("?!.,;:")
_PARTLY = 0.6
"""Match of a label that is wider than the name; one that is no wider matches fully."""


@dataclass(frozen=True, eq=False)
class Unit:
    """A word of a question, or several that name one thing.

    Attributes:
        kind: One of `UNIT_KINDS`.
        text: The words as written, in lower case; for relations, sizes and numbers usual ones.
        plural: Whether it is a noun in the plural.
        value: Usual name, color word, ``it`` or ``them``, or id; for words what the lexicon takes
            them for, such as ``filler``.
    """

    kind: str
    text: str
    plural: bool
    value: str | int


@dataclass(frozen=True, eq=False)
class UnitObjects:
    """The objects of a scene as far as units refer to them.

    Attributes:
        id: (N,) ids.
        named: How well a usual name fits each object, (N,) in [0, 1].
        colors: (N, 12) shares of color words.
        is_object: (N,) whether each is an object and no part of the room.
    """

    id: NDArray[np.integer]
    named: Callable[[str], NDArray[np.float64]]
    colors: NDArray[np.float64]
    is_object: NDArray[np.bool_]


def read_units(text: str, lexicon: Lexicon) -> list[Unit]:
    """The units of a question; names of several words are one unit."""
    words, asked = _asked(split_words(text))
    units: list[Unit] = [asked] if asked else []
    for term in lexicon.terms(words):
        if term.kind == "thing" and units and units[-1].text in _ASKING:
            continue
        if term.kind in ("class", "thing", "color", "pronoun", "id"):
            units.append(_unit(term))
        elif term.kind == "mark":
            continue
        elif term.kind in _LOOKED_UP:
            units.append(Unit("word", _usual_words(term), False, term.text))
        elif term.kind == "with" and term.text != "without":
            units.append(Unit("word", "with", False, term.text))
        else:
            units += [
                Unit("word", "a" if word in _ARTICLES else word, False, term.kind)
                for word in term.text.split()
            ]
    return units


def decides(unit: Unit, lexicon: Lexicon) -> bool:
    """Whether an answer may be wrong without this unit: ``not``, ``expensive``, ``two``.

    Words such as ``any`` or ``located`` may be left out; so may names, which are looked up.
    """
    if unit.kind != "word":
        return False
    if unit.text.split()[0] in _LOOKED_UP:
        return True
    return any(term.kind in ("word", "not") for term in lexicon.terms([unit.text]))


def match_units(
    units: list[Unit], objects: UnitObjects, *, about: tuple[int, ...] = ()
) -> NDArray[np.float32]:
    """(T, N) how well each unit fits each object, 0 to 1; zeros for words.

    Args:
        units: Units of a question.
        objects: The objects of the scene.
        about: Ids that pronouns mean.
    """
    found = np.zeros((len(units), len(objects.id)), np.float32)
    for row, unit in enumerate(units):
        if unit.kind == "name":
            found[row] = np.clip((objects.named(str(unit.value)) - _PARTLY) / (1 - _PARTLY), 0, 1)
        elif unit.kind == "thing":
            found[row] = objects.is_object
        elif unit.kind == "color":
            column = objects.colors[:, COLOR_WORDS.index(str(unit.value))]
            found[row] = column / np.maximum(objects.colors.max(axis=1, initial=0), 1e-9)
        elif unit.kind == "pronoun":
            found[row] = np.isin(objects.id, about)
        elif unit.kind == "id":
            found[row] = objects.id == unit.value
    return found


def name_scores(names: list[str]) -> Callable[[str], NDArray[np.float64]]:
    """How well names fit objects with usual names, remembered by name."""
    known: dict[str, NDArray[np.float64]] = {}

    def named(name: str) -> NDArray[np.float64]:
        if name not in known:
            known[name] = np.array([name_match(name, one) for one in names], np.float64)
        return known[name]

    return named


def _asked(words: list[str]) -> tuple[list[str], Unit | None]:
    """The words without those that say what is asked for, and a unit for them."""
    while words and (words[0] in _MARKS or _lead(words, "")):
        words = words[1:] if words[0] in _MARKS else words[len(_lead(words, "")) :]
    if words[:1] == ["and"] and any(_lead(words[1:], kind) for kind in _ASKED if kind != "find"):
        words = words[1:]
    for kind in _ASKED:
        if lead := _lead(words, kind):
            return words[len(lead) :], Unit("word", f"ask {kind}", False, " ".join(lead))
    return words, None


def _lead(words: list[str], kind: str) -> list[str]:
    """The longest words of a kind with which a text begins; none if it begins otherwise."""
    leads = _leads()[kind].get(words[0], []) if words else []
    return next((lead for lead in leads if words[: len(lead)] == lead), [])


@functools.cache
def _leads() -> dict[str, dict[str, list[list[str]]]]:
    """Words with which questions begin, by what they ask for and by the first word, the longest
    first."""
    texts = {
        "": POLITE, "count": COUNT, "exist": (*EXIST, *_ANY), "color": COLOR, "find": FIND,
        "verify": VERIFY,
    }  # fmt: skip
    found: dict[str, dict[str, list[list[str]]]] = {}
    for kind, said in texts.items():
        found[kind] = {}
        for lead in sorted((text.split() for text in said), key=len, reverse=True):
            found[kind].setdefault(lead[0], []).append(lead)
    return found


def _usual_words(term: Term) -> str:
    """One text for all words that mean the same, such as ``superlative volume large``."""
    if isinstance(term.value, tuple):
        feature, is_large = term.value
        return f"{term.kind} {feature} {'large' if is_large else 'small'}"
    return f"{term.kind} {term.value}"


def _unit(term: Term) -> Unit:
    kind = "name" if term.kind == "class" else term.kind
    value = term.value if isinstance(term.value, int) else str(term.value)
    return Unit(kind, term.text, term.plural, value)
