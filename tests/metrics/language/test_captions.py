"""Scores of captions, and of captions whose object had to be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import ConventionError, MissingExtraError, ShapeError
from scenewright.metrics import LocatedCaption, measure_captions, measure_located_captions

TEXTS = ["A red chair stands by the desk.", "The tall lamp is behind the brown sofa."]


def test_perfect_captions() -> None:
    scores = measure_captions(TEXTS, [[text.lower()] for text in TEXTS])
    assert scores.bleu == pytest.approx((1, 1, 1, 1), abs=1e-6)
    assert scores.rouge_l == 1 and scores.meteor_lite == 1
    assert scores.cider_d == pytest.approx(10)
    assert scores.meteor15 is None and scores.num_captions == 2


def test_tokenized_texts_are_not_split_again() -> None:
    raw = measure_captions(["a chair."], [["a chair"]], tokenized=True)
    assert raw.bleu[0] == pytest.approx(0.5, abs=1e-6)
    assert measure_captions(["a chair."], [["a chair"]]).bleu[0] == pytest.approx(1, abs=1e-6)


def test_captions_count_where_the_box_is_right() -> None:
    items = [
        LocatedCaption(TEXTS[0], 0.6, [TEXTS[0]]),
        LocatedCaption(TEXTS[1], 0.3, [TEXTS[1]]),
    ]
    scores = measure_located_captions(items)
    assert scores[0.25].rouge_l == 1
    none = measure_located_captions([LocatedCaption(None, 1.0, [TEXTS[1]]), items[0]])
    assert scores[0.5].rouge_l == pytest.approx(none[0.5].rouge_l)
    assert scores[0.5].rouge_l < 1


def test_wrapped_references_give_points_for_nothing() -> None:
    items = [LocatedCaption(None, 0.0, [text]) for text in TEXTS]
    assert measure_located_captions(items)[0.5].rouge_l > 0.2
    assert measure_located_captions(items, wrap_references=False)[0.5].rouge_l == 0


def test_an_iou_just_below_the_limit_fails() -> None:
    item = LocatedCaption("a chair", 0.4999999975, ["a chair"])
    scores = measure_located_captions([item, LocatedCaption("x", 1.0, ["x"])])
    assert scores[0.25].rouge_l == 1 and scores[0.5].rouge_l < 1


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="located captions: expected at least one, got none"):
        measure_located_captions([])
    with pytest.raises(ConventionError, match=r"IoU of caption 0: expected 0 to 1, got 1\.5"):
        measure_located_captions([LocatedCaption("a", 1.5, ["a"])])
    with pytest.raises(MissingExtraError, match=r"METEOR 1\.5 was not found"):
        measure_captions(["a"], [["a"]], meteor_jar=tmp_path / "none.jar")
