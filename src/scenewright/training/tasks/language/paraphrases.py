"""Other words for questions to train on; those that tests hold out are not among them."""

from __future__ import annotations

import re

import numpy as np

from scenewright.worlds.language.wordings import plural

_OPENINGS = {
    True: ("", "", "", "please tell me, ", "tell me, ", "i would like to know: ", "so ", "and "),
    False: ("", "", "", "where is ", "i am looking for ", "point at ", "look at ",
            "i mean ", "could you find ", "select ", "can you see ", "go to ", "it is "),
}  # fmt: skip
_CLOSINGS = ("", "", "", " please", " in this room", " in the scene", " here")
_SAME = {
    "largest": ("biggest",), "smallest": ("littlest", "tiniest"),
    "larger than": ("bigger than",), "behind": ("to the rear of",),
    "between": ("in the middle between",), "on top of": ("atop", "on the top of"),
    "under": ("below", "underneath", "beneath"), "on the": ("lying on the", "sitting on the"),
    "how many": ("what number of",), "all": ("each of the", "both"),
    "is there": ("do we have", "can i see", "does there exist"),
    "what color": ("what colour",), "find": ("locate", "get"),
    "that is": ("being",), "that are": ("being",),
}  # fmt: skip
_OPENED, _CHANGED = 0.3, 0.25
_MOST = re.compile(r"the (second )?(largest|smallest|tallest) ([a-z ]+)")
_RANKED = (
    "among the {targets}, the {most}", "the {most} of the {targets}",
    "which {target} is the {most}", "the {most} one among the {targets}",
    "the {most} of all {targets} that you know",
)  # fmt: skip


def paraphrased(text: str, rng: np.random.Generator, *, is_question: bool) -> str:
    """A question in other words, sometimes.

    Args:
        text: The question or phrase.
        rng: Random numbers; advanced.
        is_question: Whether it is a question and no phrase.
    """
    ranked = _MOST.fullmatch(text)
    if ranked and rng.random() < 2 * _CHANGED:
        template = _RANKED[rng.integers(len(_RANKED))]
        most = (ranked[1] or "") + ranked[2]
        text = template.format(most=most, target=ranked[3], targets=plural(ranked[3]))
    for words, others in _SAME.items():
        found = re.search(rf"\b{words}\b", text)
        if found and rng.random() < _CHANGED:
            other = others[rng.integers(len(others))]
            text = f"{text[: found.start()]}{other}{text[found.end() :]}"
    if rng.random() < _OPENED and (is_question or text.startswith(("the ", "a ", "all "))):
        openings = _OPENINGS[is_question]
        text = openings[rng.integers(len(openings))] + text
    if rng.random() < _OPENED:
        text = text.rstrip("?") + _CLOSINGS[rng.integers(len(_CLOSINGS))]
    return text


def training_texts() -> list[str]:
    """Texts with all words of the paraphrases."""
    texts = [*_OPENINGS[True], *_OPENINGS[False], *_CLOSINGS, *_SAME]
    texts += [one.format(most="largest", target="chair", targets="chairs") for one in _RANKED]
    texts += [other for others in _SAME.values() for other in others]
    return texts
