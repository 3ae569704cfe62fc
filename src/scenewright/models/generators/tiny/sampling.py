"""Samples the slots of all objects of a scene together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import Progress, no_progress
from scenewright.models.generators.tiny.boxes import decoded_boxes, placed_shapes
from scenewright.models.generators.tiny.encoder import Conditions, KnownGeometry, SceneEncoder
from scenewright.models.generators.tiny.flow import (
    CANONICAL,
    IN_SCENE,
    SCENE,
    SLOTS,
    TinyFlow,
    known_channels,
)
from scenewright.models.generators.tiny.inputs import SceneCrops, encoder_input
from scenewright.models.generators.tiny.vae import GridCodec
from scenewright.models.generators.tiny.voxels import leveled
from scenewright.models.networks.flow import FlowCondition
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.samplers import SamplerSettings, sample_flow

SETTINGS = SamplerSettings(steps=12, guidance=0.0, interval=(0.4, 1.0), rescale=2.0)
"""Of the flow, where it is used."""


@dataclass(frozen=True, eq=False)
class KnownVoxels:
    """What is known of N objects in their canonical cubes.

    Attributes:
        occupied: (N, 32, 32, 32) bool.
        free: (N, 32, 32, 32) bool.
    """

    occupied: NDArray[np.bool_]
    free: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class SampledSlots:
    """The samples of N objects.

    Attributes:
        canonical: (N, 32, 32, 32) float32 logits in the canonical cubes.
        in_scene: (N, 32, 32, 32) float32 occupancy in the scene cube.
        centers: (N, 3) centers of predicted boxes in the scene cube.
        sizes: (N, 3) their edges.
        headings: (N, 2) cosine and sine of the heading, as long as it is certain.
    """

    canonical: NDArray[np.float32]
    in_scene: NDArray[np.float32]
    centers: NDArray[np.float32]
    sizes: NDArray[np.float32]
    headings: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TinyNetworks:
    """The networks of ``generate/tiny``.

    Attributes:
        codec: The codec of latents.
        encoder: The image encoder.
        flow: The flow.
    """

    codec: GridCodec
    encoder: SceneEncoder
    flow: TinyFlow

    def to(self, device: str) -> TinyNetworks:
        """The networks on a device."""
        return TinyNetworks(self.codec.to(device), self.encoder.to(device), self.flow.to(device))


@torch.no_grad()
def sample_slots(
    networks: TinyNetworks,
    pictures: Sequence[SceneCrops],
    *,
    seed: int,
    settings: SamplerSettings | None = None,
    known: KnownVoxels | None = None,
    progress: Progress = no_progress,
) -> SampledSlots:
    """Samples N objects.

    Args:
        networks: The trained networks.
        pictures: Crops per picture, of the same objects. Boxes are those of the first.
        seed: Random seed.
        settings: Of the sampler of the flow; None takes the expected shapes, without the flow.
        known: Voxels that are known before, or None.
        progress: Progress callback (stage, done, total, unit).
    """
    device = networks.flow.slot_emb.device
    given = None if known is None else _geometry(known, device)
    found = [_encoded(networks.encoder, crops, given) for crops in pictures]
    joined = found[0]._replace(logits=torch.stack([each.logits for each in found]).mean(0))
    if settings is None:
        occupied = joined.logits.sigmoid()
        in_scene = placed_shapes((leveled(occupied) > 0).float(), joined.boxes)
        progress("structure", 1, 1, "steps")
    else:
        sample = _sampled(networks, found, joined, given, seed, settings, progress)
        codec = networks.codec
        occupied, in_scene = (
            codec.occupancy(codec.restored(sample[:, slot])) for slot in (CANONICAL, IN_SCENE)
        )
    if given is not None:
        # What was seen stays as it was seen.
        occupied = torch.where(given.free > 0, 0.0, torch.where(given.occupied > 0, 1.0, occupied))
    centers, sizes = decoded_boxes(joined.boxes)
    arrays = (leveled(occupied), in_scene, centers, sizes, joined.boxes[:, 6:])
    return SampledSlots(*(each.float().cpu().numpy() for each in arrays))


def _encoded(encoder: SceneEncoder, crops: SceneCrops, known: KnownGeometry | None) -> Conditions:
    device = encoder.part_emb.device
    inputs = torch.from_numpy(encoder_input([crops.scene, *crops.objects])).to(device)
    first = torch.zeros(len(crops.objects), dtype=torch.long, device=device)
    found: Conditions = encoder(inputs[:1], inputs[1:], first, known)
    return found


def _sampled(
    networks: TinyNetworks,
    found: Sequence[Conditions],
    joined: Conditions,
    known: KnownGeometry | None,
    seed: int,
    settings: SamplerSettings,
    progress: Progress,
) -> Tensor:
    """(N, 3, C, 8, 8, 8) samples of the flow."""
    flow, codec = networks.flow, networks.codec
    config, count = flow.flow.config, len(joined.boxes)
    shape = (SLOTS, config.in_channels, *(config.resolution,) * 3)
    # The same for every object, so that the slot of the scene is the same too.
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(joined.boxes)
    expected = expected_slots(codec, joined)
    partial = None if known is None else _partial(known, codec)
    conditions = [flow.flow.prepare(flow.tokens(each), shared_slots=(SCENE,)) for each in found]
    done = 0

    def counted(state: Tensor, _time: float) -> Tensor:
        nonlocal done
        done += 1
        progress("structure", done, settings.steps, "steps")
        return state

    def predict(x: Tensor, time: float, condition: FlowCondition) -> Prediction:
        times = torch.full((count,), time, device=x.device)
        return flow.predict(x, times, condition, expected=expected, partial=partial)

    result: Tensor = sample_flow(
        predict, noise.expand(count, *shape), conditions,
        unconditional=flow.flow.prepare_zeros(shared_slots=(SCENE,)), settings=settings,
        constrain=counted,
    ).sample  # fmt: skip
    return result


@torch.no_grad()
def expected_slots(codec: GridCodec, found: Conditions) -> Tensor:
    """(N, 3, C, 8, 8, 8) expected latents of the slots; 0 for the scene.

    Args:
        codec: The codec of the latents.
        found: What is known of N objects.
    """
    occupied = found.logits.float().sigmoid()
    canonical = codec.normalized(codec.code(occupied))
    placed = placed_shapes(occupied, found.boxes.float())
    result = canonical.new_zeros(len(canonical), SLOTS, *canonical.shape[1:])
    result[:, CANONICAL] = canonical
    result[:, IN_SCENE] = codec.normalized(codec.code((placed > 0.5).float()))
    return result


def _geometry(known: KnownVoxels, device: torch.device) -> KnownGeometry:
    occupied, free = (
        torch.from_numpy(each.astype(np.float32)).to(device)
        for each in (known.occupied, known.free)
    )
    return KnownGeometry(occupied, free, torch.zeros(len(free), dtype=torch.bool, device=device))


def _partial(known: KnownGeometry, codec: GridCodec) -> Tensor:
    coded = codec.normalized(codec.code(known.occupied))
    channels = known_channels(coded, known.occupied, known.free)
    result = channels.new_zeros(len(channels), SLOTS, *channels.shape[1:])
    result[:, CANONICAL] = channels
    return result
