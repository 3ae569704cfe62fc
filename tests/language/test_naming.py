"""Names from vectors of pictures and words."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError, MaskSet
from scenewright.language.naming import PROMPTS, name_chances, with_names, word_vectors
from tests.language.language_builders import make_room

WORDS = ("chair", "desk", "mug")


class OneHot:
    """Encodes a text as the unit vector of the word that it holds."""

    dim = 3

    def encode(self, image: NDArray[np.uint8], masks: MaskSet | None = None) -> NDArray[np.float32]:
        raise NotImplementedError

    def encode_text(self, texts: list[str]) -> NDArray[np.float32]:
        return np.array(
            [[float(word in text.split() or f"{word}." in text) for word in WORDS]
             for text in texts], np.float32,
        )  # fmt: skip


def test_words_are_encoded_in_sentences() -> None:
    assert len(PROMPTS) > 1
    assert word_vectors(OneHot(), WORDS) == pytest.approx(np.eye(3))


def test_chances() -> None:
    pictures = np.array([[2.0, 0, 0], [0, 1, 1], [0, 0, 0]])
    chances = name_chances(pictures, np.eye(3))
    assert chances[0] == pytest.approx([1, 0, 0], abs=1e-6)
    assert chances[1] == pytest.approx([0, 0.5, 0.5], abs=1e-6)
    assert not chances[2].any()


def test_only_sure_names_are_given() -> None:
    room = make_room(labels=False)
    chances = {3: np.array([0.9, 0.1, 0.0]), 4: np.array([0.4, 0.3, 0.3]), 1: np.array([1.0, 0, 0])}
    named = with_names(room, chances, WORDS, min_score=0.5)
    rows = {row.id: row for row in named.instances}
    assert rows[3].label == "chair" and dict(rows[3].label_scores) == {"chair": 0.9, "desk": 0.1}
    assert rows[4].label == "" and not rows[4].label_scores
    assert rows[1].label == ""  # the floor
    assert room.instances.label[2] == ""


def test_unsure_objects_keep_the_label_that_they_have() -> None:
    chances = {3: np.array([0.4, 0.3, 0.3]), 6: np.array([0.0, 0.9, 0.1])}
    named = with_names(make_room(), chances, WORDS, min_score=0.5)
    labels = dict(zip(named.instances.id.tolist(), named.instances.label, strict=True))
    assert labels[3] == "chair" and labels[6] == "desk" and labels[7] == "mug"


def test_bad_values() -> None:
    with pytest.raises(ConventionError, match="min_score: expected 0 to 1, got 2"):
        with_names(make_room(), {}, WORDS, min_score=2)
    with pytest.raises(ConventionError, match="words: expected at least one, got none"):
        with_names(make_room(), {}, (), min_score=0.5)
