"""METEOR: the formula by hand, and the form that needs no tables."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ShapeError
from scenewright.metrics import meteor_lite
from scenewright.metrics.language.meteor import best_statistics, meteor_score, pooled_meteor


def formula(precision: float, recall: float, *, share_of_chunks: float) -> float:
    mean = precision * recall / (0.85 * precision + 0.15 * recall)
    return float(mean * (1 - 0.6 * share_of_chunks**0.2))


def test_the_formula() -> None:
    # "the red chair" against "the chair": the (function word) and chair match in two chunks.
    statistics = np.zeros(23)
    statistics[:4] = 3, 2, 1, 1
    statistics[4:8] = 1, 1, 1, 1
    statistics[20:] = 2, 2, 2
    expected = formula((0.75 + 0.25) / (1.5 + 0.25), 1.0, share_of_chunks=1.0)
    assert meteor_score(statistics) == pytest.approx(expected)
    assert best_statistics("the red chair", ["the chair"]).tolist() == statistics.tolist()


def test_one_chunk_that_is_the_whole_has_no_penalty() -> None:
    score = meteor_lite(["the red chair", "a"], [["the red chair"], ["b"]])
    assert score.items.tolist() == [1.0, 0.0]
    rows = np.array([best_statistics("the red chair", ["the red chair"])] * 2)
    assert pooled_meteor(rows) == 1.0


def test_stems_count_less_than_equal_words() -> None:
    equal, stems, other = (
        float(meteor_lite([text], [["chairs moved slowly"]]).value)
        for text in ("chairs moved slowly", "chair moving slowly", "lamps shine brightly")
    )
    assert equal == 1 and other == 0
    assert stems == pytest.approx((1 + 2 * 0.6) / 3)  # everything in one chunk: no penalty


def test_the_best_reference_counts() -> None:
    score = meteor_lite(["a red chair"], [["a blue desk", "a red chair", "chair"]])
    assert score.value == 1


def test_hyphens_and_contractions_are_split_as_in_the_original() -> None:
    assert best_statistics("an l-shaped desk", ["x"])[0] == 4
    assert best_statistics("it is n't", ["x"])[:3].tolist() == [4, 1, 3]


def test_empty_captions() -> None:
    assert meteor_lite([""], [[""]]).value == 0
    assert meteor_score(np.zeros(23)) == 0


def test_bad_input() -> None:
    with pytest.raises(ShapeError, match="METEOR statistics"):
        meteor_score([1.0, 2])
