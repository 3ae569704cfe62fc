"""Training samples: single images of many worlds, with ground truth."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.viewpoints import Viewpoint, ViewRange, single_view
from scenewright.worlds.composing.detailing import detailed
from scenewright.worlds.composing.restyling import restyled
from scenewright.worlds.composing.world import World
from scenewright.worlds.kinds import KINDS, backdrop, make_world
from scenewright.worlds.rendering.color_offset import random_color_offset
from scenewright.worlds.rendering.lighting import Lighting, random_lighting
from scenewright.worlds.rendering.renderer import Renderer
from scenewright.worlds.rendering.sensor_effects import DepthCamera
from scenewright.worlds.rendering.sensor_kinds import sensor_name

log = logging.getLogger("scenewright.data")

DEPTH_UNITS = 1000
"""Stored depth units per meter."""
_WIDE_FOV_DEG = (70.0, 95.0)
"""Fields of view of wide cameras, degrees."""
_LARGEST_SIDE = 4096
_LARGEST_SEED = 10**9


@dataclass(frozen=True, eq=False)
class Sample:
    """One image with its ground truth, as a shard stores it.

    Attributes:
        key: Unique within a recipe: seed of the world and index of the view.
        kind: Kind of the world, such as ``"rooms/office"``.
        seed: Seed of the world.
        image: (H, W, 3) uint8 RGB.
        depth: (H, W) float32 meters along +z, quantized to millimeters, 0 = no reading.
        id_map: (H, W) int32 instance ids, 0 = background.
        normals: (H, W, 3) float32, camera frame, facing the camera, 0 = background; in steps of
            1/127, so the length is 1 to within 1 %. None if the recipe has no normals.
        camera: Intrinsics.
        world_from_cam: (4, 4) float64 rigid pose.
        labels: Label per instance id, of every object of the world.
        stuff_ids: Instance ids of floor, walls and ceiling.
    """

    key: str
    kind: str
    seed: int
    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    id_map: NDArray[np.int32]
    normals: NDArray[np.float32] | None
    camera: Camera
    world_from_cam: NDArray[np.float64]
    labels: dict[int, str]
    stuff_ids: frozenset[int]


@dataclass(frozen=True)
class ShardRecipe:
    """The recipe of training samples.

    Attributes:
        shares: Relative frequency of each kind of world; need not add up to 1.
        views_per_world: Number of images of each world.
        width: Image width, pixels.
        height: Image height, pixels.
        sensor: Simulated depth sensor; None = exact depth.
        normals: Whether samples have normals.
        restyled: Share of the worlds that `restyled` gives another look.
        detailed: Share of the worlds that `detailed` gives more parts and folds.
        relit: Share of the worlds in hard light or with glossy or white surfaces.
        unregistered: Share of the views whose image is from a camera beside the depth camera.
        wide: Share of the worlds that are seen by wide cameras, of 70 to 95 degrees.
        view_range: Fields of view, elevations and distances of the cameras.
    """

    shares: dict[str, float] = field(
        default_factory=lambda: {"rooms": 0.45, "random": 0.2, "tabletop": 0.35}
    )
    views_per_world: int = 4
    width: int = 320
    height: int = 240
    sensor: DepthCamera | None = None
    normals: bool = False
    restyled: float = 0.6
    detailed: float = 0.4
    relit: float = 0.3
    unregistered: float = 0.2
    wide: float = 0.15
    view_range: ViewRange = field(default_factory=ViewRange)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.shares) - set(KINDS))
        if unknown or not self.shares:
            raise ConventionError(
                "ShardRecipe.shares",
                expected=f"shares of kinds among {', '.join(KINDS)}",
                got=", ".join(unknown) or "none",
            )
        if min(self.shares.values()) < 0 or sum(self.shares.values()) <= 0:
            raise ConventionError(
                "ShardRecipe.shares",
                expected="0 or more, at least one above 0",
                got=f"{self.shares}",
            )
        for name in ("restyled", "detailed", "relit", "unregistered", "wide"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ConventionError(f"ShardRecipe.{name}", expected="0 to 1", got=f"{share:g}")
        check_count("ShardRecipe.views_per_world", self.views_per_world, most=1000)
        check_size(self.width, self.height)

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON values; equal only for equal recipes."""
        return {
            "shares": {kind: self.shares.get(kind, 0.0) for kind in KINDS},
            "views_per_world": self.views_per_world,
            "size": [self.width, self.height],
            "sensor": None
            if self.sensor is None
            else {"kind": sensor_name(self.sensor), **vars(self.sensor)},
            "normals": self.normals,
            "restyled": self.restyled,
            "detailed": self.detailed,
            "relit": self.relit,
            "unregistered": self.unregistered,
            "wide": self.wide,
            "view_range": {
                key: list_or_value(value) for key, value in vars(self.view_range).items()
            },
        }


def list_or_value(value: Any) -> Any:
    """A tuple as a list, as JSON returns it."""
    return list(value) if isinstance(value, tuple) else value


def check_count(name: str, value: int, *, most: int) -> None:
    """Raises unless a number is in 1 to `most`."""
    if not 1 <= value <= most:
        raise ConventionError(name, expected=f"1 to {most}", got=str(value))


