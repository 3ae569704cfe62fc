"""Candidate labels with their probabilities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import ConventionError, best_label
from scenewright.core.label_scores import checked_label_scores, label_shares

WORDS = st.dictionaries(st.text(min_size=1, max_size=4), st.floats(0, 1), min_size=1, max_size=5)


@given(WORDS)
def test_shares_of_any_weights_are_valid(weights: dict[str, float]) -> None:
    total = max(sum(weights.values()), 1e-9)
    scores = {word: weight / total for word, weight in weights.items()}
    label = best_label(scores)
    checked = checked_label_scores("scores", label, scores)
    assert dict(checked) == scores
    assert list(checked.values()) == sorted(scores.values(), reverse=True)
    assert next(iter(checked.values())) == scores[label]


def test_of_equals_any_may_be_the_label() -> None:
    scores = {"chair": 0.5, "stool": 0.5}
    assert best_label(scores) == "chair" and best_label({}) == ""
    assert dict(checked_label_scores("scores", "stool", scores)) == scores


@pytest.mark.parametrize(
    ("label", "scores", "text"),
    [
        ("a", {"a": 1.5}, "scores: expected probabilities in [0, 1], got 1.5 for 'a'"),
        ("a", {"a": -0.1}, "scores: expected probabilities in [0, 1], got -0.1 for 'a'"),
        ("a", {"a": float("nan")}, "scores: expected probabilities in [0, 1], got nan for 'a'"),
        ("a", {"a": 0.7, "b": 0.4},
         "scores: expected probabilities that sum to at most 1, got a sum of 1.1"),
        ("b", {"a": 0.5, "b": 0.4},
         "scores: expected the label to be the best word, 'a', got the label 'b'"),
        ("", {"a": 0.5}, "scores: expected the label to be the best word, 'a', got the label ''"),
        ("a", {"a": 0.5, "": 0.1}, "scores: expected words, got ''"),
    ],
)  # fmt: skip
def test_invalid_candidates(label: str, scores: dict[str, float], text: str) -> None:
    with pytest.raises(ConventionError) as caught:
        checked_label_scores("scores", label, scores)
    assert str(caught.value) == text


@given(st.dictionaries(st.sampled_from(["", "a", "b", "c"]), st.floats(0, 1e6)))
def test_shares_are_probabilities_in_order(votes: dict[str, float]) -> None:
    shares = label_shares(votes)
    assert "" not in shares and sum(shares.values()) <= 1 + 1e-9
    assert all(0 < share <= 1 for share in shares.values())
    order = [(-share, label) for label, share in shares.items()]
    assert order == sorted(order)


def test_votes_without_a_label_are_the_remainder() -> None:
    assert label_shares({"cup": 1.0, "": 2.0, "bowl": 1.0}) == {"bowl": 0.25, "cup": 0.25}
    assert list(label_shares({"a": 1.0, "b": 3.0})) == ["b", "a"]
    assert label_shares({"": 2.0}) == label_shares({}) == label_shares({"a": 0.0}) == {}
