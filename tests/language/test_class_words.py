"""The lists of names are consistent."""

from __future__ import annotations

from scenewright.language._class_words import ANYTHING, SYNONYMS, USUAL_SIZES, WIDER
from scenewright.worlds.objects.registry import FAMILIES


def test_no_word_has_two_meanings() -> None:
    words = [word for group in SYNONYMS for word in group]
    assert len(words) == len(set(words))
    assert not set(words) & ANYTHING


def test_wider_words_name_known_things() -> None:
    usual = {group[0] for group in SYNONYMS}
    for name, members in WIDER.items():
        assert set(members) <= usual | set(WIDER), name


def test_every_family_of_the_worlds_has_a_name_and_a_usual_size_within_its_range() -> None:
    usual = {group[0] for group in SYNONYMS}
    for label, family in FAMILIES.items():
        assert label in usual
        assert family.size[0] <= USUAL_SIZES[label] <= family.size[1], label
