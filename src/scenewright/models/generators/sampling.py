"""The two samplers of a pipeline, and the decoders: tokens to voxels, latents and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from scenewright.core import Mesh, Progress
from scenewright.models.generated import GaussianCloud
from scenewright.models.generators.conditions import PictureTokens
from scenewright.models.networks.flow import FlowCondition, SceneFlow
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.samplers import SamplerSettings, sample_flow
from scenewright.models.networks.slat_flow import SlatFlow
from scenewright.models.networks.slat_gaussians import GaussianSet, SlatGaussianDecoder
from scenewright.models.networks.slat_mesh import SlatMeshDecoder
from scenewright.models.networks.slat_surface import decoded_surfaces
from scenewright.models.networks.sparse import SparseTensor, VoxelGrid
from scenewright.models.networks.ss_vae import SparseStructureDecoder

_SCENE_SLOT = 1
_GRAY = 190
_LATENT_SEED = 1
"""Added to the seed for the second sampler."""


def latent_noise(voxels: Sequence[Tensor], channels: int, *, seed: int) -> list[Tensor]:
    """(V, channels) noise of each object, whether or not they are sampled together."""
    generator = torch.Generator().manual_seed(seed + _LATENT_SEED)
    return [torch.randn((len(each), channels), generator=generator) for each in voxels]


def sample_structures(
    flow: SceneFlow,
    pictures: Sequence[PictureTokens],
    settings: SamplerSettings,
    *,
    seed: int,
    progress: Progress,
) -> tuple[Tensor, Tensor | None]:
    """Samples the latent grids of N objects, together.

    Args:
        flow: The network.
        pictures: Tokens per picture.
        settings: Of the sampler.
        seed: Random seed.
        progress: Progress callback.

    Returns:
        (N, channels, r, r, r) latents; (N, 8) poses, or None if the network predicts none.
    """
    config = flow.config
    count = len(pictures[0].structure)
    device = flow.out_layer.weight.device
    grid = (config.in_channels, *(config.resolution,) * 3)
    has_slots = config.scene_context is not None
    shape = (config.slots, *grid) if has_slots else (count, *grid)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(device)
    if has_slots:
        # The same for every instance, so that the slot of the scene is the same too.
        noise = noise.expand(count, *shape)
    shared = (_SCENE_SLOT,) if has_slots else ()
    conditions = [
        flow.prepare(
            each.structure,
            local_tokens=each.local,
            shared_tokens=each.shared,
            shared_slots=shared,
        )
        for each in pictures
    ]

    def predict(x: Tensor, time: float, condition: FlowCondition) -> Prediction:
        return cast(Prediction, flow(x, torch.full((count,), time, device=device), condition))

    result = sample_flow(
        predict, noise, conditions,
        unconditional=flow.prepare_zeros(shared_slots=shared), settings=settings,
        constrain=_Steps("structure", settings.steps, progress),
    )  # fmt: skip
    return result.sample[:, 0] if has_slots else result.sample, result.poses


def occupied_voxels(decoder: SparseStructureDecoder, latents: Tensor) -> list[Tensor]:
    """(V, 3) occupied voxels of each object, one object at a time."""
    return [torch.argwhere(decoder(latent[None])[0, 0] > 0) for latent in latents]


def sample_latents(
    flow: SlatFlow,
    voxels: Sequence[Tensor],
    tokens: Sequence[Tensor],
    settings: SamplerSettings,
    *,
    noise: Sequence[Tensor],
    progress: Progress,
) -> SparseTensor:
    """Samples structured latents, normalized as for the flow.

    Args:
        flow: The network.
        voxels: (V, 3) of each of N objects, each at least one.
        tokens: (N, T, C) per picture.
        settings: Of the sampler.
        noise: Of each object, see `latent_noise`.
        progress: Progress callback.
    """
    device = flow.out_layer.weight.device
    grid = voxel_grid(voxels)

    def predict(x: Tensor, time: float, condition: object) -> Prediction:
        times = torch.full((len(voxels),), time, device=device)
        return cast(Prediction, flow(SparseTensor(x, grid), times, condition))

    result = sample_flow(
        predict, torch.cat(list(noise)).to(device), [flow.prepare(each) for each in tokens],
        unconditional=flow.prepare_zeros(), settings=settings,
        constrain=_Steps("latents", settings.steps, progress),
    )  # fmt: skip
    return SparseTensor(result.sample, grid)


def voxel_grid(voxels: Sequence[Tensor]) -> VoxelGrid:
    """The voxels of several objects."""
    rows = [
        torch.cat([torch.full_like(each[:, :1], number), each], 1)
        for number, each in enumerate(voxels)
    ]
    return VoxelGrid(torch.cat(rows), batch_size=len(voxels))


def decoded_gaussians(decoder: SlatGaussianDecoder, latents: SparseTensor) -> GaussianCloud:
    """The Gaussians of one object."""
    (found,) = decoder(latents)
    return _cloud(found)


def decoded_mesh(decoder: SlatMeshDecoder, latents: SparseTensor) -> Mesh:
    """The surface of one object, with vertex colors; without faces if there is none."""
    (surface,) = decoded_surfaces(decoder(latents), resolution=decoder.fine_resolution)
    colors = np.full((len(surface.vertices), 3), _GRAY, np.uint8)
    if surface.attributes is not None and surface.attributes.shape[1] >= 3:
        colors = np.rint(255 * surface.attributes[:, :3]).astype(np.uint8)
    return Mesh(
        surface.vertices.astype(np.float32), surface.faces.astype(np.int32), vertex_colors=colors
    )


def _cloud(found: GaussianSet) -> GaussianCloud:
    parts = (found.centers, found.rotations, found.scales, found.opacities, found.colors)
    return GaussianCloud(*(part.detach().float().cpu().numpy() for part in parts))


class _Steps:
    """Reports the steps of a sampler, as its constraint that changes nothing."""

    def __init__(self, stage: str, total: int, progress: Progress) -> None:
        self._stage, self._total, self._progress = stage, total, progress
        self._done = 0

    def __call__(self, state: Tensor, _time: float) -> Tensor:
        self._done += 1
        self._progress(self._stage, self._done, self._total, "steps")
        return state
