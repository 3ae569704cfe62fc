"""The decoder of structured latents to Gaussians."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from scenewright.core import ConventionError, WeightsError
from scenewright.models.networks.published import build
from scenewright.models.networks.slat_gaussians import (
    GaussianConfig,
    SlatGaussianDecoder,
    offset_pattern,
)
from tests.models.networks.network_builders import assert_parity, randomized
from tests.models.networks.sparse.sparse_builders import random_tensor
from tests.models.networks.test_slat_trunk import ARGS, CONFIG

PUBLISHED: dict[str, Any] = {
    "lr": {"_xyz": 1.0, "_features_dc": 1.0, "_opacity": 1.0, "_scaling": 1.0, "_rotation": 0.1},
    "perturb_offset": True, "voxel_size": 1.5, "num_gaussians": 32, "2d_filter_kernel_size": 0.1,
    "3d_filter_kernel_size": 9e-4, "scaling_bias": 4e-3, "opacity_bias": 0.1,
    "scaling_activation": "softplus",
}  # fmt: skip


@pytest.mark.shared
def test_recorded_run(recordings: Path) -> None:
    assert_parity(recordings / "slat_dec_gs")


def test_the_defaults_are_the_published_values() -> None:
    config = GaussianConfig.from_published(PUBLISHED)
    defaults = GaussianConfig()
    assert config.channels == defaults.channels == 448
    assert {k: v for k, v in config.gains.items() if v != 1.0} == defaults.gains
    assert (config.voxel_size, config.min_scale) == (defaults.voxel_size, defaults.min_scale)
    assert not config.exponential
    assert GaussianConfig.from_published({**PUBLISHED, "scaling_activation": "exp"}).exponential


@pytest.mark.parametrize("exponential", [False, True])
def test_outputs_of_zero_give_the_biases(exponential: bool) -> None:
    gaussians = GaussianConfig(num_gaussians=5, exponential=exponential, perturb_offset=False)
    decoder = SlatGaussianDecoder(CONFIG, gaussians)
    x = random_tensor((7, 4), 4)
    first, second = decoder(x)
    assert len(first.centers) == 35 and len(second.centers) == 20
    expected = (x.grid.coords[:7, 1:] + 0.5) / 8 - 0.5
    torch.testing.assert_close(first.centers, expected.repeat_interleave(5, 0))
    scale = math.hypot(0.004, 0.0009)
    torch.testing.assert_close(first.scales, torch.full((35, 3), scale))
    torch.testing.assert_close(first.opacities, torch.full((35,), 0.1))
    assert torch.equal(first.rotations, torch.tensor([[1.0, 0, 0, 0]]).expand(35, 4))
    assert torch.equal(first.colors, torch.full((35, 3), 0.5))


def test_values_are_in_their_ranges() -> None:
    decoder = randomized(SlatGaussianDecoder(CONFIG, GaussianConfig(num_gaussians=8)))
    x = random_tensor((30,), 4)
    (gaussians,) = decoder(x)
    centers = (x.grid.coords[:, 1:] + 0.5) / 8 - 0.5
    away = (gaussians.centers - centers.repeat_interleave(8, 0)).abs() * 8
    assert 0.5 < away.max() <= 0.75
    assert (gaussians.scales > 0.0009).all()
    assert ((gaussians.opacities > 0) & (gaussians.opacities < 1)).all()
    torch.testing.assert_close(gaussians.rotations.norm(dim=-1), torch.ones(240))


def test_the_pattern_fills_the_voxel() -> None:
    points = torch.tanh(offset_pattern(32, 1.5)) * 0.75
    assert points.shape == (32, 3)
    assert (points.abs() <= 0.5 + 1e-6).all()
    assert (points.mean(0).abs() < 0.05).all()
    for axis in range(3):
        assert len(set((points[:, axis] * 8).floor().tolist())) >= 8


def test_wrong_configurations_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        GaussianConfig(gains={"_color": 1.0})
    assert str(caught.value) == (
        "gains: expected names among _xyz, _features_dc, _scaling, _rotation, _opacity, got _color"
    )
    with pytest.raises(ConventionError) as caught:
        GaussianConfig(num_gaussians=0)
    assert str(caught.value) == "num_gaussians: expected at least 1, got 0"
    with pytest.raises(WeightsError, match="scaling_activation: expected 'softplus' or 'exp'"):
        GaussianConfig.from_published({**PUBLISHED, "scaling_activation": "relu"})
    with pytest.raises(WeightsError, match="expected an argument 'voxel_size'"):
        published = {k: v for k, v in PUBLISHED.items() if k != "voxel_size"}
        build("SLatGaussianDecoder", {**ARGS, "representation_config": published})
