"""The words that ``lm/nano`` knows, and bytes of those that it does not."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core.color_names import COLOR_WORDS
from scenewright.language.question_units import UNIT_KINDS, Unit

START, UNKNOWN = 0, 1
"""Ids of the unit in front of each question, and of words that are not in the vocabulary."""
NUM_RESERVED = 2
NUM_GRAMS = 512
"""Buckets of groups of bytes."""
GRAMS = 12
"""Most groups of bytes of a word that are kept."""
FIND, NAME = "find", "name"
"""Answers that stand for the objects that are meant, and for the name of one of them."""
MOST_COUNTED = 12
ANSWERS = (FIND, NAME, "yes", "no", *(str(i) for i in range(MOST_COUNTED + 1)), *COLOR_WORDS)
"""What `lm/nano` can answer; names of objects are those of the scene."""
FIRST_COUNT = ANSWERS.index("0")
FIRST_COLOR = ANSWERS.index(COLOR_WORDS[0])


class Vocabulary:
    """Words by number.

    Args:
        words: The words, without repeats.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._ids = {word: i + NUM_RESERVED for i, word in enumerate(words)}

    def __len__(self) -> int:
        return len(self.words) + NUM_RESERVED

    def ids(self, units: Sequence[Unit]) -> NDArray[np.int64]:
        """(1 + T,) ids of the words of units, `START` first; those of other units are unknown."""
        found = [self._ids.get(unit.text, UNKNOWN) if unit.kind == "word" else UNKNOWN
                 for unit in units]  # fmt: skip
        return np.array([START, *found], np.int64)

    def heard(self, units: Sequence[Unit]) -> list[Unit]:
        """Units without unknown words that say nothing, such as ``located``."""
        return [unit for unit in units if self.knows(unit) or unit.value != "filler"]

    def knows(self, unit: Unit) -> bool:
        """Whether a unit is a word of the vocabulary, or something that is looked up."""
        return unit.kind != "word" or unit.text in self._ids


def kind_ids(units: Sequence[Unit]) -> NDArray[np.int64]:
    """(1 + T,) number of the kind of each unit, plural nouns apart; 0 in front."""
    found = [1 + 2 * UNIT_KINDS.index(unit.kind) + unit.plural for unit in units]
    return np.array([0, *found], np.int64)


NUM_KINDS = 1 + 2 * len(UNIT_KINDS)


def byte_grams(units: Sequence[Unit]) -> NDArray[np.int64]:
    """(1 + T, GRAMS) buckets of the groups of three bytes of each word, -1 where there is none.

    By them, a word that is unknown resembles words that are spelled alike.
    """
    found = np.full((1 + len(units), GRAMS), -1, np.int64)
    for row, unit in enumerate(units, start=1):
        if unit.kind == "word":
            found[row] = _grams(unit.text)
    return found


def _grams(word: str) -> NDArray[np.int64]:
    data = f"<{word}>".encode()
    groups = [data[i : i + 3] for i in range(max(len(data) - 2, 1))][:GRAMS]
    found = np.full(GRAMS, -1, np.int64)
    found[: len(groups)] = [zlib.crc32(group) % NUM_GRAMS for group in groups]
    return found
