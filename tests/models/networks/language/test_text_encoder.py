"""The encoder of units of questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from torch import Tensor

torch = pytest.importorskip("torch")

from scenewright.models.networks.language.text_encoder import TextEncoder  # noqa: E402


def encode(word: list[int], grams: list[list[int]], known: list[bool]) -> Tensor:
    torch.manual_seed(0)
    encoder = TextEncoder(8, 2, 2, words=6, kinds=3, grams=10).eval()
    size = len(word)
    found: Tensor = encoder(
        torch.tensor([word]), torch.ones(1, size, dtype=torch.int64), torch.tensor([grams]),
        torch.zeros(1, size, 4), torch.tensor([known]),
    )[0]  # fmt: skip
    return found


def test_the_order_of_units_matters_and_padding_does_not() -> None:
    none = [[-1, -1]] * 3
    first = encode([1, 2, 3], none, [True] * 3)
    turned = encode([3, 2, 1], none, [True] * 3)
    assert not torch.allclose(first[0], turned[2], atol=1e-3)
    padded = encode([1, 2, 3, 5], [*none, [-1, -1]], [True] * 3 + [False])
    assert torch.allclose(padded[:3], first, atol=1e-5)


def test_unknown_words_are_told_apart_by_their_bytes() -> None:
    one, same, other = (
        encode([1, 1], [[-1, -1], grams], [True, True])[1] for grams in ([3, 4], [4, 3], [7, 8])
    )
    assert torch.allclose(one, same, atol=1e-5) and not torch.allclose(one, other, atol=1e-2)
