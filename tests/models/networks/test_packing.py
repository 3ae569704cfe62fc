"""Attention over packed sequences equals attention over each sequence alone."""

from __future__ import annotations

import pytest
import torch

from scenewright.core import ShapeError
from scenewright.models.networks.packing import PackedAttention, dense_attention

LENGTHS = ([3, 40, 1, 41, 7, 0, 64], [5, 2, 9, 2, 33, 0, 64])


def _rows(count: int, *, seed: int) -> torch.Tensor:
    return torch.randn(count, 2, 8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("crossed", [False, True])
def test_every_sequence_attends_to_itself_alone(crossed: bool) -> None:
    queries, keys = LENGTHS if crossed else (LENGTHS[0], LENGTHS[0])
    q, k, v = _rows(sum(queries), seed=1), _rows(sum(keys), seed=2), _rows(sum(keys), seed=3)
    packed = PackedAttention.plan(queries, keys if crossed else None)(q, k, v)
    expected = [
        dense_attention(a[None], b[None], c[None])[0]
        for a, b, c in zip(
            torch.split(q, queries), torch.split(k, keys), torch.split(v, keys), strict=True
        )
        if len(a)
    ]
    torch.testing.assert_close(packed, torch.cat(expected), rtol=1e-5, atol=1e-6)


def test_sequences_of_one_length_need_no_mask() -> None:
    plan = PackedAttention.plan([4, 4, 4])
    assert len(plan.groups) == 1 and plan.groups[0].mask is None
    assert plan.groups[0].query_rows.shape == (3, 4)


def test_padding_stays_within_a_quarter_and_eight_rows() -> None:
    lengths = [*range(1, 300), 2000]
    plan = PackedAttention.plan(lengths)
    for group in plan.groups:
        count, longest = group.query_rows.shape
        shortest = longest if group.mask is None else int(group.mask.sum(-1).min())
        assert longest <= 1.25 * shortest + 8, (count, longest, shortest)
    assert sum(len(group.query_rows) for group in plan.groups) == len(lengths)


def test_gradients_reach_all_rows_and_nothing_else() -> None:
    lengths = [3, 9, 2]
    q, k, v = (_rows(14, seed=seed).requires_grad_() for seed in range(3))
    (gradient,) = torch.autograd.grad(PackedAttention.plan(lengths)(q, k, v)[:3].sum(), v)
    assert bool((gradient[:3] != 0).all()) and bool((gradient[3:] == 0).all())


def test_no_sequences_give_no_rows() -> None:
    plan = PackedAttention.plan([])
    assert plan(*(torch.zeros(0, 2, 8) for _ in range(3))).shape == (0, 2, 8)


def test_bad_lengths_are_named() -> None:
    with pytest.raises(ShapeError) as caught:
        PackedAttention.plan([3, 2], [3])
    assert str(caught.value) == "lengths of keys: expected 2, as of queries, got 1"
    with pytest.raises(ShapeError) as caught:
        PackedAttention.plan([3, 2], [3, 0])
    assert str(caught.value) == "keys of sequence 1: expected at least 1, got 0"
    with pytest.raises(ShapeError) as caught:
        PackedAttention.plan([3])(*(_rows(4, seed=0) for _ in range(3)))
    assert str(caught.value) == "rows of packed sequences: expected 3, got 4"
