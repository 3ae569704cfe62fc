"""A transformer block of the conditional flow, with the optional layers of its contexts."""

from __future__ import annotations

from typing import NamedTuple, cast

from torch import Tensor, cat, nn

from scenewright.models.networks.flow_config import FlowConfig
from scenewright.models.networks.layers import (
    CrossAttention,
    FeedForward,
    KeysValues,
    LayerNorm32,
    SelfAttention,
    modulate,
    modulation_layer,
)
from scenewright.models.networks.scene_context import SceneContextAttention


class BlockCondition(NamedTuple):
    """Keys and values of one block.

    Attributes:
        local: Of each sequence.
        whole: Of each object, for the global layers.
    """

    local: KeysValues
    whole: KeysValues | None = None


class FlowBlock(nn.Module):
    """Modulated self attention, cross attention, the global layers if any, feed-forward.

    Args:
        config: Sizes and contexts of the flow.
        number: Number of the block, which decides whether it has scene context.
    """

    def __init__(self, config: FlowConfig, number: int) -> None:
        super().__init__()
        width, heads = config.model_channels, config.num_heads
        self.norm1 = LayerNorm32(width)
        self.norm2 = LayerNorm32(width, affine=True)
        self.norm3 = LayerNorm32(width)
        self.self_attn: SelfAttention | SceneContextAttention
        if config.scene_context is not None and number in config.scene_context_blocks:
            self.self_attn = SceneContextAttention(
                width, heads, config.scene_context, qk_rms_norm=config.qk_rms_norm
            )
        else:
            self.self_attn = SelfAttention(width, heads, qk_rms_norm=config.qk_rms_norm)
        self.cross_attn = CrossAttention(
            width, config.cond_channels, heads, qk_rms_norm=config.qk_rms_norm_cross
        )
        self.mlp = FeedForward(width, ratio=config.mlp_ratio)
        self.adaLN_modulation = modulation_layer(width, 6)
        self.has_global = config.global_context is not None
        if self.has_global:
            self.norm4 = LayerNorm32(width, affine=True)
            self.norm5 = LayerNorm32(width)
            self.global_attn = SelfAttention(width, heads)
            self.global_cross_attn = CrossAttention(width, config.cond_channels, heads)
            self.adaLN_modulation_global = modulation_layer(width, 3)

    def forward(
        self,
        tokens: Tensor,
        special: Tensor | None,
        modulation: Tensor,
        condition: BlockCondition,
        routes: Tensor,
    ) -> tuple[Tensor, Tensor | None]:
        """Runs the block on all sequences of a scene.

        Args:
            tokens: (S, L, width).
            special: (N, M, width) tokens per object that only the global layers see.
            modulation: (S, width) time embedding per sequence.
            condition: From `project_condition` or `zero_condition`.
            routes: (N, slots) numbers of the sequences of each object; slot 0 is the object.

        Returns:
            The new tokens and special tokens.
        """
        parts = self.adaLN_modulation(modulation)[:, None].chunk(6, -1)
        shift, scale, gate, shift2, scale2, gate2 = parts
        hidden = modulate(self.norm1(tokens), shift, scale)
        if isinstance(self.self_attn, SceneContextAttention):
            attended = self.self_attn(hidden, routes=routes)
        else:
            attended = self.self_attn(hidden)
        tokens = tokens + gate * attended
        tokens = tokens + self.cross_attn(self.norm2(tokens), condition.local)
        if special is not None and condition.whole is not None:
            tokens, special = self._attend_globally(
                tokens, special, modulation[routes[:, 0]], condition.whole, routes[:, 0]
            )
        hidden = modulate(self.norm3(tokens), shift2, scale2)
        return tokens + gate2 * self.mlp(hidden), special

    def project_condition(
        self, local: Tensor, whole: Tensor | None = None, shared: Tensor | None = None
    ) -> BlockCondition:
        """Projects condition tokens.

        Args:
            local: (S, T, channels) of each sequence.
            whole: (N, T, channels) of each object, for the global layers.
            shared: (T, channels) that follow the tokens `whole` of every object.
        """
        own = self.cross_attn.keys_values(local)
        if whole is None:
            return BlockCondition(own)
        all_tokens = self.global_cross_attn.keys_values(whole)
        if shared is not None:
            common = self.global_cross_attn.keys_values(shared[None])
            all_tokens = _joined(all_tokens, common)
        return BlockCondition(own, all_tokens)

    def zero_condition(self) -> BlockCondition:
        """The projection of a condition of zeros."""
        return BlockCondition(
            self.cross_attn.zero_keys_values(),
            self.global_cross_attn.zero_keys_values() if self.has_global else None,
        )

    def silent_layers(self) -> list[nn.Module]:
        """Layers whose weights start as zero, so that the block passes its input on."""
        layers: list[nn.Module] = [self.adaLN_modulation[1]]
        if self.has_global:
            layers += [self.adaLN_modulation_global[1], self.global_cross_attn.to_out]
        return layers

    def _attend_globally(
        self,
        tokens: Tensor,
        special: Tensor,
        modulation: Tensor,
        condition: KeysValues,
        objects: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """All objects, each with its special tokens in front, as one sequence."""
        count, extra, width = special.shape
        x = cat([special, tokens[objects]], 1)
        shift, scale, gate = self.adaLN_modulation_global(modulation)[:, None].chunk(3, -1)
        hidden = modulate(self.norm4(x), shift, scale)
        attended = self.global_attn(hidden.reshape(1, -1, width)).reshape(count, -1, width)
        x = x + gate * attended
        x = x + self.global_cross_attn(self.norm5(x), condition)
        return tokens.index_copy(0, objects, x[:, extra:]), x[:, :extra]


def _joined(own: KeysValues, common: KeysValues) -> KeysValues:
    """Keys and values of each object (N, ...), followed by those of all objects (1, ...)."""
    pairs = zip(own, common, strict=True)
    keys, values = (
        None if a is None or b is None else cat([a, b.expand(len(a), -1, -1, -1)], 1)
        for a, b in pairs
    )
    return KeysValues(keys, cast(Tensor, values))
