"""Samplers and decoders around tiny networks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from scenewright.core import no_progress
from scenewright.models.generators.conditions import PictureTokens
from scenewright.models.generators.sampling import (
    latent_noise,
    occupied_voxels,
    sample_latents,
    sample_structures,
    voxel_grid,
)
from scenewright.models.networks.published import load_published
from scenewright.models.networks.samplers import SamplerSettings
from tests.models.generators import generator_builders as builders

SETTINGS = SamplerSettings(steps=2, guidance=1.0)


def network(name: str, args: dict[str, object], *, seed: int = 0) -> Any:
    return load_published(name, args, builders.random_weights(name, args, seed=seed))


def tokens(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def test_structures_of_objects_do_not_depend_on_one_another() -> None:
    flow = network("SparseStructureFlowModel", builders.FLOW)
    both = tokens(2, 9, 32)
    steps: list[int] = []
    found, poses = sample_structures(
        flow, [PictureTokens(both, both)], SETTINGS, seed=1,
        progress=lambda stage, done, total, unit: steps.append(done),
    )  # fmt: skip
    assert found.shape == (2, 8, 4, 4, 4) and poses is None and steps == [1, 2]
    first = both[:1]
    alone, _ = sample_structures(
        flow, [PictureTokens(first, first)], SETTINGS, seed=1, progress=no_progress
    )
    torch.testing.assert_close(alone, found[:1], atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_local_and_shared_tokens_are_those_of_a_plain_condition() -> None:
    """SceneGen: the shared tokens are projected once, with the same result as for every object."""
    flow = network("SparseStructureFlowModel", {**builders.FLOW, **builders.GLOBAL})
    own, shared = tokens(2, 18, 32), tokens(27, 32, seed=1)
    split = PictureTokens(own, own[:, :9], 9, shared)
    whole = PictureTokens(torch.cat([own, shared.expand(2, -1, -1)], 1), own[:, :9], 9)
    one, poses = sample_structures(flow, [split], SETTINGS, seed=0, progress=no_progress)
    other, same = sample_structures(flow, [whole], SETTINGS, seed=0, progress=no_progress)
    torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
    assert poses is not None and same is not None
    torch.testing.assert_close(poses, same, atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_occupied_voxels_are_those_above_zero() -> None:
    decoder = network("SparseStructureDecoder", builders.DECODER)
    latents = tokens(2, 8, 4, 4, 4, seed=3)
    found = occupied_voxels(decoder, latents)
    logits = decoder(latents)[:, 0]
    for voxels, each in zip(found, logits, strict=True):
        assert len(voxels) == int((each > 0).sum()) > 0
        assert (each[tuple(voxels.T)] > 0).all()


@torch.inference_mode()
def test_latents_together_and_alone() -> None:
    flow = network("SLatFlowModel", builders.SLAT)
    generator = torch.Generator().manual_seed(0)
    voxels = [torch.argwhere(torch.rand(8, 8, 8, generator=generator) > 0.9) for _ in range(2)]
    noise = latent_noise(voxels, 8, seed=0)
    condition = tokens(2, 9, 32)
    both = sample_latents(flow, voxels, [condition], SETTINGS, noise=noise, progress=no_progress)
    rows = both.grid.slices[1]
    alone = sample_latents(
        flow, voxels[1:], [condition[1:]], SETTINGS, noise=noise[1:], progress=no_progress
    )
    torch.testing.assert_close(alone.feats, both.feats[rows], atol=1e-4, rtol=1e-3)


def test_grid_of_several_objects() -> None:
    grid = voxel_grid([torch.tensor([[1, 2, 3]]), torch.tensor([[0, 0, 0], [0, 0, 1]])])
    assert grid.coords.tolist() == [[0, 1, 2, 3], [1, 0, 0, 0], [1, 0, 0, 1]]
    assert grid.lengths == (1, 2)
