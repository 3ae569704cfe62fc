"""The conditional flow over structured latents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from scenewright.core import ConventionError, ShapeError, WeightsError
from scenewright.models.networks.slat_flow import SlatFlow, SlatFlowConfig
from scenewright.models.networks.sparse import SparseTensor
from tests.models.networks.network_builders import assert_parity, randomized
from tests.models.networks.network_builders import random_tensor as random_values
from tests.models.networks.sparse.sparse_builders import random_tensor

ARGS: dict[str, Any] = {
    "resolution": 8, "in_channels": 4, "out_channels": 4, "model_channels": 24,
    "cond_channels": 6, "num_blocks": 2, "num_heads": 2, "mlp_ratio": 2, "patch_size": 2,
    "num_io_res_blocks": 2, "io_block_channels": [8], "pe_mode": "ape", "qk_rms_norm": True,
    "use_fp16": True,
}  # fmt: skip
DEEP: dict[str, Any] = {**ARGS, "patch_size": 4, "io_block_channels": [8, 12]}


def condition(count: int) -> Tensor:
    return random_values(count, 5, 6, seed=3)


@pytest.mark.shared
def test_recorded_run(recordings: Path) -> None:
    assert_parity(recordings / "slat_flow")


@pytest.mark.parametrize(
    "args",
    [
        ARGS,
        DEEP,
        {**DEEP, "num_io_res_blocks": 1},
        {**DEEP, "num_io_res_blocks": 3, "use_skip_connection": False},
        {**ARGS, "patch_size": 1, "io_block_channels": None},
    ],
)
def test_objects_are_computed_as_if_alone(args: dict[str, Any]) -> None:
    flow = randomized(SlatFlow.from_published(args))
    x = random_tensor((60, 40), 4)
    times = torch.tensor([700.0, 200.0])
    together = flow(x, times, condition(2)).velocity
    alone = SparseTensor.of(x.feats[:60], x.grid.coords[:60])
    assert together.shape == (100, 4)
    torch.testing.assert_close(
        together[:60], flow(alone, times[:1], condition(2)[:1]).velocity, atol=1e-5, rtol=1e-4
    )
    assert (together.std(0) > 0.01).all()


def test_permuted_voxels_permute_results() -> None:
    flow = randomized(SlatFlow.from_published(DEEP))
    x = random_tensor((60, 40), 4)
    order = torch.cat([torch.randperm(60), 60 + torch.randperm(40)])
    mixed = SparseTensor.of(x.feats[order], x.grid.coords[order])
    times = torch.tensor([700.0, 200.0])
    torch.testing.assert_close(
        flow(mixed, times, condition(2)).velocity,
        flow(x, times, condition(2)).velocity[order],
        atol=1e-5, rtol=1e-4,
    )  # fmt: skip


def test_prepared_conditions_give_the_same() -> None:
    flow = randomized(SlatFlow.from_published(ARGS))
    x, times = random_tensor((60, 40), 4), torch.tensor([700.0, 200.0])
    plain = flow(x, times, condition(2)).velocity
    assert torch.equal(flow(x, times, flow.prepare(condition(2))).velocity, plain)
    zeros = flow(x, times, torch.zeros(2, 5, 6)).velocity
    torch.testing.assert_close(flow(x, times, flow.prepare_zeros()).velocity, zeros)
    assert not torch.allclose(zeros, plain, atol=1e-3)


def test_half_precision_is_close() -> None:
    flow = randomized(SlatFlow.from_published(ARGS))
    x, times = random_tensor((60,), 4), torch.tensor([700.0])
    expected = flow(x, times, condition(1)).velocity
    flow.set_dtype(torch.bfloat16)
    result = flow(x, times, condition(1)).velocity
    assert result.dtype == torch.float32
    assert (result - expected).abs().mean() < 0.05 * expected.std()


def test_every_parameter_has_a_gradient() -> None:
    flow = randomized(SlatFlow.from_published(DEEP))
    x = random_tensor((60, 40), 4)
    flow(x, torch.tensor([700.0, 200.0]), condition(2)).velocity.square().sum().backward()
    silent = [name for name, p in flow.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


def test_it_starts_as_zero() -> None:
    flow = SlatFlow.from_published(ARGS)
    assert not flow(random_tensor((9,), 4), torch.tensor([5.0]), condition(1)).velocity.any()


def test_wrong_inputs_are_refused() -> None:
    flow, x = SlatFlow.from_published(ARGS), random_tensor((9, 5), 4)
    times = torch.ones(2)
    with pytest.raises(ShapeError) as caught:
        flow(random_tensor((9, 5), 3), times, condition(2))
    assert str(caught.value) == "latents: expected 4 channels per voxel, got 3"
    with pytest.raises(ShapeError) as caught:
        flow(x, times[:1], condition(2))
    assert str(caught.value) == "times: expected (2,), got (1,)"
    with pytest.raises(ShapeError) as caught:
        flow(x, times, condition(3))
    assert str(caught.value) == "condition: expected shape (2, T, 6), got (3, 5, 6)"


def test_wrong_configurations_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        SlatFlowConfig(model_channels=10, num_heads=4)
    assert str(caught.value) == "model_channels: expected a multiple of num_heads (4), got 10"
    with pytest.raises(ConventionError) as caught:
        SlatFlowConfig(io_blocks=0)
    assert str(caught.value) == "io_blocks: expected at least 1, got 0"
    with pytest.raises(ConventionError) as caught:
        SlatFlowConfig.from_published({**ARGS, "patch_size": 4})
    assert str(caught.value) == "patch_size: expected 2 for 1 io_block_channels, got 4"
    with pytest.raises(WeightsError, match="pe_mode: expected 'ape', got 'rope'"):
        SlatFlowConfig.from_published({**ARGS, "pe_mode": "rope"})
