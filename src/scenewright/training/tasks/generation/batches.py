"""Batches of generation samples: which scenes, what is changed in them, what is known of shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from scenewright.models.generators.tiny.encoder import KnownGeometry
from scenewright.models.generators.tiny.flow import OBJECT
from scenewright.models.generators.tiny.inputs import POINTS
from scenewright.training.processes import WHOLE, Part
from scenewright.training.tasks.generation.samples import FlowBatch, FlowSamples


def plain_attention() -> Any:
    """Attention without fused kernels: sequences are short here, where these gain nothing, and
    their backward pass is slow on a CPU."""
    return sdpa_kernel([SDPBackend.MATH])


def random_batch(
    samples: FlowSamples,
    scenes: int,
    seed: Sequence[int],
    *,
    part: Part = WHOLE,
    objects: int = 0,
) -> FlowBatch:
    """All objects of random scenes, half of which are mirrored.

    Args:
        samples: The objects.
        scenes: Number of scenes of each part; fewer where there are not as many.
        seed: Of the whole batch.
        part: Which part of it; the parts have different scenes while there are enough.
        objects: Number of objects of each part, 0 for any; see `exchanged`.
    """
    order = np.random.default_rng(seed).permutation(samples.num_scenes)
    drawn = np.resize(order, part.total * scenes)
    chosen = np.unique(drawn[part.number * scenes : (part.number + 1) * scenes])
    if objects:
        chosen = exchanged(chosen, order[part.total * scenes :], samples.counts, objects)
    return samples.batch(samples.of_scenes(chosen), mirror=True)


def exchanged(
    chosen: NDArray[np.int64],
    others: NDArray[np.int64],
    counts: NDArray[np.int64],
    objects: int,
) -> NDArray[np.int64]:
    """Scenes with a given number of objects in all, or as near as the others allow.

    Args:
        chosen: (S,) scenes to begin with.
        others: Scenes that may take their places, in this order.
        counts: Number of objects of every scene.
        objects: The number that is wanted.
    """
    result = chosen.copy()
    excess = int(counts[result].sum()) - objects
    for other in others:
        if not excess:
            break
        left = excess - (counts[result] - counts[other])
        place = int(np.abs(left).argmin())
        if abs(left[place]) < abs(excess):
            result[place], excess = other, int(left[place])
    return np.sort(result)


def part_noise(seed: int, step: int, part: Part) -> torch.Generator:
    """The random numbers of a part of a step."""
    numbers = np.random.SeedSequence([seed, step, part.number])
    return torch.Generator().manual_seed(int(numbers.generate_state(1, np.uint64)[0] >> 1))


def moved_noise(noise: torch.Generator, device: torch.device) -> torch.Generator:
    """Random numbers that are drawn on a device, from those of a generator on the CPU."""
    seed = int(torch.randint(1 << 62, (1,), generator=noise))
    return torch.Generator(device).manual_seed(seed)


def recolored(batch: FlowBatch, noise: torch.Generator) -> None:
    """Changes brightness, contrast and white balance of the crops of each scene, in place, and the
    colors of its objects alike."""
    count = len(batch.scenes)
    device = batch.scenes.device
    gain = 1 + 0.2 * torch.randn(count, 1, 1, 1, generator=noise).to(device)
    tint = 1 + 0.06 * torch.randn(count, 3, 1, 1, generator=noise).to(device)
    shift = 0.15 * torch.randn(count, 1, 1, 1, generator=noise).to(device)
    everything = torch.arange(count, device=device)
    for crops, of in ((batch.scenes, everything), (batch.objects, batch.scene_of)):
        crops[:, :3] = (crops[:, :3] * gain[of] * tint[of] + shift[of]).clamp(-1, 1)
    of = batch.scene_of
    changed = batch.colors * (gain * tint)[of, ..., None] + shift[of, ..., None]
    batch.colors.copy_(changed.clamp(-1, 1))  # NaN stays


def without_points(batch: FlowBatch, noise: torch.Generator, *, share: float) -> None:
    """Removes the measured points of a share of the scenes, in place."""
    is_blank = (torch.rand(len(batch.scenes), generator=noise) < share).to(batch.scenes.device)
    for crops, of in ((batch.scenes, slice(None)), (batch.objects, batch.scene_of)):
        crops[is_blank[of], POINTS.start :] = 0
    batch.seen[is_blank[batch.scene_of]] = False


def known_geometry(batch: FlowBatch, is_scan: Tensor) -> KnownGeometry:
    """What is known of the shapes: what scans found, or where points were measured.

    Args:
        batch: B objects.
        is_scan: (B,) the objects that are shapes of scans, without a picture, on their device.
    """
    column = is_scan.view(-1, 1, 1, 1)
    occupied = torch.where(column, batch.occupied, batch.seen).float()
    return KnownGeometry(occupied, (batch.free & column).float(), is_scan)


def true_shapes(batch: FlowBatch, is_scan: Tensor) -> Tensor:
    """(B, 32, 32, 32) bool true shapes, those of scans in their canonical cubes."""
    return torch.where(is_scan.view(-1, 1, 1, 1), batch.canonical, batch.grids[:, OBJECT])


def turned_scans(known: KnownGeometry, truth: Tensor, turns: int) -> tuple[KnownGeometry, Tensor]:
    """Shapes of scans turned by quarters about the vertical: the heading of a scan is arbitrary."""
    column = known.is_blind.view(-1, 1, 1, 1)
    occupied, free, shapes = (
        torch.where(column, each.rot90(turns, (1, 2)), each)
        for each in (known.occupied, known.free, truth)
    )
    return KnownGeometry(occupied, free, known.is_blind), shapes
