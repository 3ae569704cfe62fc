"""The estimate of memory grows as it should."""

from __future__ import annotations

import pytest
import torch

from scenewright.core import ScenewrightError
from scenewright.models import create
from scenewright.models.generators import memory
from scenewright.models.generators.memory import (
    Load,
    available_gb,
    network_need,
    picture_bytes,
    total_need,
)
from scenewright.models.networks.memory import PROCESS_BYTES, NetworkMemory
from scenewright.models.networks.published import build
from tests.models.generators.generator_builders import Packages

LARGE = {
    "resolution": 16, "in_channels": 8, "out_channels": 8, "model_channels": 1024,
    "cond_channels": 1024, "num_blocks": 24, "num_heads": 16, "mlp_ratio": 4, "patch_size": 1,
    "pe_mode": "ape", "qk_rms_norm": True,
}  # fmt: skip


def need(args: dict[str, object], load: Load, dtype: torch.dtype) -> NetworkMemory:
    with torch.device("meta"):
        network = build("SparseStructureFlowModel", args)
    network.set_dtype(dtype)  # type: ignore[operator]
    return network_need(network, load)


def test_weights_of_the_published_flow() -> None:
    """555.5 million parameters, most of them in the blocks."""
    whole = need(LARGE, Load(1, 1, 1374, 1374), torch.float32).weights
    assert whole == pytest.approx(4 * 555.5e6, rel=0.01)
    half = need(LARGE, Load(1, 1, 1374, 1374), torch.bfloat16).weights
    assert half == pytest.approx(whole / 2, rel=0.05)


def test_work_grows_with_objects_pictures_and_shared_tokens() -> None:
    scenegen = {**LARGE, "use_global": True, "num_register_tokens": 4, "num_blocks": 4}
    one = need(scenegen, Load(1, 1, 2748, 1374, 4122), torch.float32).work
    four = need(scenegen, Load(4, 1, 2748, 1374, 4122), torch.float32).work
    assert 3 * one < four < 4.5 * one
    assert need(scenegen, Load(1, 2, 2748, 1374, 4122), torch.float32).work > one
    assert need(scenegen, Load(1, 1, 2748, 1374, 0), torch.float32).work < one


def test_every_network_of_a_pipeline_has_an_estimate(packages: Packages) -> None:
    generator = create("sceneflow/scenegen", **packages.options("sceneflow/scenegen"))
    store = generator._networks
    load = Load(2, 1, 18, 9, 27, latent_side=4)
    needs = {name: network_need(store.blank(name), load) for name in store.files}
    assert len(needs) == 7
    assert all(each.weights > 0 and each.work > 0 for each in needs.values())
    two = network_need(store.blank("slat_flow_model"), Load(2, 2, 18, 9, latent_side=4))
    assert two.work > needs["slat_flow_model"].work


def test_low_memory_needs_the_largest_network_only() -> None:
    needs = {"a": NetworkMemory(8 * 10**9, 10**9), "b": NetworkMemory(2 * 10**9, 0)}
    process = PROCESS_BYTES / 1e9
    assert total_need(needs, low_memory=False) == pytest.approx(18 + process)
    assert total_need(needs, low_memory=True) == pytest.approx(16 + process)


def test_free_memory_is_known_here() -> None:
    free = available_gb(torch.device("cpu"))
    assert free is None or 0 < free < 1e5


def test_pictures_count(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = {"a": NetworkMemory(2_000_000_000, 1_000_000_000)}
    large = picture_bytes(7680 * 4320, 2)
    assert large == 7680 * 4320 * 26
    small = total_need(needs, low_memory=False)
    assert total_need(needs, low_memory=False, pictures=large) == pytest.approx(small + large / 1e9)
    monkeypatch.setattr(memory, "available_gb", lambda device: small + 0.5)
    with pytest.raises(ScenewrightError) as caught:
        memory.check_memory(
            "sceneflow/trellis", needs, objects=2, low_memory=False, device=torch.device("cpu"),
            pixels=7680 * 4320,
        )  # fmt: skip
    assert str(caught.value) == (
        "Memory of cpu for 'sceneflow/trellis' with 2 objects: expected 5.4 GB free (estimated), "
        "got 5.0 GB. Use a smaller picture."
    )
