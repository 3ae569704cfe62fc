"""Samples the slots of all objects of a scene together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import Progress, no_progress
from scenewright.models.generators.tiny.design import GRID
from scenewright.models.generators.tiny.inputs import SceneCrops, encoder_input
from scenewright.models.generators.tiny.network import (
    CANONICAL,
    IN_SCENE,
    SCENE,
    SLOTS,
    TinyFlow,
    decoded_boxes,
    known_channels,
    leveled,
    placed_shapes,
)
from scenewright.models.generators.tiny.vae import GridCodec
from scenewright.models.networks.flow import FlowCondition
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.samplers import SamplerSettings, sample_flow

SETTINGS = SamplerSettings(steps=1, guidance=0.0, interval=(0.4, 1.0), rescale=2.0)
"""One step gives the mean of what is possible. Further steps give samples; the flow in the wheel
was not trained long enough for them."""


_SURE = 4.0
"""Size of the logits of known voxels."""


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
        in_scene: (N, 32, 32, 32) float32 logits in the scene cube.
        centers: (N, 3) centers of predicted boxes in the scene cube.
        sizes: (N, 3) their edges.
        headings: (N, 2) cosine and sine of the heading, as long as it is certain.
    """

    canonical: NDArray[np.float32]
    in_scene: NDArray[np.float32]
    centers: NDArray[np.float32]
    sizes: NDArray[np.float32]
    headings: NDArray[np.float32]


@torch.no_grad()
def sample_slots(
    flow: TinyFlow,
    codec: GridCodec,
    pictures: Sequence[SceneCrops],
    *,
    seed: int,
    settings: SamplerSettings = SETTINGS,
    known: KnownVoxels | None = None,
    progress: Progress = no_progress,
) -> SampledSlots:
    """Samples N objects.

    Args:
        flow: The trained networks.
        codec: The codec of their latents.
        pictures: Crops per picture, of the same objects. Boxes are those of the first.
        seed: Random seed.
        settings: Of the sampler.
        known: Voxels that are known before, or None.
        progress: Progress callback (stage, done, total, unit).
    """
    device = flow.slot_emb.device
    count = len(pictures[0].objects)
    conditions, boxes, shapes = [], [], []
    for crops in pictures:
        given = encoder_input([crops.scene, *crops.objects])
        inputs = torch.from_numpy(given).to(device)
        first = torch.zeros(count, dtype=torch.long, device=device)
        found = flow.conditions(inputs[:1], inputs[1:], first)
        conditions.append(flow.flow.prepare(found.tokens, shared_slots=(SCENE,)))
        boxes.append(found.boxes)
        shapes.append(found.shapes)
    config = flow.flow.config
    shape = (SLOTS, config.in_channels, *(config.resolution,) * 3)
    # The same for every object, so that the slot of the scene is the same too.
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(device)
    partial = None if known is None else _partial(known, codec, device)
    expected = expected_slots(flow, codec, torch.stack(shapes).mean(0), boxes[0])
    done = 0

    def counted(state: Tensor, _time: float) -> Tensor:
        nonlocal done
        done += 1
        progress("structure", done, settings.steps, "steps")
        return state

    def predict(x: Tensor, time: float, condition: FlowCondition) -> Prediction:
        times = torch.full((count,), time, device=device)
        return flow.predict(x, times, condition, expected=expected, partial=partial)

    sample = sample_flow(
        predict, noise.expand(count, *shape), conditions,
        unconditional=flow.flow.prepare_zeros(shared_slots=(SCENE,)), settings=settings,
        constrain=counted,
    ).sample  # fmt: skip
    logits = [codec.decode(codec.restored(sample[:, slot])) for slot in (CANONICAL, IN_SCENE)]
    if known is not None:
        # What was seen stays as it was seen.
        logits[0][torch.from_numpy(known.free).to(device)] = -_SURE
        logits[0][torch.from_numpy(known.occupied).to(device)] = _SURE
    logits[0] = leveled(logits[0])
    centers, sizes = decoded_boxes(boxes[0])
    arrays = (*logits, centers, sizes, boxes[0][:, 6:])
    return SampledSlots(*(each.float().cpu().numpy() for each in arrays))


@torch.no_grad()
def expected_slots(flow: TinyFlow, codec: GridCodec, shapes: Tensor, boxes: Tensor) -> Tensor:
    """(N, 3, C, 8, 8, 8) expected latents of the slots; 0 for the scene.

    Args:
        flow: The networks.
        codec: The codec of their latents.
        shapes: (N, components) coefficients of expected shapes.
        boxes: (N, 8) predicted boxes.
    """
    canonical = flow.expected(shapes.float())
    occupied = codec.decode(codec.restored(canonical)).sigmoid()
    placed = codec.normalized(codec.code((placed_shapes(occupied, boxes.float()) > 0.5).float()))
    result = canonical.new_zeros(len(canonical), SLOTS, *canonical.shape[1:])
    result[:, CANONICAL], result[:, IN_SCENE] = canonical, placed
    return result


def _partial(known: KnownVoxels, codec: GridCodec, device: torch.device) -> Tensor:
    occupied, free = (
        torch.from_numpy(each.astype(np.float32)).to(device)
        for each in (known.occupied, known.free)
    )
    channels = known_channels(codec.normalized(codec.code(occupied)), occupied, free)
    result = channels.new_zeros(len(channels), SLOTS, *channels.shape[1:])
    result[:, CANONICAL] = channels
    assert occupied.shape[-1] == GRID
    return result
