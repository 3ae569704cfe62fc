"""The flow of ``generate/tiny``: what shapes differ by from the expected ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scenewright.models.generators.tiny.design import LATENT_SIDE, FlowDesign
from scenewright.models.generators.tiny.encoder import Conditions, pooled
from scenewright.models.networks.flow import FlowCondition, SceneFlow
from scenewright.models.networks.flow_config import FlowConfig, SceneContext
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.samplers import TIME_SCALE

IN_SCENE, SCENE, OBJECT = 0, 1, 2
"""Slots of an object: in the scene cube, the whole scene, in the cube of the object."""
SLOTS = 3
LEAST_TIME = 0.02
"""Times below are treated as this where the predicted data is turned into a velocity."""


class TinyFlow(nn.Module):
    """A flow with three slots per object.

    It predicts what the data differs by from an expected one: in the cube of the object the shape
    that the image encoder expects, in the scene cube the same shape at its place.

    Args:
        design: Sizes.
    """

    def __init__(self, design: FlowDesign) -> None:
        super().__init__()
        self.design = design
        self.slot_emb = nn.Parameter(torch.randn(SLOTS, design.token_width) * 0.5)
        self.flow = SceneFlow(flow_config(design))

    def tokens(self, found: Conditions) -> Tensor:
        """(N, 3, T, token width) tokens of each slot."""
        coarse = pooled(found.whole)
        both = torch.cat([found.own, coarse], 1)
        slots = torch.stack([both, torch.cat([found.whole, coarse], 1), both], 1)
        return slots + self.slot_emb[:, None].to(slots.dtype)

    def predict(
        self,
        state: Tensor,
        time: Tensor,
        condition: Tensor | FlowCondition,
        *,
        expected: Tensor,
    ) -> Prediction:
        """Velocities; the flow itself predicts the data, which needs no room for the noise.

        A token holds more numbers than the flow has channels, so that it could not pass on noise;
        data is much simpler (Li and He, arXiv 2511.13720).

        Args:
            state: (N, 3, C, 8, 8, 8) latents between data and noise.
            time: (N,) 1000 t.
            condition: See `SceneFlow.forward`.
            expected: (N, 3, C, 8, 8, 8) expected latents of the slots; 0 where nothing is expected.
        """
        data = (
            self.flow(state, time, condition, partial=expected.to(state.dtype)).velocity.float()
            + expected
        )
        level = (time / TIME_SCALE).clamp(min=LEAST_TIME).view(-1, 1, 1, 1, 1, 1)
        return Prediction((state - data) / level)


def flow_config(design: FlowDesign) -> FlowConfig:
    """The configuration of the flow; without context blocks the slots do not attend to another."""
    return FlowConfig(
        resolution=LATENT_SIDE,
        in_channels=design.latent_channels,
        out_channels=design.latent_channels,
        model_channels=design.width,
        cond_channels=design.token_width,
        num_blocks=design.blocks,
        num_heads=design.heads,
        patch_size=2,
        partial_channels=design.latent_channels,
        scene_context=SceneContext(
            num_blocks=design.context_blocks, sources=SLOTS - 1, key_bias=True
        ),
    )
