"""Pointers and counts."""

from __future__ import annotations

import itertools

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.networks.language.heads import PointerHead, count_chances  # noqa: E402


def test_counts_are_those_of_independent_events() -> None:
    chances = torch.tensor([0.2, 0.5, 0.9, 0.7], dtype=torch.float64)
    expected = torch.zeros(4, dtype=torch.float64)
    for outcome in itertools.product((0, 1), repeat=4):
        taken = torch.tensor(outcome, dtype=torch.float64)
        expected[min(sum(outcome), 3)] += (taken * chances + (1 - taken) * (1 - chances)).prod()
    assert torch.allclose(count_chances(chances, 3), expected)


def test_padding_is_never_pointed_at() -> None:
    torch.manual_seed(0)
    head = PointerHead(6, 4)
    known = torch.tensor([[True, False, True]])
    logits, none = head(torch.randn(1, 2, 6), torch.randn(1, 3, 4), known)
    assert logits.shape == (1, 2, 3) and none.shape == (1, 2)
    assert (logits[..., 1] < -1e3).all() and (logits[..., 0].abs() < 1e3).all()
