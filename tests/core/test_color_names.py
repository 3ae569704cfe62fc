"""Color words: pure colors, mixtures, and colors between two words."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core.color_names import COLOR_WORDS, color_shares, lab_colors, word_weights


@pytest.mark.parametrize(
    ("color", "word"),
    [
        ((255, 0, 0), "red"), ((255, 140, 0), "orange"), ((255, 230, 0), "yellow"),
        ((0, 128, 0), "green"), ((0, 0, 200), "blue"), ((128, 0, 128), "purple"),
        ((255, 150, 190), "pink"), ((101, 67, 33), "brown"), ((225, 205, 175), "beige"),
        ((0, 0, 0), "black"), ((255, 255, 255), "white"), ((140, 140, 140), "gray"),
        ((153, 105, 61), "brown"),
    ],
)  # fmt: skip
def test_words_of_typical_colors(color: tuple[int, int, int], word: str) -> None:
    weights = word_weights(np.array([color], np.float64))[0]
    assert COLOR_WORDS[int(weights.argmax())] == word
    assert weights.sum() == pytest.approx(1)


def test_shares_of_a_mixture() -> None:
    colors = np.array([(200, 30, 30)] * 3 + [(12, 12, 12)], np.uint8)
    shares = color_shares(colors)
    assert shares[COLOR_WORDS.index("red")] == pytest.approx(0.75, abs=0.03)
    assert shares[COLOR_WORDS.index("black")] == pytest.approx(0.25, abs=0.03)
    assert shares.sum() == pytest.approx(1)


def test_a_color_between_two_words_belongs_to_both() -> None:
    weights = word_weights(np.array([[180.0, 180.0, 178.0], [212.0, 212.0, 208.0]]))
    gray, white = COLOR_WORDS.index("gray"), COLOR_WORDS.index("white")
    assert weights[0, gray] > 0.7
    assert 0.1 < weights[1, gray] < 0.9 and 0.1 < weights[1, white] < 0.9


def test_lab_of_white_and_of_a_pure_red() -> None:
    found = lab_colors(np.array([[255.0, 255.0, 255.0], [255.0, 0.0, 0.0]]))
    assert found[0] == pytest.approx([100, 0, 0], abs=0.02)
    assert found[1] == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
