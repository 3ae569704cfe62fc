"""I-Scene's scene-context attention (arXiv 2512.13683)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scenewright.models.networks.flow_config import SceneContext
from scenewright.models.networks.layers import SelfAttentionLayers
from scenewright.models.networks.packing import dense_attention


class SceneContextAttention(SelfAttentionLayers):
    """Self attention in which the instances also attend to other sequences.

    The projections are those of the plain attention; keys of other sequences may have a learned
    bias and gate per source and head (``k_type_bias``, ``ext_gate``).

    Args:
        channels: Width.
        heads: Number of heads.
        context: Sources, bias and gate.
        qk_rms_norm: Whether queries and keys pass an RMS norm per head.
    """

    def __init__(
        self, channels: int, heads: int, context: SceneContext, *, qk_rms_norm: bool
    ) -> None:
        super().__init__(channels, heads, qk_rms_norm=qk_rms_norm)
        self.bias_scale = context.key_bias_scale
        shape = (context.sources, heads, channels // heads)
        self.k_type_bias = nn.Parameter(torch.zeros(shape)) if context.key_bias else None
        self.ext_gate = nn.Parameter(torch.zeros(shape[:2])) if context.key_gate else None

    def forward(self, x: Tensor, *, routes: Tensor) -> Tensor:
        """Attends within each sequence, and from the instances to their sources.

        Args:
            x: (S, L, channels), S sequences.
            routes: (N, 1 + sources) numbers of sequences: an instance, then its sources. An
                instance is listed once; a source may serve several instances.

        Returns:
            (S, L, channels).
        """
        queries, keys, values = self.project(x)
        instances = routes[:, 0]
        is_plain = torch.ones(len(x), dtype=torch.bool, device=routes.device)
        is_plain[instances] = False
        others = is_plain.nonzero().squeeze(1)
        widened = torch.cat([keys[instances, None], self._shifted(keys[routes[:, 1:]])], 1)
        attended = dense_attention(
            queries[instances], widened.flatten(1, 2), values[routes].flatten(1, 2)
        )
        plain = dense_attention(queries[others], keys[others], values[others])
        order = torch.argsort(torch.cat([instances, others]))
        result: Tensor = self.to_out(torch.cat([attended, plain])[order].flatten(-2))
        return result

    def _shifted(self, keys: Tensor) -> Tensor:
        """Bias, then gate, on keys (N, sources, L, heads, head_channels)."""
        if self.k_type_bias is not None:
            bias = self.bias_scale * torch.tanh(self.k_type_bias.float())
            keys = keys + bias[:, None].to(keys.dtype)
        if self.ext_gate is not None:
            keys = keys * torch.sigmoid(self.ext_gate.float())[:, None, :, None].to(keys.dtype)
        return keys
