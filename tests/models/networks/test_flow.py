"""The conditional flow: recorded runs, contexts by configuration, exact savings, bad input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

import parity_common
from scenewright.core import ShapeError
from scenewright.models.networks.flow import FlowCondition, SceneFlow, widened_weights
from scenewright.models.networks.flow_config import (
    FlowConfig,
    GlobalContext,
    PoseHead,
    SceneContext,
)
from scenewright.models.networks.loading import load_strict
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.published import build
from scenewright.models.networks.samplers import sample_flow
from tests.models.networks.network_builders import assert_parity, random_tensor, randomized

PLAIN = FlowConfig(
    resolution=4, in_channels=3, out_channels=3, model_channels=12, cond_channels=6, num_blocks=3,
    num_heads=2, mlp_ratio=2, patch_size=2,
)  # fmt: skip
GLOBAL = replace(
    PLAIN, global_context=GlobalContext(register_tokens=2, local_tokens=4), pose=PoseHead(1, 2)
)
SCENE = replace(PLAIN, scene_context=SceneContext(num_blocks=1, key_bias=True, key_gate=True))
BOTH = replace(GLOBAL, scene_context=SCENE.scene_context)
CONFIGS = {"none": PLAIN, "global": GLOBAL, "scene": SCENE, "both": BOTH}
allclose = partial(torch.allclose, rtol=1e-5, atol=1e-5)
assert_close = partial(torch.testing.assert_close, rtol=1e-5, atol=1e-5)


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def _inputs(config: FlowConfig, count: int = 3, tokens: int = 7) -> tuple[Tensor, Tensor, Tensor]:
    slots = () if config.scene_context is None else (config.slots,)
    x = random_tensor(count, *slots, config.in_channels, 4, 4, 4, seed=1)
    condition = random_tensor(count, *slots, tokens, config.cond_channels, seed=2)
    return x, torch.linspace(100, 900, count), condition


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["ss_flow", "ss_flow_patch2", "scenegen_flow", "iscene_flow", "iscene_flow_gated"]
)
def test_recorded_runs_are_met(recordings: Path, name: str) -> None:
    assert_parity(recordings / name)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ss_flow", "scenegen_flow", "iscene_flow_gated"])
def test_recorded_sampler_runs_are_met_with_the_folded_condition(
    recordings: Path, name: str
) -> None:
    recording = parity_common.read_recording(recordings / name)
    args = {**recording.config["args"], **recording.config.get("scene_context", {})}
    network = build(recording.network, args).eval()
    assert isinstance(network, SceneFlow)
    load_strict(network, recording.weights)

    def predict(x: Tensor, time: float, condition: FlowCondition) -> Prediction:
        prediction: Prediction = network(x, torch.full((len(x),), time), condition)
        return prediction

    run = sample_flow(
        predict,
        recording.arrays["sampler.noise"],
        [network.prepare(recording.arrays["in.cond"])],
        unconditional=network.prepare_zeros(),
        settings=parity_common.sampler_settings(recording.config["sampler"]),
    )
    recorded = recording.arrays["sampler.samples"]
    assert float((run.sample - recorded).abs().max() / recorded.std()) < 1e-5


@pytest.mark.parametrize("name", CONFIGS)
def test_a_velocity_has_the_shape_of_its_latent(name: str) -> None:
    config = CONFIGS[name]
    network = randomized(SceneFlow(config))
    x, times, condition = _inputs(config)
    prediction = network(x, times, condition)
    assert prediction.velocity.shape == x.shape
    assert (prediction.poses is None) == (config.pose is None)
    if prediction.poses is not None:
        assert prediction.poses.shape == (3, 8)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_new_network_predicts_zero(name: str) -> None:
    config = CONFIGS[name]
    assert bool((SceneFlow(config)(*_inputs(config)).velocity == 0).all())


@pytest.mark.parametrize(("name", "alone"), [("none", True), ("scene", True), ("global", False)])
def test_objects_see_each_other_with_global_context_only(name: str, alone: bool) -> None:
    config = CONFIGS[name]
    network = randomized(SceneFlow(config))
    x, times, condition = _inputs(config)
    velocity = network(x, times, condition).velocity[:1]
    single = network(x[:1], times[:1], condition[:1]).velocity
    assert allclose(velocity, single) == alone


def test_the_instance_sees_the_other_slots_and_they_do_not_see_it() -> None:
    network = randomized(SceneFlow(SCENE))
    x, times, condition = _inputs(SCENE)
    before = network(x, times, condition).velocity
    moved = x.clone()
    moved[:, 1] += 1
    by_scene = network(moved, times, condition).velocity
    assert not allclose(by_scene[:, 0], before[:, 0])
    assert_close(by_scene[:, 2], before[:, 2])
    moved = x.clone()
    moved[:, 0] += 1
    by_instance = network(moved, times, condition).velocity
    assert_close(by_instance[:, 1:], before[:, 1:])


def test_equal_slots_without_bias_and_gate_are_a_plain_flow() -> None:
    plain = randomized(SceneFlow(PLAIN))
    network = SceneFlow(replace(PLAIN, scene_context=SceneContext(num_blocks=2)))
    network.load_state_dict(plain.state_dict())
    x, times, condition = _inputs(PLAIN)
    slots = network(*(part[:, None].repeat_interleave(3, 1) if part.ndim > 1 else part
                      for part in (x, times, condition))).velocity  # fmt: skip
    expected = plain(x, times, condition).velocity
    for slot in range(3):
        assert_close(slots[:, slot], expected)


def test_only_the_first_tokens_are_local() -> None:
    network = randomized(SceneFlow(GLOBAL))
    x, times, condition = _inputs(GLOBAL)
    longer = network.prepare(condition, local_tokens=7)
    default = network.prepare(condition)
    assert longer.blocks[0].local.values.shape[1] == 7
    assert default.blocks[0].local.values.shape[1] == 4
    assert default.blocks[0].whole is not None and default.blocks[0].whole.values.shape[1] == 7
    assert torch.equal(network(x, times, default).velocity, network(x, times, condition).velocity)
    assert not allclose(network(x, times, default).velocity, network(x, times, longer).velocity)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_prepared_condition_changes_nothing(name: str) -> None:
    config = CONFIGS[name]
    network = randomized(SceneFlow(config))
    x, times, condition = _inputs(config)
    plain, prepared = network(x, times, condition), network(x, times, network.prepare(condition))
    assert torch.equal(plain.velocity, prepared.velocity)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_condition_of_zeros_can_be_folded(name: str) -> None:
    config = CONFIGS[name]
    network = randomized(SceneFlow(config))
    x, times, condition = _inputs(config)
    plain = network(x, times, torch.zeros_like(condition))
    folded = network(x, times, network.prepare_zeros())
    assert_close(folded.velocity, plain.velocity)
    if plain.poses is not None:
        assert_close(folded.poses, plain.poses)


@pytest.mark.parametrize("name", ["scene", "both"])
def test_a_slot_that_is_the_same_for_all_instances_is_computed_once(name: str) -> None:
    config = CONFIGS[name]
    network = randomized(SceneFlow(config))
    x, _, condition = _inputs(config, count=4)
    x[:, 1], condition[:, 1] = x[:1, 1], condition[:1, 1]
    times = torch.full((4,), 300.0)
    plain = network(x, times, condition).velocity
    prepared = network.prepare(condition, shared_slots=(1,))
    sequences: list[int] = []
    network.blocks[0].register_forward_pre_hook(lambda _, args: sequences.append(len(args[0])))
    assert_close(network(x, times, prepared).velocity, plain)
    zeros = network.prepare_zeros(shared_slots=(1,))
    expected = network(x, times, torch.zeros_like(condition)).velocity
    assert_close(network(x, times, zeros).velocity, expected)
    assert sequences == [9, 12, 9]


def test_tokens_that_all_objects_share_are_projected_once() -> None:
    network = randomized(SceneFlow(GLOBAL))
    x, times, condition = _inputs(GLOBAL, tokens=9)
    condition[:, 5:] = condition[:1, 5:]
    plain = network(x, times, condition)
    shared = network.prepare(condition[:, :5], shared_tokens=condition[0, 5:])
    saved = network(x, times, shared)
    assert_close(saved.velocity, plain.velocity)
    assert_close(saved.poses, plain.poses)


def test_known_geometry_is_ignored_at_first_by_widened_weights() -> None:
    plain = randomized(SceneFlow(PLAIN))
    config = replace(PLAIN, partial_channels=2)
    network = SceneFlow(config)
    load_strict(network, widened_weights(plain.state_dict(), config))
    x, times, condition = _inputs(PLAIN)
    partial = random_tensor(3, 2, 4, 4, 4, seed=5)
    expected = plain(x, times, condition).velocity
    assert_close(network(x, times, condition).velocity, expected)
    assert_close(network(x, times, condition, partial=partial).velocity, expected)
    network = randomized(network)
    first = network(x, times, condition, partial=partial).velocity
    assert not allclose(first, network(x, times, condition).velocity)
    with pytest.raises(ShapeError) as caught:
        network(x, times, condition, partial=partial[:, :1])
    assert str(caught.value) == ("partial geometry: expected (3, 2, 4, 4, 4), got (3, 1, 4, 4, 4)")


def test_the_torso_can_run_in_bfloat16() -> None:
    network = randomized(SceneFlow(GLOBAL))
    inputs = _inputs(GLOBAL)
    exact = network(*inputs)
    network.set_dtype(torch.bfloat16)
    rough = network(*inputs)
    assert rough.velocity.dtype == torch.float32
    assert network.position_head.embed_pose.weight.dtype == torch.float32
    error = float((rough.velocity - exact.velocity).abs().max() / exact.velocity.std())
    assert 1e-5 < error < 0.1


def test_every_parameter_has_a_gradient() -> None:
    network = randomized(SceneFlow(replace(BOTH, pose=PoseHead(1, 2, joint=True)))).train()
    with torch.enable_grad():
        velocity, poses = network(*_inputs(BOTH))
        assert poses is not None
        loss = velocity.square().sum() + poses.square().sum()
        gradients = torch.autograd.grad(loss, list(network.parameters()))
    zero = [n for (n, _), g in zip(network.named_parameters(), gradients, strict=True)
            if not bool(g.any())]  # fmt: skip
    assert zero == []


def test_bad_input_is_named() -> None:
    network = SceneFlow(SCENE)
    x, times, condition = _inputs(SCENE)
    with pytest.raises(ShapeError) as caught:
        network(x[:, :2], times, condition)
    assert str(caught.value) == ("latents: expected (N, 3, 3, 4, 4, 4), got (3, 2, 3, 4, 4, 4)")
    with pytest.raises(ShapeError) as caught:
        network(x, times[:2], condition)
    assert str(caught.value) == "times: expected (3,), got (2,)"
    with pytest.raises(ShapeError) as caught:
        network(x, times, condition[:, 0])
    assert str(caught.value) == "condition tokens: expected (N, 3, T, 6), got (3, 7, 6)"
    with pytest.raises(ShapeError) as caught:
        SceneFlow(GLOBAL).prepare(condition[:, 0], shared_tokens=torch.zeros(2, 5))
    assert str(caught.value) == "shared tokens: expected (T, 6), got (2, 5)"
