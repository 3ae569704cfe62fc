"""Other words for questions to train on; those that tests hold out are not among them."""

from __future__ import annotations

import numpy as np

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
    "under": ("below", "underneath", "beneath"), " on the": (" lying on the", " sitting on the"),
    "how many": ("what number of",), "all": ("each of the", "both"),
    "is there": ("do we have", "can i see", "does there exist"),
    "what color": ("what colour",), "find": ("locate", "get"),
    "that is": ("being",), "that are": ("being",),
}  # fmt: skip
_OPENED, _CHANGED = 0.3, 0.25


def paraphrased(text: str, rng: np.random.Generator, *, is_question: bool) -> str:
    """A question in other words, sometimes.

    Args:
        text: The question or phrase.
        rng: Random numbers; advanced.
        is_question: Whether it is a question and no phrase.
    """
    for words, others in _SAME.items():
        if words in text and rng.random() < _CHANGED:
            head, _, tail = text.partition(words)
            other = others[rng.integers(len(others))]
            text = f"{head} {other} {tail}" if words.startswith(" ") else f"{head}{other}{tail}"
    if rng.random() < _OPENED and (is_question or text.startswith(("the ", "a ", "all "))):
        openings = _OPENINGS[is_question]
        text = openings[rng.integers(len(openings))] + text
    if rng.random() < _OPENED:
        text = text.rstrip("?") + _CLOSINGS[rng.integers(len(_CLOSINGS))]
    return text


def training_words() -> list[str]:
    """All words of the paraphrases."""
    texts = [*_OPENINGS[True], *_OPENINGS[False], *_CLOSINGS, *_SAME]
    texts += [other for others in _SAME.values() for other in others]
    return [word for text in texts for word in text.split()]
