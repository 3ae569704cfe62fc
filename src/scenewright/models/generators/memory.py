"""How much memory a generation needs, estimated before anything is loaded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from scenewright.core import ScenewrightError
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.loading import torso_dtype
from scenewright.models.networks.slat_flow import SlatFlow
from scenewright.models.networks.slat_mesh import SlatMeshDecoder
from scenewright.models.networks.ss_vae import SparseStructureDecoder

GB = 1e9
_VOXELS_AT_64 = 20_000
"""Occupied voxels of a large object on a grid of 64 per side; they grow with the square."""
_ROWS = 16
"""Rows of the width of a transformer that a token needs at once: input, queries, keys, values, the
four of the feed-forward layer, and what is added."""
_COPIES = 4
"""Of the widest layer of a decoder, together with what is added to it."""
_EXTRACTION_BYTES = 101 * 8 * 3
"""Per fine voxel, while a surface is extracted."""
_PROCESS_GB = 0.6
"""Of the interpreter and its libraries."""


@dataclass(frozen=True)
class MemoryNeed:
    """Estimated memory of one network, bytes.

    Attributes:
        weights: Of its tensors.
        work: Of what it computes.
    """

    weights: int
    work: int


@dataclass(frozen=True)
class Load:
    """What a generation has to hold.

    Attributes:
        objects: Number of objects.
        views: Number of pictures.
        own_tokens: Condition tokens per sequence.
        shared_tokens: Condition tokens that all objects share.
        one_by_one: Whether structured latents are sampled for one object at a time.
    """

    objects: int
    views: int
    own_tokens: int
    shared_tokens: int = 0
    one_by_one: bool = False


def network_need(network: nn.Module, load: Load) -> MemoryNeed:
    """The need of one network, which may be on the meta device."""
    weights = sum(t.numel() * t.element_size() for t in network.state_dict().values())
    size = torso_dtype(network).itemsize
    if isinstance(network, SceneFlow):
        return MemoryNeed(weights, _flow_work(network, load, size))
    if isinstance(network, SlatFlow):
        config = network.config
        objects = 1 if load.one_by_one else load.objects
        voxels = objects * _voxels(config.resolution)
        width, edge = config.model_channels, 2 ** len(config.io_channels)
        tokens = voxels // edge**2
        work = (tokens * width + voxels * (2 * sum(config.io_channels) + 8)) * _ROWS * 4
        keys = 2 * config.num_blocks * objects * load.views * load.own_tokens * width * size
        return MemoryNeed(weights, work + keys)
    if isinstance(network, SlatMeshDecoder):
        fine = 64 * _voxels(network.config.resolution)
        wide = max(network.config.model_channels // 8, 101)
        return MemoryNeed(weights, fine * (wide * 4 * _COPIES + _EXTRACTION_BYTES))
    if isinstance(network, SparseStructureDecoder):
        channels = network.out_layer[2].in_channels
        cells = (2 ** sum(hasattr(block, "conv") for block in network.blocks)) ** 3
        return MemoryNeed(weights, cells * 16**3 * channels * 8 * size * _COPIES)
    return MemoryNeed(weights, weights // 4)


def total_need(needs: Mapping[str, MemoryNeed], *, low_memory: bool) -> float:
    """Gigabytes for a generation: all networks and the largest work, or the largest of both.

    A file is read before its tensors are converted, so the largest file counts once more.
    """
    work = max(need.work for need in needs.values())
    largest = max(need.weights for need in needs.values())
    if low_memory:
        most = max(need.weights + max(need.work, need.weights) for need in needs.values())
        return most / GB + _PROCESS_GB
    return (sum(need.weights for need in needs.values()) + max(work, largest)) / GB + _PROCESS_GB


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
    name: str, needs: Mapping[str, MemoryNeed], *, objects: int, low_memory: bool,
    device: torch.device,
) -> float:  # fmt: skip
    """The need in gigabytes, if there is as much.

    Raises:
        ScenewrightError: The device has less; the message names the need and what lowers it.
    """
    need = total_need(needs, low_memory=low_memory)
    free = available_gb(device)
    if free is None or need <= free:
        return need
    advice = _advice(needs, low_memory=low_memory, free=free)
    many = "1 object" if objects == 1 else f"{objects} objects"
    raise ScenewrightError(
        f"Memory of {device.type} for '{name}' with {many}",
        expected=f"{need:.1f} GB free (estimated)",
        got=f"{free:.1f} GB",
        do=advice,
    )


def _advice(needs: Mapping[str, MemoryNeed], *, low_memory: bool, free: float) -> str:
    less = total_need(needs, low_memory=True)
    if not low_memory and less <= free:
        return f"Add --low-memory (low_memory=True), which needs {less:.1f} GB."
    return "Generate fewer objects at a time, use --dtype bfloat16, or another machine."


def _voxels(resolution: int) -> int:
    return max(int(_VOXELS_AT_64 * (resolution / 64) ** 2), 1)


def _flow_work(network: SceneFlow, load: Load, size: int) -> int:
    config = network.config
    width, tokens = config.model_channels, (config.resolution // config.patch_size) ** 3
    sequences = load.objects * config.slots
    work = sequences * tokens * width * _ROWS * max(size, 2)
    keys = sequences * load.own_tokens
    if config.global_context is not None:
        keys += load.objects * (load.own_tokens + load.shared_tokens)
    return int(work + 2 * config.num_blocks * load.views * keys * width * size)
