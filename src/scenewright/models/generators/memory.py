"""How much memory a generation needs, estimated before anything is loaded.

The work of each network is counted by `models.networks.memory`; here are the sizes of the input
that a generation gives it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from scenewright.core import ScenewrightError
from scenewright.models.networks.dinov2 import DinoV2
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.loading import torso_dtype
from scenewright.models.networks.memory import (
    PROCESS_BYTES,
    NetworkMemory,
    flow_memory,
    network_memory,
    typical_voxels,
    voxel_memory,
)
from scenewright.models.networks.slat_flow import SlatFlow
from scenewright.models.networks.slat_mesh import SlatMeshDecoder
from scenewright.models.networks.slat_trunk import SlatTrunk
from scenewright.models.networks.ss_vae import SparseStructureDecoder
from scenewright.models.networks.vggt import Aggregator

GB = 1e9
_PIXEL_BYTES, _MASK_BYTES = 24, 1
"""Per pixel of a picture, and per pixel and object."""
_PART = 64
"""Share of the voxels of an object on which the mesh decoder is counted."""
_EXTRACTION_BYTES = 101 * 8 * 3
"""Per fine voxel, while a surface is extracted: the features in double precision, three times."""


@dataclass(frozen=True)
class Load:
    """What a generation has to hold.

    Attributes:
        objects: Number of objects.
        views: Number of pictures.
        own_tokens: Condition tokens per sequence of the structure flow.
        latent_tokens: Condition tokens per object of the flow over structured latents.
        shared_tokens: Condition tokens that all objects share.
        one_by_one: Whether structured latents are sampled for one object at a time.
        latent_side: Cells per side of the latent grid of a structure.
    """

    objects: int
    views: int
    own_tokens: int
    latent_tokens: int
    shared_tokens: int = 0
    one_by_one: bool = False
    latent_side: int = 16


def network_need(network: nn.Module, load: Load) -> NetworkMemory:
    """The need of one network on the meta device.

    Args:
        network: One of those of a pipeline.
        load: What it has to hold.
    """
    if isinstance(network, SceneFlow):
        return flow_memory(
            network,
            objects=load.objects,
            tokens=load.own_tokens,
            shared_tokens=load.shared_tokens,
            views=load.views,
        )
    if isinstance(network, SlatFlow):
        return _latent_flow_need(network, load)
    if isinstance(network, SlatMeshDecoder):
        return _mesh_decoder_need(network)
    if isinstance(network, SlatTrunk):
        config = network.config
        voxels = typical_voxels(1, resolution=config.resolution)
        return voxel_memory(network, voxels, channels=config.latent_channels)
    if isinstance(network, SparseStructureDecoder):
        latent = torch.empty(1, network.latent_channels, *[load.latent_side] * 3, device="meta")
        return network_memory(network, lambda: network(latent))
    if isinstance(network, DinoV2):
        side = network.config.img_size
        image = torch.empty(1, network.config.in_channels, side, side, device="meta")
        return network_memory(network, lambda: network(image))
    assert isinstance(network, Aggregator)
    side = network.config.patch_embed.img_size
    images = torch.empty(1, 1, 3, side, side, device="meta")
    return network_memory(network, lambda: network(images))


def _mesh_decoder_need(network: SlatMeshDecoder) -> NetworkMemory:
    """Counted on a part of the voxels: all of them would take a minute, and the work is linear."""
    config = network.config
    many = len(typical_voxels(1, resolution=config.resolution))
    voxels = typical_voxels(1, resolution=config.resolution, count=max(many // _PART, 1))
    need = voxel_memory(network, voxels, channels=config.latent_channels)
    fine = many * (network.fine_resolution // config.resolution) ** 3
    work = max(need.work * many // len(voxels), fine * _EXTRACTION_BYTES)
    return NetworkMemory(need.weights, work)


def _latent_flow_need(network: SlatFlow, load: Load) -> NetworkMemory:
    config = network.config
    objects = 1 if load.one_by_one else load.objects
    voxels = typical_voxels(objects, resolution=config.resolution)
    need = voxel_memory(network, voxels, channels=config.in_channels, tokens=load.latent_tokens)
    # The keys and values of further pictures.
    per_view = 2 * config.num_blocks * objects * load.latent_tokens * config.model_channels
    size = torso_dtype(network.blocks).itemsize
    return NetworkMemory(need.weights, need.work + (load.views - 1) * per_view * size)


def picture_bytes(num_pixels: int, num_objects: int) -> int:
    """For pictures and their masks, while they are read, cropped and drawn.

    Args:
        num_pixels: Of all pictures together.
        num_objects: Number of objects.
    """
    return num_pixels * (_PIXEL_BYTES + _MASK_BYTES * num_objects)


def total_need(needs: Mapping[str, NetworkMemory], *, low_memory: bool, pictures: int = 0) -> float:
    """Gigabytes for a generation: all networks and the largest work, or the largest of both.

    Weights are in a file's type before they are converted, so the largest file counts once more
    while nothing else is computed.

    Args:
        needs: Of each network.
        low_memory: Whether one network is loaded after the other.
        pictures: Bytes of the pictures.
    """
    if low_memory:
        most = max(need.weights + max(need.work, need.weights) for need in needs.values())
    else:
        work = max(max(need.work, need.weights) for need in needs.values())
        most = sum(need.weights for need in needs.values()) + work
    return (PROCESS_BYTES + most + pictures) / GB


def available_gb(device: torch.device) -> float | None:
    """Free memory of a device, gigabytes; None if unknown."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0]) / GB
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024 / GB
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GB
    except (OSError, ValueError, AttributeError):
        return None


def check_memory(
    name: str, needs: Mapping[str, NetworkMemory], *, objects: int, low_memory: bool,
    device: torch.device, pixels: int = 0,
) -> float:  # fmt: skip
    """The need in gigabytes, if there is as much.

    Args:
        name: Of the generator, for messages.
        needs: Of each network.
        objects: Number of objects.
        low_memory: Whether one network is loaded after the other.
        device: Where the networks run.
        pixels: Of all pictures together.

    Raises:
        ScenewrightError: The device has less; the message names the need and what lowers it.
    """
    pictures = picture_bytes(pixels, objects) if device.type == "cpu" else 0
    need = total_need(needs, low_memory=low_memory, pictures=pictures)
    free = available_gb(device)
    if free is None or need <= free:
        return need
    advice = _advice(needs, low_memory=low_memory, free=free, pictures=pictures)
    many = "1 object" if objects == 1 else f"{objects} objects"
    raise ScenewrightError(
        f"Memory of {device.type} for '{name}' with {many}",
        expected=f"{need:.1f} GB free (estimated)",
        got=f"{free:.1f} GB",
        do=advice,
    )


def _advice(
    needs: Mapping[str, NetworkMemory], *, low_memory: bool, free: float, pictures: int
) -> str:
    less = total_need(needs, low_memory=True, pictures=pictures)
    if not low_memory and less <= free:
        return f"Add --low-memory (low_memory=True), which needs {less:.1f} GB."
    if total_need(needs, low_memory=True) <= free:
        return "Use a smaller picture."
    return "Generate fewer objects at a time, use --dtype bfloat16, or another machine."
