"""Wordings are complete, and held-out ones never occur otherwise."""

from __future__ import annotations

import string

import numpy as np
import pytest

from scenewright.worlds.language.questions import FAMILIES_OF_QUESTIONS
from scenewright.worlds.language.wordings import (
    NEAREST_WORDS,
    OTHER_NAMES,
    SIDE_WORDS,
    WORDINGS,
    plural,
    worded,
)

WORDS = {"target": "sofa", "anchor": "mug", "second": "bin", "color": "red", "most": "largest",
         "side": "left", "nearest": "nearest"}  # fmt: skip


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("family", FAMILIES_OF_QUESTIONS)
def test_every_family_has_three_wordings_and_a_held_out_one(family: str) -> None:
    texts = WORDINGS[family]
    assert len(texts) >= 4 and len(set(texts)) == len(texts)
    needed = [fields(text.replace("{targets}", "{target}")) for text in texts]
    assert all(one == needed[0] for one in needed)
    rng = np.random.default_rng(0)
    words = {name: WORDS[name] for name in needed[0]}
    usual = {worded(family, held_out=False, rng=rng, **words) for _ in range(60)}
    held = {worded(family, held_out=True, rng=rng, **words) for _ in range(60)}
    assert not usual & held
    assert not any("couch" in text for text in usual)


def test_held_out_names_are_not_those_of_families() -> None:
    assert not set(OTHER_NAMES) & set(OTHER_NAMES.values())
    assert set(SIDE_WORDS) == {"left", "right", "front", "behind"}
    assert set(NEAREST_WORDS) == {"nearest", "farthest"}


def test_plurals() -> None:
    assert [plural(noun) for noun in ("chair", "shelf", "coffee table", "box")] == [
        "chairs", "shelves", "coffee tables", "boxes",
    ]  # fmt: skip
