"""The default words."""

from __future__ import annotations

from scenewright.language.household_words import household_words
from scenewright.worlds.objects.registry import FAMILIES


def test_the_words_are_distinct_and_cover_the_families_of_the_worlds() -> None:
    words = household_words()
    assert len(words) == len(set(words)) and list(words) == sorted(words)
    assert len(words) == 359  # as the help of `name` says
    missing = set(FAMILIES) - set(words)
    assert missing <= {"pot"}  # "cooking pot" and "plant pot" are clearer
    assert all(word == word.strip().lower() and len(word) < 30 for word in words)
