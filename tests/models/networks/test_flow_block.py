"""Blocks of the flow: which layers they have, and what new ones do."""

from __future__ import annotations

import torch

from scenewright.models.networks.flow_block import FlowBlock
from scenewright.models.networks.flow_config import FlowConfig, GlobalContext, SceneContext
from scenewright.models.networks.scene_context import SceneContextAttention
from tests.models.networks.network_builders import random_tensor, randomized

CONFIG = FlowConfig(
    resolution=2, model_channels=8, cond_channels=4, num_blocks=3, num_heads=2,
    scene_context=SceneContext(num_blocks=1, sources=1), global_context=GlobalContext(),
)  # fmt: skip
ROUTES = torch.tensor([[0, 1], [2, 3]])


def test_only_the_middle_block_has_scene_context() -> None:
    kinds = [
        isinstance(FlowBlock(CONFIG, number).self_attn, SceneContextAttention)
        for number in range(3)
    ]
    assert kinds == [False, True, False]


def test_global_layers_change_objects_and_special_tokens_but_no_other_slot() -> None:
    block = randomized(FlowBlock(CONFIG, 0))
    tokens, special = random_tensor(4, 6, 8, seed=1), random_tensor(2, 3, 8, seed=2)
    modulation = random_tensor(4, 8, seed=3)
    condition = block.project_condition(random_tensor(4, 5, 4), random_tensor(2, 9, 4))
    changed, changed_special = block(tokens, special, modulation, condition, ROUTES)
    assert changed.shape == tokens.shape and changed_special.shape == special.shape
    without, none = block(tokens, None, modulation, condition, ROUTES)
    assert none is None
    torch.testing.assert_close(changed[ROUTES[:, 1]], without[ROUTES[:, 1]])
    assert not torch.allclose(changed[ROUTES[:, 0]], without[ROUTES[:, 0]], atol=1e-4)
    assert not torch.allclose(changed_special, special, atol=1e-4)


def test_silent_layers_are_those_without_which_the_block_adds_cross_attention_only() -> None:
    block = randomized(FlowBlock(CONFIG, 0))
    for layer in block.silent_layers():
        for parameter in layer.parameters():
            torch.nn.init.zeros_(parameter)
    tokens, special = random_tensor(4, 6, 8), random_tensor(2, 3, 8)
    condition = block.zero_condition()
    changed, changed_special = block(tokens, special, random_tensor(4, 8), condition, ROUTES)
    expected = tokens + block.cross_attn(tokens, condition.local)
    torch.testing.assert_close(changed, expected)
    torch.testing.assert_close(changed_special, special)
