"""How much memory a network needs, found by running it without data before it is loaded.

A network on PyTorch's meta device has shapes and no values. Running it there takes about a second
and no memory, and every tensor that would be made is counted, so that the estimate follows the code
of the network, whatever its sizes. What is not counted is the memory of the process itself and
small buffers inside operations, for which `PROCESS_BYTES` stands.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from scenewright.core import ConventionError, ScenewrightError
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.sparse import SparseTensor, VoxelGrid

PROCESS_BYTES = 500_000_000
"""Of the interpreter with PyTorch and the buffers of its operations, as measured on Linux."""
TYPICAL_VOXELS = 16_000
"""Occupied voxels of an object on a grid with 64 per side; they grow with the square."""
_DO = "Use a smaller type of numbers, fewer objects, or load the networks one at a time."


@dataclass(frozen=True)
class NetworkMemory:
    """Memory of a network.

    Attributes:
        weights: Bytes of its parameters and buffers.
        work: Most bytes of other tensors that exist at the same time while it runs.
    """

    weights: int
    work: int

    @property
    def peak(self) -> int:
        """Bytes of a process that holds and runs this network alone."""
        return PROCESS_BYTES + self.weights + self.work


def weight_bytes(network: nn.Module) -> int:
    """Bytes of parameters and buffers, of a network that may be on the meta device."""
    return sum(tensor.numel() * tensor.element_size() for tensor in network.state_dict().values())


def peak_bytes(run: Callable[[], object]) -> int:
    """Most bytes of tensors that are made while a function runs and exist at the same time.

    Tensors on the meta device count as if they had values. Operations that mix them with real
    tensors, such as coordinates of voxels, are computed on the meta device.

    Args:
        run: Runs a network, without gradients.
    """
    with torch.no_grad(), _FusedAttention(), _Counting() as counting:
        run()
    most: int = counting.peak
    return most


def network_memory(network: nn.Module, run: Callable[[], object]) -> NetworkMemory:
    """The memory of a network on the meta device.

    Args:
        network: Made inside ``torch.device("meta")``, with its types of numbers set.
        run: Runs it on meta inputs.
    """
    return NetworkMemory(weight_bytes(network), peak_bytes(run))


def flow_memory(
    network: SceneFlow, *, objects: int, tokens: int, shared_tokens: int = 0, views: int = 1
) -> NetworkMemory:
    """The memory of sampling sparse structures, with all conditions prepared.

    Args:
        network: On the meta device.
        objects: Number of objects that run together.
        tokens: Condition tokens of each sequence.
        shared_tokens: Condition tokens of all objects together, where there is global context.
        views: Pictures, whose conditions are all kept.

    Raises:
        ConventionError: A number is too small.
    """
    _check_counts(objects=objects, tokens=tokens, views=views)
    config = network.config
    slots = () if config.scene_context is None else (config.slots,)
    shared_slots = () if config.scene_context is None else (1,)
    sides = (config.resolution,) * 3

    def run() -> object:
        x = torch.empty(objects, *slots, config.in_channels, *sides, device="meta")
        given = torch.empty(objects, *slots, tokens, config.cond_channels, device="meta")
        shared = torch.empty(shared_tokens, config.cond_channels, device="meta")
        prepared = [
            network.prepare(
                given,
                shared_tokens=shared if shared_tokens else None,
                shared_slots=shared_slots,
            )
            for _ in range(views)
        ]
        del given, shared
        return network(x, torch.empty(objects, device="meta"), prepared[0])

    return network_memory(network, run)


def voxel_memory(
    network: nn.Module, voxels: VoxelGrid, *, channels: int, tokens: int | None = None
) -> NetworkMemory:
    """The memory of a network on structured latents: the flow, or a decoder.

    Args:
        network: On the meta device.
        voxels: Those of the objects that run together, on the CPU; `typical_voxels` before they are
            known. Their neighbors are really searched, which takes seconds for a full-size decoder.
        channels: Channels of the latents.
        tokens: Condition tokens per object if it is the flow; None if it is a decoder.
    """
    objects = voxels.batch_size

    def run() -> object:
        grid = VoxelGrid(voxels.coords, batch_size=objects)
        x = SparseTensor(torch.empty(len(grid), channels, device="meta"), grid)
        if tokens is None:
            return network(x)
        width: Any = network.config.cond_channels  # type: ignore[union-attr]
        prepared = network.prepare(  # type: ignore[operator]
            torch.empty(objects, tokens, width, device="meta")
        )
        return network(x, torch.empty(objects, device="meta"), prepared)

    return network_memory(network, run)


def typical_voxels(objects: int, *, resolution: int, count: int | None = None) -> VoxelGrid:
    """Voxels of objects before these are known: spherical shells.

    Args:
        objects: Number of objects.
        resolution: Voxels per side of the grid.
        count: Voxels per object; None for `TYPICAL_VOXELS` times the square of the resolution.

    Raises:
        ConventionError: There are no objects or no voxels, or more than the grid has.
    """
    _check_counts(objects=objects)
    many = _typical_count(resolution) if count is None else count
    shell = _shell(many, resolution)
    number = torch.arange(objects).repeat_interleave(many)[:, None]
    return VoxelGrid(torch.cat([number, shell.repeat(objects, 1)], 1), batch_size=objects)


def check_fits(what: str, needed: int, *, free: int | None) -> None:
    """Refuses a run that needs more memory than there is.

    Args:
        what: What needs it, for the message.
        needed: Bytes.
        free: Bytes; None if unknown.

    Raises:
        ScenewrightError: It does not fit; the message says how much is needed.
    """
    if free is not None and needed > free:
        expected = f"{needed / 1e9:.1f} GB of free memory (estimated)"
        raise ScenewrightError(what, expected=expected, got=f"{free / 1e9:.1f} GB", do=_DO)


class _FusedAttention(TorchFunctionMode):
    """Attention on the meta device makes its result only, as the fused kernels of devices do."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is F.scaled_dot_product_attention and args[0].is_meta:
            queries, _, values = args[:3]
            return queries.new_empty(*queries.shape[:-1], values.shape[-1])
        return func(*args, **(kwargs or {}))


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of the tensors that operations make, as long as these exist."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = self.peak = 0
        self._known: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        if any(each.is_meta for each in tensors) and not all(each.is_meta for each in tensors):
            args, kwargs = tree_map_only(Tensor, _on_meta, (args, kwargs))
        result = func(*args, **kwargs)
        given = {each.untyped_storage()._cdata for each in tensors}
        for made in tree_leaves(result):
            if isinstance(made, Tensor):
                self._count(made, given)
        return result

    def _count(self, tensor: Tensor, given: set[int]) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self._known or key in given:
            return
        self._known.add(key)
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.live -= size


def _on_meta(tensor: Tensor) -> Tensor:
    return tensor if tensor.is_meta else torch.empty_like(tensor, device="meta")


def _typical_count(resolution: int) -> int:
    return max(int(TYPICAL_VOXELS * (resolution / 64) ** 2), 1)


def _shell(count: int, resolution: int) -> Tensor:
    """So many voxels of nested spherical shells around the middle of a grid, (count, 3)."""
    if not 1 <= count <= resolution**3:
        expected = f"1 to {resolution**3}"
        raise ConventionError("voxels of an object", expected=expected, got=str(count))
    axis = torch.arange(resolution)
    coords = torch.cartesian_prod(axis, axis, axis)
    distance = (coords - (resolution - 1) / 2).norm(dim=1)
    return coords[(distance - 0.4 * resolution).abs().argsort()[:count].sort().values]


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise ConventionError(name, expected="at least 1", got=str(count))
