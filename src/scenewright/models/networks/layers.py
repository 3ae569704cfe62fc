"""Building blocks of the generation transformers, with the state-dict names of TRELLIS.

Norms and the time embedding are computed in float32, whatever the type of the rest.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.models.networks.packing import PackedAttention, dense_attention

BLOCK_EPS = 1e-6
"""Epsilon of the layer norms inside transformer blocks."""
_LONGEST_PERIOD = 10_000.0
_TIME_FREQUENCIES = 256


class LayerNorm32(nn.LayerNorm):
    """Layer norm over the last axis in float32; the result has the type of the input.

    Args:
        channels: Size of the last axis.
        affine: Whether it has ``weight`` and ``bias``.
        eps: Added to the variance.
    """

    def __init__(self, channels: int, *, affine: bool = False, eps: float = BLOCK_EPS) -> None:
        super().__init__(channels, eps=eps, elementwise_affine=affine)

    def forward(self, x: Tensor) -> Tensor:
        """(..., channels) to the same shape and type."""
        weight = None if self.weight is None else self.weight.float()
        bias = None if self.bias is None else self.bias.float()
        return F.layer_norm(x.float(), self.normalized_shape, weight, bias, self.eps).to(x.dtype)


class HeadRmsNorm(nn.Module):
    """RMS norm over the channels of each attention head, with a gain per head and channel.

    Args:
        head_channels: Channels per head.
        heads: Number of heads.
    """

    def __init__(self, head_channels: int, heads: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(heads, head_channels))

    def forward(self, x: Tensor) -> Tensor:
        """(..., heads, head_channels) to the same shape and type."""
        scale = math.sqrt(x.shape[-1])
        return (F.normalize(x.float(), dim=-1) * self.gamma.float() * scale).to(x.dtype)


class TimestepEmbedder(nn.Module):
    """Embeds a time by cosines, sines and a small network, in float32.

    Args:
        channels: Size of the result.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(_TIME_FREQUENCIES, channels), nn.SiLU(), nn.Linear(channels, channels)
        )

    def forward(self, time: Tensor) -> Tensor:
        """Embeds times.

        Args:
            time: (B,), 0 to 1000.

        Returns:
            (B, channels) float32.
        """
        half = _TIME_FREQUENCIES // 2
        steps = torch.arange(half, dtype=torch.float32, device=time.device)
        frequencies = torch.exp(-math.log(_LONGEST_PERIOD) * steps / half)
        angles = time.float()[:, None] * frequencies
        embedded: Tensor = self.mlp(torch.cat([torch.cos(angles), torch.sin(angles)], -1))
        return embedded


def position_embedding(coords: Tensor, channels: int) -> Tensor:
    """Sines and cosines of coordinates, axis after axis, zero-padded to the number of channels.

    Args:
        coords: (N, D) coordinates.
        channels: C, at least 2 D.

    Returns:
        (N, C) float32. Each axis has C // D // 2 frequencies 10000^(-k / n): first the sines, then
        the cosines.
    """
    axes = coords.shape[1]
    half = channels // axes // 2
    steps = torch.arange(half, dtype=torch.float32, device=coords.device) / half
    frequencies = 1.0 / _LONGEST_PERIOD**steps
    angles = coords.float()[..., None] * frequencies
    waves = torch.cat([torch.sin(angles), torch.cos(angles)], -1).flatten(1)
    return F.pad(waves, (0, channels - waves.shape[1]))


def grid_coords(resolution: int) -> Tensor:
    """Coordinates of a cubic grid: (resolution ** 3, 3), the last axis fastest."""
    # Through NumPy: on the meta device, stacking would import the compiler of PyTorch.
    rows = np.indices((resolution,) * 3).reshape(3, -1).T
    return torch.from_numpy(np.ascontiguousarray(rows, np.int64))


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them, in its tanh approximation.

    Args:
        channels: Width of input and output.
        ratio: Hidden width / width.
    """

    def __init__(self, channels: int, *, ratio: float = 4.0) -> None:
        super().__init__()
        hidden = int(channels * ratio)
        self.mlp = nn.Sequential(
            nn.Linear(channels, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(..., channels) to the same shape."""
        result: Tensor = self.mlp(x)
        return result


class QueriesKeysValues(NamedTuple):
    """Parts of self attention, each (..., heads, head_channels)."""

    queries: Tensor
    keys: Tensor
    values: Tensor


