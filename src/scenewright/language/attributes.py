"""Soft colors and sizes: how well a word describes each object, 0 to 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core.color_names import COLOR_WORDS
from scenewright.language.facts import SceneFacts

_SOFTNESS = 0.08
"""Logarithm of a ratio of sizes over which a size word begins to fit."""
_GROWING = ("large", "tall", "long", "wide")
_FEATURES = {"tall": "height", "short": "height", "long": "length", "wide": "length",
             "narrow": "length"}  # fmt: skip


def color_scores(facts: SceneFacts, color: str) -> NDArray[np.float64]:
    """(N,) share of a color, relative to the largest share of each object.

    Args:
        facts: The scene.
        color: One of `COLOR_WORDS`.
    """
    column = facts.colors[:, COLOR_WORDS.index(color)]
    largest = facts.colors.max(axis=1, initial=0)
    scores: NDArray[np.float64] = column / np.maximum(largest, 1e-9)
    return scores


def size_scores(facts: SceneFacts, size: str) -> NDArray[np.float64]:
    """(N,) how well a size word fits; one half for objects of the usual size.

    Args:
        facts: The scene.
        size: ``large``, ``small``, ``tall``, ``short``, ``long``, ``wide`` or ``narrow``.
    """
    feature = _FEATURES.get(size)
    ratios = facts.ratios if feature is None else _relative(facts, facts.feature(feature))
    logarithm = np.log(np.maximum(ratios, 1e-6))
    sign = 1 if size in _GROWING else -1
    scores: NDArray[np.float64] = 1 / (1 + np.exp(np.clip(-sign * logarithm / _SOFTNESS, -50, 50)))
    return scores


def _relative(facts: SceneFacts, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values relative to the other objects of the same name; 1 if there is none."""
    names = np.array(facts.names)
    ratios = np.ones(len(values))
    for row, name in enumerate(facts.names):
        same = (names == name) & (np.arange(len(values)) != row) & facts.is_object
        if same.any():
            ratios[row] = values[row] / max(float(np.median(values[same])), 1e-6)
    return ratios
