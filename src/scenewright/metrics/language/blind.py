"""Answers without looking: what text and frequent answers alone give away.

Scores of questions mean little without these two runs beside them. Models that never see a scene
answer nearly half of the questions of SQA3D (Ma et al., ICLR 2023).
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ShapeError

_MOST_ANSWERS = 200
_MOST_FEATURES = 6000
_PSEUDO_COUNT = 4.0
"""Number of made-up questions with the usual words that each answer begins with."""
_WEIGHT = 0.25
"""Weight of a feature: each word is in about four, which naive Bayes would count as independent."""
_SENTENCE_END = re.compile(r"[.!?]+")


class BlindModel:
    """Answers from the words of a question, by naive Bayes on words and pairs of words.

    Of a text of several sentences the last one counts, which is the question.

    Args:
        questions: Questions with known answers, which are not those that are to be answered.
        answers: An answer of each.

    Raises:
        ShapeError: The numbers differ, or there is no question.
    """

    def __init__(self, questions: Sequence[str], answers: Sequence[str]) -> None:
        if not questions or len(questions) != len(answers):
            raise ShapeError(
                "questions to learn from", expected="as many answers as questions, at least one",
                got=f"{len(questions)} and {len(answers)}",
            )  # fmt: skip
        common = Counter(answers).most_common(_MOST_ANSWERS)
        self._answers = [answer for answer, _ in common]
        column = {answer: i for i, answer in enumerate(self._answers)}
        seen = Counter(feature for text in questions for feature in _features(text))
        self._row = {name: i for i, (name, _) in enumerate(seen.most_common(_MOST_FEATURES))}
        usual = np.array([seen[name] / len(questions) for name in self._row])
        counts = np.repeat(_PSEUDO_COUNT * usual[:, None], len(column), axis=1)
        for text, answer in zip(questions, answers, strict=True):
            if answer in column:
                for feature in _features(text):
                    if feature in self._row:
                        counts[self._row[feature], column[answer]] += 1
        totals = np.array([count for _, count in common], np.float64)
        self._prior: NDArray[np.float64] = np.log(totals / totals.sum())
        self._given: NDArray[np.float64] = np.log(counts / (totals + _PSEUDO_COUNT))

    @property
    def majority(self) -> str:
        """The most frequent answer."""
        return self._answers[0]

    def answer(self, question: str) -> str:
        """The most likely answer to a question."""
        rows = [self._row[one] for one in _features(question) if one in self._row]
        scores = self._prior + _WEIGHT * self._given[rows].sum(axis=0)
        return self._answers[int(scores.argmax())]


def _features(text: str) -> list[str]:
    """Words, pairs of words, and the first words of the last sentence of a text, each once."""
    sentences = [one for one in _SENTENCE_END.split(text.lower()) if one.strip()]
    last = sentences[-1] if sentences else ""
    words = "".join(letter if letter.isalnum() else " " for letter in last).split()
    pairs = [f"{a} {b}" for a, b in itertools.pairwise(words)]
    first = [f"^{' '.join(words[:count])}" for count in (1, 2, 3, 4)]
    return list(dict.fromkeys([*words, *pairs, *first]))
