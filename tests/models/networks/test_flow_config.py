"""Configurations of the flow: published arguments, the blocks with scene context, bad values."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError, WeightsError
from scenewright.models.networks.flow_config import (
    FlowConfig,
    GlobalContext,
    PoseHead,
    SceneContext,
    published_flow_config,
)

ARGS = {
    "resolution": 8, "in_channels": 4, "out_channels": 4, "model_channels": 48,
    "cond_channels": 32, "num_blocks": 6, "num_heads": 4, "mlp_ratio": 2, "patch_size": 2,
    "pe_mode": "ape", "qk_rms_norm": True, "use_fp16": True,
}  # fmt: skip


def test_arguments_of_trellis_are_sizes() -> None:
    config = published_flow_config(ARGS)
    assert config == FlowConfig(8, 4, 4, 48, 32, 6, 4, 2, 2)
    assert config.slots == 1 and list(config.scene_context_blocks) == []


def test_arguments_of_scenegen_turn_on_the_global_context_and_poses() -> None:
    extra = {"use_global": True, "num_register_tokens": 2, "trunk_depth": 3, "num_iteration": 5}
    config = published_flow_config({**ARGS, **extra})
    assert config.global_context == GlobalContext(register_tokens=2)
    assert config.pose == PoseHead(depth=3, iterations=5, joint=False)


def test_arguments_of_iscene_turn_on_the_scene_context() -> None:
    extra = {"exp_setting": "global local", "scene_context_attn_num": 3, "k_bias_scale": 0.1}
    config = published_flow_config({**ARGS, **extra, "type_embedding_type": "enable_k_bias"})
    assert config.scene_context == SceneContext(
        num_blocks=3, sources=2, key_bias=True, key_gate=False, key_bias_scale=0.1
    )
    assert config.slots == 3 and config.global_context is None
    plain = published_flow_config({**ARGS, **extra, "type_embedding_type": None})
    assert plain.scene_context is not None and not plain.scene_context.key_bias


@pytest.mark.parametrize(
    ("blocks", "count", "numbers"),
    [
        (24, 5, [10, 11, 12, 13, 14]),
        (5, 3, [1, 2, 3]),
        (4, 2, [1, 2]),
        (2, 9, [0, 1]),
        (3, 0, []),
    ],
)
def test_scene_context_is_in_the_middle_blocks(blocks: int, count: int, numbers: list[int]) -> None:
    config = FlowConfig(num_blocks=blocks, scene_context=SceneContext(num_blocks=count))
    assert list(config.scene_context_blocks) == numbers


def test_heads_follow_from_their_channels_where_they_are_not_given() -> None:
    args = {k: v for k, v in ARGS.items() if k != "num_heads"}
    assert published_flow_config({**args, "num_head_channels": 16}).num_heads == 3


def test_bad_values_are_named() -> None:
    with pytest.raises(WeightsError) as refused:
        published_flow_config({**ARGS, "pe_mode": "rope"})
    assert str(refused.value) == (
        "The configuration of a network: pe_mode: expected 'ape', got 'rope'"
    )
    with pytest.raises(WeightsError) as refused:
        published_flow_config({"resolution": 8})
    assert str(refused.value) == (
        "The configuration of a flow: expected an argument 'in_channels', got none"
    )
    with pytest.raises(ConventionError) as caught:
        FlowConfig(model_channels=10, num_heads=4)
    assert str(caught.value) == "model_channels: expected a multiple of num_heads (4), got 10"
    with pytest.raises(ConventionError) as caught:
        FlowConfig(pose=PoseHead())
    assert str(caught.value) == "pose: expected a flow with global context, got one without"
