"""Candidate labels of an instance with their probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from scenewright.core.errors import ConventionError

SUM_TOLERANCE = 1e-3
"""How far the sum of an instance's probabilities may exceed 1; half precision needs this much."""


def best_label(scores: Mapping[str, float]) -> str:
    """The candidate of highest probability, the first one of a tie; empty if there is none."""
    return max(scores, key=lambda word: scores[word]) if scores else ""


def label_shares(votes: Mapping[str, float]) -> dict[str, float]:
    """Probability per label: its share of all votes, with those of masks without a label.

    Args:
        votes: Sum of votes per label; those for the empty label are the remainder to 1.

    Returns:
        Labels with votes, best first, equal ones in alphabetical order.
    """
    total = sum(votes.values())
    shares = [(label, vote / total) for label, vote in votes.items() if label and vote]
    return dict(sorted(((x, s) for x, s in shares if s > 0), key=lambda item: (-item[1], item[0])))


def checked_label_scores(name: str, label: str, scores: Mapping[str, float]) -> Mapping[str, float]:
    """Returns the candidates as a read-only mapping, best first.

    Args:
        name: What to call them in error messages.
        label: The label of the instance.
        scores: Probability per candidate; the remainder to 1 belongs to other labels. Empty if
            unknown.

    Raises:
        ConventionError: A candidate is empty or not text, a probability lies outside [0, 1], the
            sum exceeds 1, or the label is not a candidate of highest probability.
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
