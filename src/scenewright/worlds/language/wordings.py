"""Wordings of questions, phrases and captions; the last of each family is held out of training."""

from __future__ import annotations

import numpy as np

WORDINGS: dict[str, tuple[str, ...]] = {
    "attribute": ("the {color} {target}", "find the {target} that is {color}",
                  "this is a {color} {target}", "the {target} which is colored {color}"),
    "unique": ("the {target}", "find the {target}", "there is a {target}",
               "show me where the {target} is"),
    "superlative": ("the {most} {target}", "find the {most} {target}", "the {target} that is the "
                    "{most}", "of all {targets}, the {most} one"),
    "nearest": ("the {target} {nearest} to the {anchor}", "find the {nearest} {target} to the "
                "{anchor}", "the {target} that is {nearest} to the {anchor}",
                "which {target} stands {nearest} to the {anchor}?"),
    "side": ("the {target} {side} the {anchor}", "find the {target} that is {side} the {anchor}",
             "the {target} standing {side} the {anchor}",
             "there is a {target} located {side} the {anchor}"),
    "between": ("the {target} between the {anchor} and the {second}",
                "find the {target} that is between the {anchor} and the {second}",
                "the {target} in between the {anchor} and the {second}",
                "a {target} standing between the {anchor} and the {second}"),
    "on": ("the {target} on the {anchor}", "find the {target} that is on the {anchor}",
           "the {target} on top of the {anchor}", "the {target} which is placed upon the {anchor}"),
    "carrier": ("the {target} with a {anchor} on it", "find the {target} with a {anchor} on top",
                "the {target} under the {anchor}", "the {target} that has a {anchor} on it"),
    "ordinal": ("the second {most} {target}", "find the second {most} {target}",
                "the {target} that is the second {most}",
                "of the {targets}, the second {most} one"),
    "multi": ("all {color} {targets}", "find all {targets} that are {color}",
              "the {targets} that are {color}", "every {target} colored {color}"),
    "multi on": ("all {targets} on the {anchor}", "find all {targets} that are on the {anchor}",
                 "the {targets} on top of the {anchor}", "every {target} placed on the {anchor}"),
    "zero": ("the {color} {target}", "find the {target} that is {color}", "this is a {color} "
             "{target}", "the {target} which is colored {color}"),
    "zero on": ("the {target} on the {anchor}", "find the {target} that is on the {anchor}",
                "the {target} on top of the {anchor}", "the {target} which is placed upon the "
                "{anchor}"),
    "zero class": ("the {target}", "find the {target}", "there is a {target}",
                   "show me where the {target} is"),
    "count": ("how many {targets} are there?", "how many {targets} are in the room?",
              "what is the number of {targets}?", "count the {targets}"),
    "count on": ("how many {targets} are on the {anchor}?", "how many {targets} are there on the "
                 "{anchor}?", "what is the number of {targets} on the {anchor}?",
                 "count the {targets} on top of the {anchor}"),
    "count color": ("how many {color} {targets} are there?", "how many {targets} are {color}?",
                    "what is the number of {color} {targets}?", "count the {color} {targets}"),
    "exist": ("is there a {color} {target}?", "is there a {target} that is {color}?",
              "does the room have a {color} {target}?", "do you see any {color} {target}?"),
    "exist on": ("is there a {target} on the {anchor}?", "is a {target} on the {anchor}?",
                 "does the room have a {target} on the {anchor}?",
                 "do you see any {target} on top of the {anchor}?"),
    "color": ("what color is the {target}?", "what is the color of the {target}?",
              "what color does the {target} have?", "which color is the {target}?"),
    "color side": ("what color is the {target} {side} the {anchor}?",
                   "what is the color of the {target} {side} the {anchor}?",
                   "what color is the {target} that is {side} the {anchor}?",
                   "which color is the {target} standing {side} the {anchor}?"),
    "what on": ("what is on the {anchor}?", "what is placed on the {anchor}?",
                "what is standing on the {anchor}?", "what object lies upon the {anchor}?"),
    "larger": ("is the {target} larger than the {anchor}?", "is the {target} bigger than the "
               "{anchor}?", "which is larger, the {target} or the {anchor}?",
               "which one is bigger, the {target} or the {anchor}?"),
    "two-step": ("the {target} on the {anchor} {side} the {second}",
                 "find the {target} on the {anchor} that is {side} the {second}",
                 "the {target} on top of the {anchor} {side} the {second}",
                 "the {target} placed on the {anchor} standing {side} the {second}"),
    "two-step nearest": ("the {target} on the {anchor} {nearest} to the {second}",
                         "find the {target} on the {anchor} that is {nearest} to the {second}",
                         "the {target} on top of the {anchor} {nearest} to the {second}",
                         "the {target} placed on the {anchor} which is {nearest} to the "
                         "{second}"),
    "near": ("the {target} next to the {anchor}", "find the {target} that is near the {anchor}",
             "the {target} beside the {anchor}", "the {target} standing close to the {anchor}"),
    "exist side": ("is there a {target} {side} the {anchor}?", "is there a {target} that is {side} "
                   "the {anchor}?", "does the room have a {target} {side} the {anchor}?",
                   "do you see any {target} standing {side} the {anchor}?"),
    "verify color": ("is the {target} {color}?", "is the color of the {target} {color}?",
                     "is the {target} a {color} one?", "is the {target} colored {color}?"),
    "verify on": ("is the {target} on the {anchor}?", "is the {target} on top of the {anchor}?",
                  "is the {target} standing on the {anchor}?",
                  "is the {target} placed upon the {anchor}?"),
    "verify side": ("is the {target} {side} the {anchor}?",
                    "is the {target} standing {side} the {anchor}?",
                    "is the {target} placed {side} the {anchor}?",
                    "is the {target} located {side} the {anchor}?"),
    "verify near": ("is the {target} next to the {anchor}?", "is the {target} near the {anchor}?",
                    "is the {target} beside the {anchor}?",
                    "is the {target} standing close to the {anchor}?"),
    "verify all": ("are all {targets} on the {anchor}?", "are all the {targets} on the {anchor}?",
                   "are the {targets} on the {anchor}?",
                   "are all of the {targets} on top of the {anchor}?"),
}  # fmt: skip
"""Wordings by family; the last one of each is held out."""
SIDE_WORDS = {
    "left": ("left of", "to the left of", "on the left side of"),
    "right": ("right of", "to the right of", "on the right side of"),
    "front": ("in front of", "in front of", "at the front of"),
    "behind": ("behind", "behind", "in back of"),
}
"""Words of sides; the last one is held out."""
NEAREST_WORDS = {"nearest": ("closest", "nearest"), "farthest": ("farthest", "furthest")}
"""Words of distances; the last one is held out."""
OTHER_NAMES = {
    "sofa": "couch", "bin": "trash can", "mug": "cup", "rug": "carpet", "tv": "television",
    "bookcase": "bookshelf", "nightstand": "bedside table", "picture": "painting",
    "cushion": "pillow", "plant pot": "plant", "laptop": "notebook computer",
    "drawer chest": "dresser", "wardrobe": "closet", "floor lamp": "standing lamp",
}  # fmt: skip
"""Held-out names."""
_PLURALS = {"shelf": "shelves", "bench": "benches", "box": "boxes", "couch": "couches",
            "bookshelf": "bookshelves"}  # fmt: skip


def plural(noun: str) -> str:
    """A noun in the plural."""
    head, _, last = noun.rpartition(" ")
    return f"{head} {_PLURALS.get(last, last + 's')}".strip()


def worded(family: str, *, held_out: bool, rng: np.random.Generator, **words: str) -> str:
    """A question or phrase in one of the wordings of its family.

    Args:
        family: One of `WORDINGS`.
        held_out: Whether to use held-out wordings and names.
        rng: Random numbers; advanced.
        words: What stands for ``{target}``, ``{anchor}``, ``{second}``, ``{color}``, ``{most}``,
            ``{side}`` (one of `SIDE_WORDS`) and ``{nearest}``.
    """
    texts = WORDINGS[family]
    text = texts[-1] if held_out else texts[rng.integers(len(texts) - 1)]
    said = dict(words)
    for name in ("target", "anchor", "second"):
        if name in said and held_out and rng.random() < 0.5:
            said[name] = OTHER_NAMES.get(said[name], said[name])
    for name, table in (("side", SIDE_WORDS), ("nearest", NEAREST_WORDS)):
        if name in said:
            options = table[said[name]]
            said[name] = options[-1] if held_out else options[rng.integers(len(options) - 1)]
    return text.format(**said, targets=plural(said.get("target", "")))
