"""Vectors of objects and of phrases from names, colors and sizes, without weights.

A vector has three parts: names, colors and sizes. Each word for things has a random direction of
its own, drawn from a hash of the word; the names part of an object is the sum of the directions of
all words that name it, so its product with the direction of a word is about 1 if the word names the
object, and about 0 if not. The colors part holds how well each color word fits, the sizes part how
well each size word does.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.color_names import COLOR_WORDS
from scenewright.language._class_words import WIDER
from scenewright.language.attributes import color_scores, size_scores
from scenewright.language.facts import SceneFacts
from scenewright.language.lexicon import name_match
from scenewright.language.programs import HasColor, HasSize, Phrase

SIZE_WORDS = ("large", "small", "tall", "short", "long", "wide", "narrow")
NAME_DIM = 512
DIM = NAME_DIM + len(COLOR_WORDS) + len(SIZE_WORDS)
"""Length of the vectors."""
VERSION = 1
"""Changes when vectors of an older version can no longer be compared."""
_BEST_SHARE = 0.6
"""Least weight of the label of an object that has other candidates, as in `SceneFacts.named`."""


@dataclass(frozen=True)
class Wanted:
    """What a phrase says about its objects alone.

    Attributes:
        name: The class; None = any object.
        colors: Columns of colors.
        sizes: Columns of sizes.
    """

    name: str | None
    colors: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()

    @property
    def vector(self) -> NDArray[np.float32]:
        """(DIM,) vector whose product with that of an object is the mean of how well each part
        fits; zeros if nothing is said."""
        found = np.zeros(DIM, np.float32)
        if self.name is not None:
            found[:NAME_DIM] = name_direction(self.name)
        for column in self.columns:
            found[column] += 1
        count = (self.name is not None) + len(self.columns)
        return (found / np.float32(max(count, 1))).astype(np.float32)

    @property
    def columns(self) -> tuple[int, ...]:
        """Positions of the colors and sizes in a vector."""
        first = NAME_DIM + len(COLOR_WORDS)
        return (*(NAME_DIM + c for c in self.colors), *(first + s for s in self.sizes))


def wanted(phrase: Phrase) -> Wanted:
    """What a phrase says about its objects alone; relations and what is negated are left out."""
    told = [one for one in phrase.conditions if not getattr(one, "negated", False)]
    return Wanted(
        phrase.name,
        tuple(COLOR_WORDS.index(one.color) for one in told if isinstance(one, HasColor)),
        tuple(SIZE_WORDS.index(one.size) for one in told if isinstance(one, HasSize)),
    )


def describe_rows(facts: SceneFacts) -> NDArray[np.float32]:
    """(N, DIM) vectors of the objects of a scene; zeros for parts of the room without a name."""
    found = np.zeros((len(facts), DIM), np.float32)
    for row, name in enumerate(facts.names):
        for word, weight in _weights(name, facts.candidates[row]).items():
            found[row, :NAME_DIM] += weight * name_direction(word)
    colors = [color_scores(facts, word) for word in COLOR_WORDS]
    sizes = [size_scores(facts, word) for word in SIZE_WORDS]
    if len(facts):
        found[:, NAME_DIM:] = np.stack([*colors, *sizes], axis=1)
    return found


def fits(vectors: NDArray[np.floating], one: Wanted) -> NDArray[np.float64]:
    """(N,) how well objects fit what a phrase says about them alone: at least as much as a program
    would find, but for the small products of different words.

    Args:
        vectors: (N, DIM) of objects.
        one: What is wanted.
    """
    scores = np.ones(len(vectors))
    if one.name is not None:
        scores = np.clip(vectors[:, :NAME_DIM] @ name_direction(one.name), 0, 1).astype(np.float64)
    for column in one.columns:
        scores = scores * vectors[:, column]
    return scores


@functools.lru_cache(maxsize=4096)
def name_direction(word: str) -> NDArray[np.float32]:
    """(NAME_DIM,) direction of a word for things; of ``office chair`` in part that of ``chair``."""
    vector = _direction(word)
    for wider in _heads(word):
        vector = vector + _BEST_SHARE * _direction(wider)
    vector.setflags(write=False)
    return vector


def _weights(name: str, candidates: dict[str, float]) -> dict[str, float]:
    """How well each word names an object that has a name and other candidates."""
    if not name and not candidates:
        return {}
    own = {word: 1.0 for word in _names_of(name)}
    if not candidates:
        return own
    total: dict[str, float] = {word: _BEST_SHARE for word in own}
    shares: dict[str, float] = {}
    for label, chance in candidates.items():
        for word in _names_of(label):
            shares[word] = shares.get(word, 0.0) + chance
    for word, share in shares.items():
        total[word] = min(1.0, max(total.get(word, 0.0), share))
    return total


@functools.lru_cache(maxsize=4096)
def _names_of(label: str) -> tuple[str, ...]:
    """All words that name things with a label: itself, wider words, and its last words."""
    if not label:
        return ()
    wider = [word for word in WIDER if name_match(word, label) >= 1]
    heads = [word for word in _heads(label) if name_match(word, label) >= 1]
    return tuple(dict.fromkeys([label, *wider, *heads]))


def _heads(name: str) -> Iterator[str]:
    """``chair`` of ``wooden office chair``, after ``office chair``."""
    words = name.split()
    for first in range(1, len(words)):
        yield " ".join(words[first:])


@functools.lru_cache(maxsize=4096)
def _direction(word: str) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
    vector = np.random.default_rng(seed).normal(size=NAME_DIM)
    unit: NDArray[np.float32] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit
