"""The building blocks: published names, exact special cases, types."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from scenewright.models.networks.layers import (
    CrossAttention,
    FeedForward,
    HeadRmsNorm,
    LayerNorm32,
    SelfAttention,
    TimestepEmbedder,
    grid_coords,
    modulate,
    modulation_layer,
    position_embedding,
)
from scenewright.models.networks.packing import PackedAttention


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(3)


def test_names_and_shapes_are_the_published_ones() -> None:
    shapes = {
        k: tuple(v.shape) for k, v in SelfAttention(12, 3, qk_rms_norm=True).state_dict().items()
    }
    assert shapes == {
        "to_qkv.weight": (36, 12), "to_qkv.bias": (36,), "to_out.weight": (12, 12),
        "to_out.bias": (12,), "q_rms_norm.gamma": (3, 4), "k_rms_norm.gamma": (3, 4),
    }  # fmt: skip
    assert list(CrossAttention(12, 7, 3).state_dict()) == [
        "to_q.weight", "to_q.bias", "to_kv.weight", "to_kv.bias", "to_out.weight", "to_out.bias",
    ]  # fmt: skip
    assert CrossAttention(12, 7, 3).to_kv.weight.shape == (24, 7)
    assert FeedForward(8, ratio=2).mlp[0].weight.shape == (16, 8)
    assert list(TimestepEmbedder(8).state_dict())[::2] == ["mlp.0.weight", "mlp.2.weight"]
    assert modulation_layer(8, 6)[1].weight.shape == (48, 8)


def test_norms_are_computed_in_float32_and_keep_the_type() -> None:
    x = torch.randn(2, 5, 3, 8).to(torch.bfloat16)
    normed = LayerNorm32(8)(x)
    assert normed.dtype == torch.bfloat16
    torch.testing.assert_close(normed, F.layer_norm(x.float(), (8,), eps=1e-6).to(torch.bfloat16))
    scaled = HeadRmsNorm(8, 3)(x)
    assert scaled.dtype == torch.bfloat16
    lengths = scaled.float().square().mean(-1).sqrt()
    torch.testing.assert_close(lengths, torch.ones_like(lengths), rtol=1e-2, atol=0)


def test_time_is_embedded_by_cosines_then_sines() -> None:
    embedder = TimestepEmbedder(4)
    seen: list[torch.Tensor] = []
    embedder.mlp[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    embedder(torch.tensor([0.0, 500.0]))
    assert seen[0].shape == (2, 256)
    assert bool((seen[0][0, :128] == 1).all()) and bool((seen[0][0, 128:] == 0).all())
    assert seen[0][1, 0] == pytest.approx(math.cos(500), abs=1e-6)
    slow = 500 * math.exp(-math.log(10000) * 127 / 128)
    assert seen[0][1, 255] == pytest.approx(math.sin(slow), abs=1e-6)


def test_positions_are_sines_then_cosines_per_axis_with_zeros_behind() -> None:
    embedded = position_embedding(torch.tensor([[1, 0, 2]]), 16)
    axis = [[math.sin(p), math.sin(p / 100), math.cos(p), math.cos(p / 100)] for p in (1, 0, 2)]
    expected = torch.tensor([*axis[0], *axis[1], *axis[2], 0, 0, 0, 0])
    torch.testing.assert_close(embedded[0], expected)
    assert grid_coords(3)[5].tolist() == [0, 1, 2]


def test_attention_over_packed_sequences_equals_that_over_each() -> None:
    layer = SelfAttention(12, 3, qk_rms_norm=True)
    x = torch.randn(9, 12)
    packed = layer(x, packing=PackedAttention.plan([4, 5]))
    each = torch.cat([layer(part[None])[0] for part in torch.split(x, [4, 5])])
    torch.testing.assert_close(packed, each, rtol=1e-5, atol=1e-6)


def test_cross_attention_over_packed_sequences_equals_that_over_each() -> None:
    layer = CrossAttention(12, 7, 3)
    x, context = torch.randn(9, 12), torch.randn(2, 6, 7)
    condition = layer.keys_values(context)
    packed = layer(x, condition, packing=PackedAttention.plan([4, 5], [6, 6]))
    each = [
        layer(part[None], layer.keys_values(tokens[None]))[0]
        for part, tokens in zip(torch.split(x, [4, 5]), context, strict=True)
    ]
    torch.testing.assert_close(packed, torch.cat(each), rtol=1e-5, atol=1e-6)


def test_a_condition_of_zeros_needs_no_attention() -> None:
    layer = CrossAttention(12, 7, 3)
    x = torch.randn(2, 5, 12)
    plain = layer(x, layer.keys_values(torch.zeros(2, 11, 7)))
    folded = layer(x, layer.zero_keys_values())
    assert folded.shape == plain.shape
    torch.testing.assert_close(folded, plain, rtol=1e-5, atol=1e-6)


def test_modulation_is_neutral_for_zeros() -> None:
    x = torch.randn(2, 5, 4)
    assert torch.equal(modulate(x, torch.zeros(4), torch.zeros(4)), x)
    assert torch.equal(modulate(x, torch.ones(4), torch.ones(4)), 2 * x + 1)
