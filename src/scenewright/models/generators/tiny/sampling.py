"""Samples the slots of all objects of a scene together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import Progress, WeightsError, no_progress
from scenewright.models.generators.tiny.boxes import fitted_cubes, placed_shapes
from scenewright.models.generators.tiny.carving import below_ground, fitted_camera, free_voxels
from scenewright.models.generators.tiny.cubes import object_cube, seen_voxels
from scenewright.models.generators.tiny.design import GRID
from scenewright.models.generators.tiny.encoder import Conditions, KnownGeometry, SceneEncoder
from scenewright.models.generators.tiny.flow import IN_SCENE, OBJECT, SCENE, SLOTS, TinyFlow
from scenewright.models.generators.tiny.inputs import (
    CHANNELS,
    SIDE,
    SceneCrops,
    encoder_input,
    measured_points,
)
from scenewright.models.generators.tiny.mirroring import (
    averaged,
    mirrored_conditions,
    mirrored_crops,
    mirrored_geometry,
)
from scenewright.models.generators.tiny.registration import moved_shapes, registered
from scenewright.models.generators.tiny.vae import GridCodec
from scenewright.models.generators.tiny.voxels import expected_overlap, leveled
from scenewright.models.networks.flow import FlowCondition
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.samplers import SamplerSettings, sample_flow

SETTINGS = SamplerSettings(steps=12, guidance=0.0, interval=(0.4, 1.0), rescale=2.0)
"""Of the flow, where it is used."""
_MEASURED = 0.25
"""Share of the shape in the view in the canonical one, where the view measures it."""


@dataclass(frozen=True, eq=False)
class SampledSlots:
    """The samples of N objects.

    Attributes:
        shapes: (N, 32, 32, 32) float32 logits in the cubes of the objects.
        cubes: (N, 4) float64 centers and edges of these cubes in the scene cube.
        is_measured: (N,) whether a cube follows from measured points, not from a prediction.
        seen: (N, 32, 32, 32) voxels that hold measured points.
        headings: (N,) float32 radians from the x axis of the view to that of the object.
        canonical: (N, 32, 32, 32) float32 logits in the canonical cubes of the objects.
        colors: (N, 8, 8, 8, 3) float32 expected RGB of the surface in the cells of the cubes, 0 to
            1, without the light of the picture.
        certainties: (N,) expected overlap (IoU) of the shapes with the true ones.
    """

    shapes: NDArray[np.float32]
    cubes: NDArray[np.float64]
    is_measured: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    headings: NDArray[np.float32]
    canonical: NDArray[np.float32]
    colors: NDArray[np.float32]
    certainties: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TinyNetworks:
    """The networks of ``generate/tiny``.

    Attributes:
        encoder: The image encoder.
        codec: The codec of latents, for the flow.
        flow: The flow, if there is one.
    """

    encoder: SceneEncoder
    codec: GridCodec | None = None
    flow: TinyFlow | None = None

    def to(self, device: str) -> TinyNetworks:
        """The networks on a device."""
        codec = None if self.codec is None else self.codec.to(device)
        flow = None if self.flow is None else self.flow.to(device)
        return TinyNetworks(self.encoder.to(device), codec, flow)


@torch.no_grad()
def sample_slots(
    networks: TinyNetworks,
    pictures: Sequence[SceneCrops],
    *,
    seed: int,
    settings: SamplerSettings | None = None,
    progress: Progress = no_progress,
) -> SampledSlots:
    """Samples N objects.

    Args:
        networks: The trained networks.
        pictures: Crops per picture, of the same objects. Shapes in the axes of the view and places
            are those of the first, canonical shapes are the mean over all.
        seed: Random seed.
        settings: Of the sampler of the flow; None takes the expected shapes, without the flow.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        WeightsError: There are settings for a flow, and there is no flow.
    """
    device = networks.encoder.part_emb.device
    cubes = [_measured_cubes(crops) for crops in pictures]
    found = [
        _encoded(networks.encoder, crops, places)
        for crops, places in zip(pictures, cubes, strict=True)
    ]
    first = found[0]
    # Shapes of several pictures are in the axes of their own cameras; canonical ones are alike.
    canonical = torch.stack([each.canonical for each in found]).mean(0).sigmoid()
    occupied = first.logits.sigmoid()
    places = fitted_cubes((leveled(occupied) > 0).float(), first.boxes)
    measured = torch.from_numpy(cubes[0]).to(device)
    is_measured = measured.isfinite().all(1)
    places = torch.where(is_measured[:, None], measured, places.double())
    if settings is None:
        progress("structure", 1, 1, "steps")
    else:
        occupied = _sampled(networks, found, places, seed, settings, progress)
    free = torch.from_numpy(_seen_free(pictures[0], cubes[0])).to(device)
    occupied = torch.where(free, 0.0, occupied)
    joined = registered(occupied, canonical, first.headings)
    back = moved_shapes(occupied, joined.view_from_canonical)
    measured_share = _MEASURED * is_measured.float().view(-1, 1, 1, 1)
    return SampledSlots(
        leveled(occupied).float().cpu().numpy(),
        places.cpu().numpy(),
        is_measured.cpu().numpy(),
        _seen(pictures[0], cubes[0]),
        joined.headings.cpu().numpy(),
        leveled(torch.lerp(canonical, back, measured_share)).cpu().numpy(),
        ((first.colors + 1) / 2).permute(0, 2, 3, 4, 1).cpu().numpy(),
        expected_overlap(occupied).float().cpu().numpy(),
    )


@torch.no_grad()
def completed_shapes(
    encoder: SceneEncoder, occupied: NDArray[np.bool_], free: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Whole shapes of which a scan knows a part, without a picture.

    Args:
        encoder: The trained image encoder.
        occupied: (N, 32, 32, 32) voxels of upright cubes that are known to be occupied, as of
            objects whose longest edge is 0.96 of the cube.
        free: (N, 32, 32, 32) voxels that are known to be free.

    Returns:
        (N, 32, 32, 32) logits, above 0 in the voxels to take; known voxels keep their state.
    """
    device = encoder.part_emb.device
    count = len(occupied)
    given, empty = (
        torch.from_numpy(each.astype(np.float32)).to(device) for each in (occupied, free)
    )
    blank = torch.zeros(count, CHANNELS, SIDE, SIDE, device=device)
    known = KnownGeometry(given, empty, torch.ones(count, dtype=torch.bool, device=device))
    first = torch.zeros(count, dtype=torch.long, device=device)
    found = encoder(blank[:1], blank, first, known).logits.sigmoid()
    found = torch.where(given > 0, 1.0, torch.where(empty > 0, 0.0, found))
    return np.asarray(leveled(found).float().cpu().numpy(), np.float32)


