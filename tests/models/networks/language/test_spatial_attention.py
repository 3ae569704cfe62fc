"""Spatial attention against sums that are written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from torch import Tensor

torch = pytest.importorskip("torch")

from scenewright.models.networks.language.spatial_attention import (  # noqa: E402
    FUSIONS,
    SpatialAttention,
    SpatialBlock,
)

X, PAIRS = torch.randn(1, 3, 4), torch.randn(1, 3, 3, 5)
PADDING = torch.tensor([[False, False, True]])


def expected(layer: SpatialAttention, fusion: str) -> Tensor:
    """One head, object by object."""
    q, k, v = layer.qkv(X)[0].chunk(3, -1)
    rows = []
    for i in range(3):
        logits = []
        for j in range(2):
            score = q[i] @ k[j] / 2
            pair = PAIRS[0, i, j]
            if fusion == "cond":
                asked = layer.condition(X)[0, i]
                share = torch.sigmoid(asked[:5] @ pair + asked[5])
                score = score + share.clamp_min(1e-6).log()
            elif fusion == "ctx":
                score = score + q[i] @ layer.pair_keys(pair) / 2
            else:
                summand = layer.pair_weights(pair)[0]
                if fusion == "mul":
                    score = score + summand.relu().clamp_min(1e-6).log()
                elif fusion == "bias":
                    score = score + summand
            logits.append(score)
        weights = torch.stack(logits).softmax(0)
        if fusion == "add":
            summands = torch.stack([layer.pair_weights(PAIRS[0, i, j])[0] for j in range(2)])
            weights = (weights + summands.softmax(0)) / 2
        rows.append(weights @ v[:2])
    found: Tensor = layer.norm(X[0] + layer.out(torch.stack(rows)))
    return found


@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_fusion_is_as_written(fusion: str) -> None:
    torch.manual_seed(4)
    layer = SpatialAttention(4, 1, 5, fusion)  # type: ignore[arg-type]
    found = layer(X, PAIRS, PADDING)[0]
    assert torch.allclose(found, expected(layer, fusion), atol=1e-5)


def test_text_conditions_what_an_object_asks_for() -> None:
    layer = SpatialAttention(4, 1, 5, "cond")
    text = torch.randn(1, 1, 4)
    assert not torch.allclose(layer(X, PAIRS, PADDING), layer(X, PAIRS, PADDING, text))


def test_a_scene_without_objects_has_finite_tokens() -> None:
    block = SpatialBlock(4, 1, 5, feed=8).eval()
    assert torch.isfinite(block(X, X, PAIRS, torch.ones(1, 3).bool())).all()
