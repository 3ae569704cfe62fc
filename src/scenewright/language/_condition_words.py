"""Conditions in words, for steps and reasons."""

from __future__ import annotations

from scenewright.language.programs import Extreme, Phrase

SIDE_WORDS = {"left": "left of", "right": "right of", "front": "in front of", "behind": "behind",
               "near": "near", "far": "far from", "nearest": "nearest to",
               "farthest": "farthest from"}  # fmt: skip
"""Relations as they are said."""
FEATURE_WORDS = {"volume": ("largest", "smallest"), "height": ("tallest", "shortest"),
             "length": ("longest", "shortest"), "top": ("highest", "lowest"),
             "left": ("leftmost", "rightmost")}  # fmt: skip
"""Largest and smallest of each feature."""


def opposites(phrase: Phrase) -> tuple[str, str] | None:
    """Words of two superlatives that contradict each other, or None."""
    asked = {(c.feature, c.largest) for c in phrase.conditions if isinstance(c, Extreme)}
    for feature, largest in asked:
        if largest and (feature, False) in asked:
            return FEATURE_WORDS[feature]
    return None


def ordinal(rank: int) -> str:
    return {2: "second", 3: "third"}.get(rank, f"{rank}th")