def _measured_cubes(crops: SceneCrops) -> NDArray[np.float64]:
    """(N, 4) cubes of the objects, NaN without enough points."""
    cubes = [object_cube(measured_points(crop)) for crop in crops.objects]
    return np.stack([np.full(4, np.nan) if cube is None else cube for cube in cubes])


def _seen(crops: SceneCrops, cubes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N, 32, 32, 32) voxels that hold measured points."""
    result = np.zeros((len(cubes), *(GRID,) * 3), bool)
    for number, (crop, cube) in enumerate(zip(crops.objects, cubes, strict=True)):
        if np.isfinite(cube).all():
            result[number] = seen_voxels(measured_points(crop), cube)
    return result


def _seen_free(crops: SceneCrops, cubes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N, 32, 32, 32) voxels that the camera looks through, and those below the ground."""
    result = np.zeros((len(cubes), *(GRID,) * 3), bool)
    camera = None if crops.points is None else fitted_camera(crops.points)
    if crops.points is not None and camera is not None:
        for number, cube in enumerate(cubes):
            if np.isfinite(cube).all():
                result[number] = free_voxels(crops.points, camera, cube)
                result[number] |= below_ground(crops.points, cube)
    return result


def _encoded(encoder: SceneEncoder, crops: SceneCrops, cubes: NDArray[np.float64]) -> Conditions:
    """What is found in a picture and in its mirror image, on average."""
    device = encoder.part_emb.device
    inputs = torch.from_numpy(encoder_input([crops.scene, *crops.objects])).to(device)
    count = len(crops.objects)
    occupied = torch.from_numpy(_seen(crops, cubes)).float().to(device)
    is_blind = torch.zeros(count, dtype=torch.bool, device=device)
    known = KnownGeometry(occupied, torch.zeros_like(occupied), is_blind)
    first = torch.zeros(count, dtype=torch.long, device=device)
    found: Conditions = encoder(inputs[:1], inputs[1:], first, known)
    turned = mirrored_crops(inputs)
    again = encoder(turned[:1], turned[1:], first, mirrored_geometry(known))
    return averaged(found, mirrored_conditions(again))


def _sampled(
    networks: TinyNetworks,
    found: Sequence[Conditions],
    cubes: Tensor,
    seed: int,
    settings: SamplerSettings,
    progress: Progress,
) -> Tensor:
    """(N, 32, 32, 32) occupancy that the flow samples."""
    flow, codec = networks.flow, networks.codec
    if flow is None or codec is None:
        raise WeightsError(
            "Weights of generate/tiny", expected="a flow, for --steps", got="none",
            do="Leave --steps out, or train a flow with 'scenewright train flow'.",
        )  # fmt: skip
    config, count = flow.flow.config, len(cubes)
    shape = (SLOTS, config.in_channels, *(config.resolution,) * 3)
    # The same for every object, so that the slot of the scene is the same too.
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(found[0].boxes)
    expected = expected_slots(codec, found[0].logits, cubes)
    conditions = [flow.flow.prepare(flow.tokens(each), shared_slots=(SCENE,)) for each in found]
    done = 0

    def counted(state: Tensor, _time: float) -> Tensor:
        nonlocal done
        done += 1
        progress("structure", done, settings.steps, "steps")
        return state

    def predict(x: Tensor, time: float, condition: FlowCondition) -> Prediction:
        times = torch.full((count,), time, device=x.device)
        return flow.predict(x, times, condition, expected=expected)

    sample = sample_flow(
        predict, noise.expand(count, *shape), conditions,
        unconditional=flow.flow.prepare_zeros(shared_slots=(SCENE,)), settings=settings,
        constrain=counted,
    ).sample  # fmt: skip
    return codec.occupancy(codec.restored(sample[:, OBJECT]))


@torch.no_grad()
def expected_slots(codec: GridCodec, logits: Tensor, cubes: Tensor) -> Tensor:
    """(N, 3, C, 8, 8, 8) expected latents of the slots; 0 for the scene.

    Args:
        codec: The codec of the latents.
        logits: (N, 32, 32, 32) of the expected shapes in their cubes.
        cubes: (N, 4) centers and edges of these cubes in the scene cube.
    """
    occupied = logits.float().sigmoid()
    own = codec.normalized(codec.code(occupied))
    placed = placed_shapes(occupied, cubes.float())
    result = own.new_zeros(len(own), SLOTS, *own.shape[1:])
    result[:, OBJECT] = own
    result[:, IN_SCENE] = codec.normalized(codec.code((placed > 0.5).float()))
    return result
