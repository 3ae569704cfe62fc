"""Categories of mesh files from their names, and typical sizes of categories."""

from __future__ import annotations

import re

from scenewright.worlds.objects.registry import FAMILIES

_NOISE = frozenset(
    "small medium large big tall short low high lod model mesh final new old textured".split()
)
_MORE_SIZES: dict[str, tuple[float, float]] = {
    "air conditioner": (0.6, 2.0), "banana": (0.12, 0.22), "bathtub": (1.4, 1.9),
    "bicycle": (1.4, 1.9), "blanket": (1.2, 2.4), "board": (0.4, 2.0), "book": (0.15, 0.35),
    "burger": (0.08, 0.16), "cactus": (0.1, 0.5), "carrot": (0.1, 0.25), "carpet": (0.6, 3.0),
    "clamp": (0.08, 0.25), "computer": (0.3, 0.6), "couch": (1.2, 3.2), "counter": (0.5, 3.2),
    "crate": (0.3, 0.7), "cup": (0.06, 0.14), "curtain": (1.0, 3.2), "desk lamp": (0.25, 0.7),
    "dish": (0.12, 0.35), "door": (1.9, 2.6), "dresser": (0.6, 1.8), "dumbbell": (0.2, 1.5),
    "extractorhood": (0.5, 1.3), "fan": (0.3, 1.5), "food": (0.08, 0.3), "frame": (0.15, 1.0),
    "fridge": (0.8, 2.0), "glass": (0.07, 0.2), "hood": (0.5, 1.3), "jar": (0.08, 0.25),
    "kettle": (0.18, 0.32), "ketchup": (0.15, 0.25), "lamp": (0.1, 1.9),
    "lamp standing": (1.2, 1.9), "rack": (0.3, 1.6), "lid": (0.1, 0.35),
    "marker": (0.1, 0.18), "oven": (0.5, 1.0), "pen": (0.1, 0.18), "phone": (0.12, 0.2),
    "pillow": (0.3, 0.75), "plant": (0.15, 1.8), "potato": (0.06, 0.14), "pumpkin": (0.15, 0.4),
    "refrigerator": (0.8, 2.0), "remote": (0.12, 0.25), "scissors": (0.1, 0.25),
    "screwdriver": (0.12, 0.3), "sink": (0.4, 1.2), "stapler": (0.06, 0.2), "stew": (0.15, 0.4),
    "stove": (0.4, 1.2), "tablet": (0.15, 0.3), "tomato": (0.05, 0.1), "towel": (0.2, 1.2),
    "tv cabinet": (1.0, 3.0), "tvcabinet": (1.0, 3.0), "window": (0.6, 3.0),
}  # fmt: skip

TYPICAL_SIZES: dict[str, tuple[float, float]] = {
    **{name: family.size for name, family in FAMILIES.items()},
    **_MORE_SIZES,
}
"""Minimum and maximum longest extent of common objects, meters, by singular noun."""


def category_from_name(name: str) -> str:
    """A category from a file name: ``"KitchenChair_01.glb"`` gives ``"kitchen chair"``.

    Names are split at underscores, hyphens, dots, spaces, digits and inner capitals. Numbers,
    single letters and words such as "small" are dropped; a name without other words gives
    ``"object"``.

    Args:
        name: File name with or without folders and suffix.
    """
    stem = re.split(r"[\\/]", name)[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{2,4}$", "", stem)
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", stem)
    kept = [word.lower() for word in words]
    kept = [word for word in kept if len(word) > 1 and word not in _NOISE]
    return " ".join(kept) or "object"


def typical_size(category: str) -> tuple[float, float] | None:
    """Minimum and maximum longest extent of a category, meters; None if it is unknown.

    The category itself is looked up first, then each of its words, also as the end or the
    beginning of a longer word ("kitchentable" is a table). Of several known words the one with
    the largest size is used: "crate carrots" is a crate.

    Args:
        category: As from `category_from_name`.
    """
    if category in TYPICAL_SIZES:
        return TYPICAL_SIZES[category]
    found = [size for size in map(_word_size, category.split()) if size is not None]
    return max(found, key=lambda size: size[0] * size[1], default=None)


def _word_size(word: str) -> tuple[float, float] | None:
    for candidate in (word, word.removesuffix("s"), word.removesuffix("es")):
        if candidate in TYPICAL_SIZES:
            return TYPICAL_SIZES[candidate]
    names = [name for name in TYPICAL_SIZES if len(name) > 3]
    fitting = [name for name in names if word.endswith(name) or word.startswith(name)]
    return TYPICAL_SIZES[max(fitting, key=len)] if fitting else None
