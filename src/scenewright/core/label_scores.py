"""Candidate labels of an instance with their probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from scenewright.core.errors import ConventionError

SUM_TOLERANCE = 1e-3
"""How far the probabilities of an instance may exceed 1 in sum; half precision needs it."""


def best_label(scores: Mapping[str, float]) -> str:
    """The word of highest probability, the first of equals; empty if there is none."""
    return max(scores, key=lambda word: scores[word]) if scores else ""


def checked_label_scores(name: str, label: str, scores: Mapping[str, float]) -> Mapping[str, float]:
    """Returns candidates sorted from the best to the worst, read-only.

    Args:
        name: How the error message calls them.
        label: The label of the instance.
        scores: Probability per word, the rest of the sum being other words. Empty if unknown.

    Raises:
        ConventionError: A word is empty or no text, a probability lies outside [0, 1], the sum
            exceeds 1, or the label is not a word of highest probability.
    """
    words = {word: float(score) for word, score in scores.items()}
    for word, score in words.items():
        if not isinstance(word, str) or not word:
            raise ConventionError(name, expected="words", got=repr(word)[:60])
        if not (np.isfinite(score) and 0 <= score <= 1):
            got = f"{score:g} for {word!r}"
            raise ConventionError(name, expected="probabilities in [0, 1]", got=got)
    total = sum(words.values())
    if total > 1 + SUM_TOLERANCE:
        raise ConventionError(
            name, expected="probabilities that sum to at most 1", got=f"a sum of {total:.6g}"
        )
    if words and words.get(label, -1.0) < max(words.values()):
        best = best_label(words)
        raise ConventionError(
            name, expected=f"the label to be the best word, {best!r}", got=f"the label {label!r}"
        )
    return MappingProxyType(dict(sorted(words.items(), key=lambda item: -item[1])))
