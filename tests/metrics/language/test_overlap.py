"""BLEU, ROUGE-L and CIDEr-D: values by hand, and the limits that the published code has."""

from __future__ import annotations

import math

import pytest

from scenewright.core import ShapeError
from scenewright.metrics import bleu, cider, rouge_l


def test_bleu_by_hand() -> None:
    score = bleu(["the red chair"], [["the red desk is old"]])
    short = math.exp(1 - 5 / 3)
    assert score.value[0] == pytest.approx(2 / 3 * short, abs=1e-8)
    assert score.value[1] == pytest.approx(math.sqrt(2 / 3 * 1 / 2) * short, abs=1e-8)
    assert score.value[2] == pytest.approx(0, abs=1e-4)
    assert score.items.shape == (4, 1)


def test_bleu_clips_repeated_words_and_takes_the_closest_length() -> None:
    score = bleu(["the the the"], [["the chair", "the the chair that stands"]])
    assert score.value[0] == pytest.approx(2 / 3, abs=1e-8)  # closest length 2: no penalty


def test_bleu_of_a_set_pools_counts() -> None:
    score = bleu(["a b c d", "x"], [["a b c d"], ["y"]])
    assert score.value[0] == pytest.approx(4 / 5, abs=1e-8)
    assert score.items[0] == pytest.approx([1, 0], abs=1e-8)


def test_bleu_of_an_empty_caption_is_zero() -> None:
    assert bleu([""], [["a chair"]]).value.tolist() == [0, 0, 0, 0]


def test_rouge_by_hand() -> None:
    found = rouge_l(["a b c d"], [["a x c", "b"]]).value
    precision, recall = 2 / 4, 1.0  # largest of each, not of the same reference
    expected = (1 + 1.44) * precision * recall / (recall + 1.44 * precision)
    assert found == pytest.approx(expected)
    assert rouge_l([""], [[""]]).value == 1.0
    assert rouge_l(["a"], [["b"]]).value == 0.0


def test_cider_by_hand() -> None:
    candidates, references = ["red chair", "blue desk"], [["red chair"], ["green desk"]]
    items = cider(candidates, references).items
    assert items[0] == pytest.approx(10 * 2 / 4)  # two words: sizes 3 and 4 give nothing
    assert items[1] == pytest.approx(10 * 0.5 / 4)  # blue occurs in no reference


def test_cider_of_one_caption_is_zero_and_length_matters() -> None:
    assert cider(["a chair"], [["a chair"]]).value == 0.0
    references = [["red chair"], ["x y"]]
    repeated = ["red chair red chair red chair", "x y"]
    assert cider(repeated, references).items[0] < cider(repeated, references, plain=True).items[0]


def test_bad_input() -> None:
    with pytest.raises(ShapeError, match="captions: expected references for 2 captions, got 1"):
        bleu(["a", "b"], [["a"]])
    with pytest.raises(ShapeError, match="captions: expected at least one, got none"):
        cider([], [])
    with pytest.raises(ShapeError, match="caption 1: expected at least one reference, got none"):
        rouge_l(["a", "b"], [["a"], []])
