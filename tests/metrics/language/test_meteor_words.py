"""The words of captions in METEOR: hyphens, apostrophes, abbreviations, function words."""

from __future__ import annotations

import pytest

from scenewright.metrics.language._meteor_words import FUNCTION_WORDS, meteor_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the desk 's l-shaped top", "the desk ' s l shaped top"),
        ("it does n't", "it does n 't"),
        ("-lrb- red -rrb- 1/2", "-lrb- red -rrb- 1 / 2"),
        ("at 5 p.m. by the u.s. flag", "at 5 pm by the us flag"),
        ("mr. hill vs. st.", "mr. hill vs. st ."),
        ("12,345 a,b", "12,345 a , b"),
        ("", ""),
    ],
)
def test_words(text: str, words: str) -> None:
    assert " ".join(meteor_words(text)) == words


def test_function_words() -> None:
    assert {"the", "is", "'", "-lrb-", "two"} <= FUNCTION_WORDS
    assert not {"chair", "near", "three", "do"} & FUNCTION_WORDS
