"""Captions of the objects of a world, several for each, made from what is true of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenewright.worlds.composing.world import World
from scenewright.worlds.language.truth import WorldTruth, read_truth
from scenewright.worlds.language.wordings import SIDE_WORDS

_TEMPLATES = (
    "this is a {noun}. it is {place}.", "a {noun} {place}.", "the {noun} stands {place}.",
    "there is a {noun}. the {label} is {place}.",
)  # fmt: skip
_MOST_PLACES = 2
_NEAR = 3.0
"""Largest distance of an object that a caption names, meters."""


@dataclass(frozen=True)
class WorldCaption:
    """What can be said about one object.

    Attributes:
        id: The object.
        label: Its label.
        texts: Two to four captions.
    """

    id: int
    label: str
    texts: tuple[str, ...]


def make_captions(world: World, *, seed: int = 0) -> list[WorldCaption]:
    """Captions of all objects of which something clear can be said.

    They name the color if it is clear, and up to two places: what the object stands on, and on
    which side it is of objects whose names are unique, as seen from the middle of the room.

    Args:
        world: Any world.
        seed: Random seed; the same seed gives the same captions.
    """
    truth = read_truth(world, seed=seed)
    rng = np.random.default_rng([seed, 24])
    found = []
    for row in np.flatnonzero(truth.is_target).tolist():
        places = _places(truth, row, rng)
        if not places:
            continue
        label = truth.labels[row]
        noun = " ".join(word for word in (truth.color(row), label) if word)
        texts = [
            template.format(noun=noun, label=label, place=place)
            for place in places
            for template in rng.permutation(np.array(_TEMPLATES))[:2].tolist()
        ]
        found.append(WorldCaption(int(truth.id[row]), label, tuple(dict.fromkeys(texts))))
    return found


def _places(truth: WorldTruth, row: int, rng: np.random.Generator) -> list[str]:
    places = []
    support = np.flatnonzero(truth.id == truth.support[row])
    if len(support):
        places.append(f"on the {truth.labels[int(support[0])]}")
    anchors = [one for one in truth.unique() if one != row]
    middle = truth.middle[:, :2]
    anchors.sort(key=lambda one: float(np.linalg.norm(middle[one] - middle[row])))
    for anchor in anchors:
        if len(places) == _MOST_PLACES or np.linalg.norm(middle[anchor] - middle[row]) > _NEAR:
            break
        for side, words in SIDE_WORDS.items():
            if truth.is_on_side(row, side, anchor=anchor):
                word = words[rng.integers(len(words) - 1)]
                places.append(f"{word} the {truth.labels[anchor]}")
                break
    return places