class SelfAttentionLayers(nn.Module):
    """The layers of multi-head self attention; what attends to what is up to the subclass.

    Args:
        channels: Width.
        heads: Number of heads.
        qk_rms_norm: Whether queries and keys pass an RMS norm per head.
    """

    def __init__(self, channels: int, heads: int, *, qk_rms_norm: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(channels, 3 * channels)
        self.to_out = nn.Linear(channels, channels)
        self.q_rms_norm = HeadRmsNorm(channels // heads, heads) if qk_rms_norm else None
        self.k_rms_norm = HeadRmsNorm(channels // heads, heads) if qk_rms_norm else None

    def project(self, x: Tensor) -> QueriesKeysValues:
        """Queries, keys (both normalized where the layer does so) and values of (..., channels)."""
        queries, keys, values = self.to_qkv(x).unflatten(-1, (3, self.heads, -1)).unbind(-3)
        if self.q_rms_norm is not None and self.k_rms_norm is not None:
            queries, keys = self.q_rms_norm(queries), self.k_rms_norm(keys)
        return QueriesKeysValues(queries, keys, values)


class SelfAttention(SelfAttentionLayers):
    """Multi-head self attention within each sequence."""

    def forward(self, x: Tensor, *, packing: PackedAttention | None = None) -> Tensor:
        """Attends within each sequence.

        Args:
            x: (B, L, channels), or (sum of lengths, channels) with `packing`.
            packing: The lengths of sequences that are stored one after another.
        """
        attend = dense_attention if packing is None else packing
        result: Tensor = self.to_out(attend(*self.project(x)).flatten(-2))
        return result


class KeysValues(NamedTuple):
    """Keys and values of a condition, each (B, L, heads, head_channels).

    Keys are None where all of them are equal, so that the result is the value, whatever the
    query; then values are (1, heads, head_channels).
    """

    keys: Tensor | None
    values: Tensor


class CrossAttention(nn.Module):
    """Multi-head attention from tokens to a condition.

    The condition is projected by `keys_values`, which is needed only once per condition.

    Args:
        channels: Width of the tokens.
        context_channels: Width of the condition.
        heads: Number of heads.
        qk_rms_norm: Whether queries and keys pass an RMS norm per head.
    """

    def __init__(
        self, channels: int, context_channels: int, heads: int, *, qk_rms_norm: bool = False
    ) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels)
        self.to_kv = nn.Linear(context_channels, 2 * channels)
        self.to_out = nn.Linear(channels, channels)
        self.q_rms_norm = HeadRmsNorm(channels // heads, heads) if qk_rms_norm else None
        self.k_rms_norm = HeadRmsNorm(channels // heads, heads) if qk_rms_norm else None

    def keys_values(self, context: Tensor) -> KeysValues:
        """Projects a condition (..., context_channels)."""
        keys, values = self.to_kv(context).unflatten(-1, (2, self.heads, -1)).unbind(-3)
        if self.k_rms_norm is not None:
            keys = self.k_rms_norm(keys)
        return KeysValues(keys, values)

    def zero_keys_values(self) -> KeysValues:
        """What a condition of zeros is projected to, whatever its length: all tokens are equal."""
        return KeysValues(None, self.to_kv.bias.reshape(2, 1, self.heads, -1)[1])

    def forward(
        self, x: Tensor, condition: KeysValues, *, packing: PackedAttention | None = None
    ) -> Tensor:
        """Attends to a condition.

        Args:
            x: (B, L, channels), or (sum of lengths, channels) with `packing`.
            condition: Of B sequences.
            packing: Lengths of packed tokens, and of the condition for each of the B sequences.
        """
        keys, values = condition
        if keys is None:
            constant: Tensor = self.to_out(values.flatten(-2))
            return constant.expand_as(x)
        queries = self.to_q(x).unflatten(-1, (self.heads, -1))
        if self.q_rms_norm is not None:
            queries = self.q_rms_norm(queries)
        if packing is None:
            attended = dense_attention(queries, keys, values)
        else:
            attended = packing(queries, keys.flatten(0, 1), values.flatten(0, 1))
        result: Tensor = self.to_out(attended.flatten(-2))
        return result


def modulation_layer(channels: int, count: int) -> nn.Sequential:
    """SiLU and a linear layer (key ``1``) from a time embedding to `count` vectors (adaLN)."""
    return nn.Sequential(nn.SiLU(), nn.Linear(channels, count * channels))


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """``x * (1 + scale) + shift``; shift and scale broadcast to x."""
    return x * (1 + scale) + shift