def check_size(width: int, height: int) -> None:
    """Raises unless images of this size can be rendered."""
    if not (1 <= width <= _LARGEST_SIDE and 1 <= height <= _LARGEST_SIDE):
        raise ConventionError(
            "Image size",
            expected=f"1 to {_LARGEST_SIDE} pixels per side",
            got=f"{width} x {height}",
        )


def stream_samples(recipe: ShardRecipe | None = None, seed: int = 0) -> Iterator[Sample]:
    """An endless stream of samples, without files.

    Args:
        recipe: What the samples are made of; None = the default recipe.
        seed: Seed of the first world; the following worlds use the following seeds. A shard of
            the same seeds holds exactly the same samples.
    """
    used = ShardRecipe() if recipe is None else recipe
    for number in itertools.count(seed):
        yield from world_samples(used, number)


def world_samples(recipe: ShardRecipe, seed: int) -> Iterator[Sample]:
    """The samples of one world; if the world cannot be made, logs a warning and yields none.

    Args:
        recipe: What the samples are made of.
        seed: Random seed of the world, 0 or more; it determines the kind, too.
    """
    if not 0 <= seed < _LARGEST_SEED:
        raise ConventionError("Seed", expected=f"0 to {_LARGEST_SEED - 1}", got=str(seed))
    kinds = [kind for kind in KINDS if recipe.shares.get(kind, 0) > 0]
    weights = np.array([recipe.shares[kind] for kind in kinds])
    kind = kinds[
        int(np.random.default_rng([seed, 4]).choice(len(kinds), p=weights / weights.sum()))
    ]
    try:
        world = make_world(kind, seed)
    except ConventionError as error:
        log.warning("no %s world from seed %d: %s", kind, seed, error)
        return
    if np.random.default_rng([seed, 10]).random() < recipe.restyled:
        world = restyled(world, seed=seed)
    if np.random.default_rng([seed, 11]).random() < recipe.detailed:
        world = detailed(world, seed=seed)
    lighting, relight = Lighting(), np.random.default_rng([seed, 14])
    if relight.random() < recipe.relit:
        lighting = random_lighting(world, rng=relight)
        world = lighting.applied_to(world)
    view_range = recipe.view_range
    if np.random.default_rng([seed, 12]).random() < recipe.wide:
        view_range = replace(view_range, fov_deg=_WIDE_FOV_DEG)
    probe = Probe(world)
    renderer = Renderer(world, background=backdrop(world), reflection=lighting.reflection)
    for number in range(recipe.views_per_world):
        try:
            view = single_view(
                probe,
                seed=seed * 1000 + number,
                width=recipe.width,
                height=recipe.height,
                view_range=view_range,
            )
        except ConventionError as error:
            log.warning("no view %d of world %d: %s", number, seed, error)
            continue
        yield _take(world, renderer, view, recipe, seed, number)


def _take(
    world: World,
    renderer: Renderer,
    viewpoint: Viewpoint,
    recipe: ShardRecipe,
    seed: int,
    number: int,
) -> Sample:
    """Renders a sample, quantized as a shard stores it."""
    view = renderer.render(viewpoint.camera, viewpoint.world_from_cam)
    depth = view.depth
    if recipe.sensor is not None:
        rng = np.random.default_rng([seed, 5, number])
        depth = recipe.sensor.observe(view, viewpoint.camera, rng=rng)
    image = view.image
    beside = np.random.default_rng([seed, 13, number])
    if beside.random() < recipe.unregistered:
        pose = viewpoint.world_from_cam @ random_color_offset(beside).depth_from_color
        image = renderer.render(viewpoint.camera, pose).image
    normals = None
    if recipe.normals:
        turned = view.normals @ viewpoint.world_from_cam[:3, :3].astype(np.float32)
        normals = normals_from_bytes(bytes_from_normals(turned))
    return Sample(
        key=f"{seed:09d}-{number:03d}",
        kind=world.kind,
        seed=seed,
        image=image,
        depth=meters_from_units(units_from_meters(depth)),
        id_map=view.id_map,
        normals=normals,
        camera=viewpoint.camera,
        world_from_cam=viewpoint.world_from_cam,
        labels=world.labels,
        stuff_ids=world.stuff_ids,
    )


def units_from_meters(depth: NDArray[np.float32], scale: float = DEPTH_UNITS) -> NDArray[np.uint16]:
    """(H, W) depth in integer units; values beyond the range of 16 bits become 0, no reading."""
    steps = np.round(depth.astype(np.float64) * scale)
    return np.where(steps < 65535, steps, 0).astype(np.uint16)


def meters_from_units(units: NDArray[np.uint16], scale: float = DEPTH_UNITS) -> NDArray[np.float32]:
    """(H, W) float32 meters of depth in integer units."""
    return (units / np.float64(scale)).astype(np.float32)


def bytes_from_normals(normals: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(H, W, 3) normals as bytes; 128 is 0."""
    return np.round(normals * 127 + 128).astype(np.uint8)


def normals_from_bytes(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W, 3) float32 normals of bytes; 0 where all three are 128."""
    return (stored.astype(np.float32) - 128) / np.float32(127)
