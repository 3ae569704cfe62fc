"""Draws what questions are about: classes, colors and anchors of a world."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scenewright.core.color_names import COLOR_WORDS
from scenewright.worlds.language.truth import WorldTruth
from scenewright.worlds.language.wordings import worded

_PAIRS_HELD_OUT = 5
"""One in so many pairs of color and class is held out."""


@dataclass(frozen=True)
class WorldQuestion:
    """A question or phrase about a world.

    Attributes:
        family: Such as ``"count on"``; one of `questions.FAMILIES_OF_QUESTIONS`.
        text: The words.
        ids: Objects that are meant, sorted; of a question those that the answer counts, or that a
            question answered by yes or no is about.
        answer: Short answer; "" for a phrase, which only means objects.
        held_out_wording: Whether its words are held out.
        held_out_pair: Whether its pair of color and class is held out.
    """

    family: str
    text: str
    ids: tuple[int, ...]
    answer: str = ""
    held_out_wording: bool = False
    held_out_pair: bool = False


@dataclass(frozen=True, eq=False)
class QuestionDraw:
    """What one question is drawn from.

    Attributes:
        truth: The world.
        rng: Random numbers; advanced.
        held_out: Whether to use held-out wordings.
    """

    truth: WorldTruth
    rng: np.random.Generator
    held_out: bool

    def pick(self, rows: Sequence[int]) -> int:
        """One of some rows."""
        return rows[int(self.rng.integers(len(rows)))]

    def target(self, *, least: int = 1, most: int = 99) -> str | None:
        """A label that names a number of objects, or None."""
        labels = self.truth.labels_of(least, most)
        return labels[self.rng.integers(len(labels))] if labels else None

    def anchors(self, count: int = 1) -> list[int] | None:
        """Rows of objects whose names are unique, or None."""
        rows = self.truth.unique()
        if len(rows) < count:
            return None
        return [rows.pop(int(self.rng.integers(len(rows)))) for _ in range(count)]

    def color(self, rows: Sequence[int]) -> str:
        """A color of one of some objects, mostly; sometimes any."""
        known = [color for row in rows if (color := self.truth.color(row)) is not None]
        if known and self.rng.random() < 0.8:
            return known[self.rng.integers(len(known))]
        return COLOR_WORDS[self.rng.integers(len(COLOR_WORDS))]

    def made(
        self, family: str, rows: Sequence[int], answer: str = "", **words: str
    ) -> WorldQuestion:
        """A question in words."""
        text = worded(family, held_out=self.held_out, rng=self.rng, **words)
        pair = is_held_out_pair(words["color"], words["target"]) if "color" in words else False
        ids = tuple(sorted(int(self.truth.id[row]) for row in rows))
        return WorldQuestion(family, text, ids, answer, self.held_out, pair)


def is_held_out_pair(color: str, label: str) -> bool:
    """Whether a color of a class never occurs in questions to train on."""
    return zlib.crc32(f"{color} {label}".encode()) % _PAIRS_HELD_OUT == 0
