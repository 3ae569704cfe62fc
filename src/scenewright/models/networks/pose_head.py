"""SceneGen's position head (arXiv 2508.15769): poses of objects by repeated refinement."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scenewright.models.networks.flow_config import PoseHead
from scenewright.models.networks.layers import (
    FeedForward,
    LayerNorm32,
    SelfAttention,
    modulate,
    modulation_layer,
)

POSE_VALUES = 8
"""Translation x, y, z; quaternion w, x, y, z; scale."""
_QUATERNION_W, _SCALE = 3, 7


class ModulatedBlock(nn.Module):
    """Self attention and feed-forward, both modulated by a condition (adaLN).

    Args:
        channels: Width.
        heads: Number of heads.
        ratio: Hidden width / width of the feed-forward layer.
    """

    def __init__(self, channels: int, heads: int, *, ratio: float = 4.0) -> None:
        super().__init__()
        self.norm1 = LayerNorm32(channels)
        self.norm2 = LayerNorm32(channels)
        self.attn = SelfAttention(channels, heads, qk_rms_norm=True)
        self.mlp = FeedForward(channels, ratio=ratio)
        self.adaLN_modulation = modulation_layer(channels, 6)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Tokens (B, L, channels) under conditions that broadcast to them."""
        shift, scale, gate, shift2, scale2, gate2 = self.adaLN_modulation(condition).chunk(6, -1)
        x = x + gate * self.attn(modulate(self.norm1(x), shift, scale))
        result: Tensor = x + gate2 * self.mlp(modulate(self.norm2(x), shift2, scale2))
        return result


class PositionHead(nn.Module):
    """Position tokens to poses.

    Each refinement passes the normalized token through the blocks, conditioned on the pose so far,
    and adds the result to that pose.

    Args:
        channels: Width of the tokens.
        heads: Number of heads.
        config: Depth and refinements.
        ratio: Hidden width / width of the feed-forward layers.
    """

    def __init__(self, channels: int, heads: int, config: PoseHead, *, ratio: float = 4.0) -> None:
        super().__init__()
        self.config = config
        self.token_norm = LayerNorm32(channels)
        self.trunk_norm = LayerNorm32(channels)
        self.trunk = nn.ModuleList(
            ModulatedBlock(channels, heads, ratio=ratio) for _ in range(config.depth)
        )
        self.empty_pose_tokens = nn.Parameter(identity_poses(1))
        self.embed_pose = nn.Linear(POSE_VALUES, channels)
        self.pose_branch = nn.Sequential(
            nn.Linear(channels, channels // 2), nn.GELU(), nn.Linear(channels // 2, POSE_VALUES)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Predicts poses relative to the first object.

        Args:
            tokens: (N, channels), a token per object.

        Returns:
            (N, 8) translation, quaternion (w, x, y, z; not normalized) and scale (at least 0). In
            evaluation mode the first pose is the identity.
        """
        # Alone in its sequence a token attends to itself; in one sequence objects see each other.
        axis = 0 if self.config.joint else 1
        tokens = self.token_norm(tokens.float()).unsqueeze(axis)
        raw = torch.zeros((*tokens.shape[:2], POSE_VALUES), device=tokens.device)
        condition = self.embed_pose(self.empty_pose_tokens).expand_as(tokens)
        for iteration in range(self.config.iterations):
            if iteration > 0:
                condition = self.embed_pose(raw)
            refined = tokens
            for block in self.trunk:
                refined = block(refined, condition)
            raw = raw + self.pose_branch(self.trunk_norm(refined))
        raw = raw.squeeze(axis)
        poses = torch.cat([raw[:, :_SCALE], torch.relu(raw[:, _SCALE:])], 1)
        if self.training:
            return poses
        return torch.cat([identity_poses(1).to(poses), poses[1:]])


def identity_poses(count: int) -> Tensor:
    """Poses that change nothing: (count, 8)."""
    poses = torch.zeros(count, POSE_VALUES)
    poses[:, [_QUATERNION_W, _SCALE]] = 1
    return poses
