"""The estimate of memory is what runs with values take."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from scenewright.core import ConventionError, ScenewrightError
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.flow_config import (
    FlowConfig,
    GlobalContext,
    PoseHead,
    SceneContext,
)
from scenewright.models.networks.memory import (
    PROCESS_BYTES,
    check_fits,
    flow_memory,
    network_memory,
    peak_bytes,
    typical_voxels,
    voxel_memory,
    weight_bytes,
)
from scenewright.models.networks.slat_flow import SlatFlow, SlatFlowConfig
from scenewright.models.networks.slat_gaussians import SlatGaussianDecoder
from scenewright.models.networks.slat_mesh import SlatMeshDecoder
from scenewright.models.networks.slat_trunk import SlatConfig
from scenewright.models.networks.sparse import SparseTensor, VoxelGrid
from scenewright.models.networks.ss_vae import SparseStructureDecoder

PLAIN = FlowConfig(resolution=4, model_channels=32, cond_channels=16, num_blocks=3, num_heads=2)
GLOBAL = replace(PLAIN, global_context=GlobalContext(4, 9), pose=PoseHead(2, 2))
SCENE = replace(PLAIN, scene_context=SceneContext(num_blocks=1, key_bias=True, key_gate=True))
SLAT = SlatConfig(resolution=16, model_channels=256, num_blocks=2, num_heads=4, window_size=4)
SLAT_FLOW = SlatFlowConfig(
    resolution=16, model_channels=64, cond_channels=16, num_blocks=2, num_heads=4, io_channels=(16,)
)


def without_values(make: type[nn.Module], *args: object) -> nn.Module:
    """A network on the meta device."""
    with torch.device("meta"):
        return make(*args).eval()


def test_known_tensors_are_counted() -> None:
    def run() -> Tensor:
        first = torch.zeros(1000)
        second = first + 1
        del first
        # A view has no memory of its own; the doubled copy exists beside the second.
        return second.view(10, 100).double() * 2

    assert peak_bytes(run) == 4000 + 8000 + 8000


@pytest.mark.parametrize("config", [PLAIN, GLOBAL, SCENE], ids=["none", "global", "scene"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_flows_take_what_was_estimated(config: FlowConfig, dtype: torch.dtype) -> None:
    objects, tokens = 3, 12
    empty = without_values(SceneFlow, config)
    assert isinstance(empty, SceneFlow)
    empty.set_dtype(dtype)
    shared = 20 if config.global_context else 0
    estimate = flow_memory(empty, objects=objects, tokens=tokens, shared_tokens=shared)
    network = SceneFlow(config).eval()
    network.set_dtype(dtype)
    assert estimate.weights == weight_bytes(network)

    def run() -> object:
        slots = () if config.scene_context is None else (3,)
        given = torch.randn(objects, *slots, tokens, 16)
        common = torch.randn(shared, 16)
        prepared = network.prepare(
            given,
            shared_tokens=common if shared else None,
            shared_slots=(1,) if slots else (),
        )
        del given, common
        x = torch.randn(objects, *slots, 8, 4, 4, 4)
        return network(x, torch.ones(objects), prepared)

    assert estimate.work == pytest.approx(peak_bytes(run), rel=0.02)
    assert estimate.peak == PROCESS_BYTES + estimate.weights + estimate.work


def test_more_objects_views_and_tokens_need_more() -> None:
    network = without_values(SceneFlow, PLAIN)
    assert isinstance(network, SceneFlow)
    one = flow_memory(network, objects=1, tokens=12)
    assert flow_memory(network, objects=4, tokens=12).work == pytest.approx(4 * one.work, rel=0.05)
    assert flow_memory(network, objects=1, tokens=12, views=2).work > one.work
    assert flow_memory(network, objects=1, tokens=24).work > one.work
    assert flow_memory(network, objects=4, tokens=12).weights == one.weights


@pytest.mark.parametrize(
    ("make", "config", "tokens"),
    [(SlatFlow, SLAT_FLOW, 12), (SlatGaussianDecoder, SLAT, None), (SlatMeshDecoder, SLAT, None)],
)
def test_networks_on_voxels_take_what_was_estimated(
    make: type[nn.Module], config: object, tokens: int | None
) -> None:
    places = torch.randperm(16**3)[:500]
    coords = torch.stack(
        [torch.arange(500) // 300, places // 256, places // 16 % 16, places % 16], 1
    )
    empty = without_values(make, config)
    estimate = voxel_memory(empty, VoxelGrid(coords), channels=8, tokens=tokens)
    network = make(config).eval()
    assert estimate.weights == weight_bytes(network)

    def run() -> object:
        x = SparseTensor.of(torch.randn(500, 8), coords)
        if tokens is None:
            return network(x)
        prepared = network.prepare(torch.randn(2, tokens, 16))  # type: ignore[operator]
        return network(x, torch.ones(2), prepared)

    assert estimate.work == pytest.approx(peak_bytes(run), rel=0.05)


def test_any_network_can_be_run_without_values() -> None:
    sizes = (1, 8, 1)
    empty = SparseStructureDecoder(*sizes, channels=(32, 16)).to("meta")
    estimate = network_memory(empty, lambda: empty(torch.empty(2, 8, 4, 4, 4, device="meta")))
    network = SparseStructureDecoder(*sizes, channels=(32, 16))
    assert estimate.work == peak_bytes(lambda: network(torch.randn(2, 8, 4, 4, 4)))


def test_typical_voxels_are_a_shell_whose_size_grows_with_the_square() -> None:
    small, large = (typical_voxels(2, resolution=each) for each in (16, 32))
    assert 4 * len(small) == len(large) == 2 * 4000
    assert large.lengths == (4000, 4000)
    distance = (large.coords[:, 1:] - 15.5).norm(dim=1)
    assert distance.min() > 8 and distance.max() < 20
    assert len(torch.unique(large.coords, dim=0)) == len(large)


def test_what_does_not_fit_is_refused() -> None:
    check_fits("Generation", 10**9, free=10**9)
    check_fits("Generation", 10**12, free=None)
    with pytest.raises(ScenewrightError) as caught:
        check_fits("Generation", 9 * 10**9, free=4 * 10**9)
    assert str(caught.value) == (
        "Generation: expected 9.0 GB of free memory (estimated), got 4.0 GB. Use a smaller type of "
        "numbers, fewer objects, or load the networks one at a time."
    )


def test_bad_numbers_are_refused() -> None:
    network = without_values(SceneFlow, PLAIN)
    assert isinstance(network, SceneFlow)
    with pytest.raises(ConventionError) as caught:
        flow_memory(network, objects=0, tokens=5)
    assert str(caught.value) == "objects: expected at least 1, got 0"
    with pytest.raises(ConventionError) as caught:
        typical_voxels(1, resolution=16, count=5000)
    assert str(caught.value) == "voxels of an object: expected 1 to 4096, got 5000"
    with pytest.raises(ConventionError) as caught:
        typical_voxels(0, resolution=16)
    assert str(caught.value) == "objects: expected at least 1, got 0"
