"""Training samples of small generators: what a camera sees of a world, and what is there in full.

Everything follows from a kind of world and a random seed. The scene cube is that of
`models.generators.tiny.inputs`: level axes that follow the camera, centered on what is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import Camera, ConventionError
from scenewright.geometry.layouts import similarity, view_axes
from scenewright.geometry.projection import unproject
from scenewright.geometry.transforms import transform_points
from scenewright.models.generators.tiny.inputs import SceneCrops, scene_crops, scene_cube
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.viewpoints import ViewRange, single_view
from scenewright.worlds.composing.surface_samples import sample_surface
from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.generation.partial_grids import random_directions, seen_states
from scenewright.worlds.generation.shape_grids import canonical_frame, shape_grid
from scenewright.worlds.kinds import backdrop, make_world
from scenewright.worlds.objects.registry import FAMILIES
from scenewright.worlds.rendering.renderer import Renderer
from scenewright.worlds.rendering.silhouettes import amodal_masks

PICTURE = 224
"""Pixels per side of the rendered pictures."""
MOST_OBJECTS = 6
_VIEWS = {"rooms": 8, "random": 2, "tabletop": 2}
_COUNTS = {"rooms": None, "random": (1, 5), "tabletop": (2, 6)}
_LEAST_SHARE = 0.003
"""Minimum share of the picture that an object covers."""
_LEAST_VISIBLE = 0.25
"""Minimum visible share of its silhouette."""
_MOST_CAMERAS = 10
_MOST_REACH = 0.62
"""Objects that reach farther from the center of the scene cube are left out: they are cut off."""
_TILT = 0.02
"""Standard deviation of the error of the measured vertical, radians."""
_SURFACE_POINTS = 1500
_UP = np.array([0.0, 0.0, 1.0])
_VIEW_RANGE = ViewRange(num_tries=2)


@dataclass(frozen=True, eq=False)
class ObjectSample:
    """One object of a view.

    Attributes:
        family: Its label.
        turns: Order of its symmetry about z, see `Symmetry`.
        canonical: (32, 32, 32) bool in its canonical cube.
        in_scene: (32, 32, 32) bool in the scene cube.
        states: (32, 32, 32) uint8, what 1 to 10 distant cameras see of `canonical`.
        pose: (4, 4) similarity from its canonical cube to the scene cube.
        box: (2, 3) its lowest and highest corner in the scene cube.
        surface: (P, 3) points on its surface in the scene cube.
        colors: (P, 3) uint8 sRGB of these, without light.
    """

    family: str
    turns: int
    canonical: NDArray[np.bool_]
    in_scene: NDArray[np.bool_]
    states: NDArray[np.uint8]
    pose: NDArray[np.float64]
    box: NDArray[np.float64]
    surface: NDArray[np.float64]
    colors: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ViewSample:
    """One view of a world.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        masks: (N, H, W) bool.
        depth: (H, W) float32 exact depth, meters, 0 = none.
        camera: Intrinsics.
        world_from_cam: (4, 4) pose.
        cube_from_world: (4, 4) similarity.
        crops: What an image encoder sees, with noisy positions of the pixels.
        objects: In the order of the masks.
    """

    image: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    depth: NDArray[np.float32]
    camera: Camera
    world_from_cam: NDArray[np.float64]
    cube_from_world: NDArray[np.float64]
    crops: SceneCrops
    objects: tuple[ObjectSample, ...]


def view_samples(kind: str, seed: int) -> Iterator[ViewSample]:
    """The samples of one world: two views of it, or eight of a room.

    Views that show no object well enough are left out.

    Args:
        kind: A kind of `make_world`.
        seed: Random seed.
    """
    try:
        world = make_world(kind, seed, num_objects=_COUNTS[kind])
    except ConventionError:
        return  # This seed has no composition that fits.
    yield from samples_of_world(world, seed, views=_VIEWS[kind])


def samples_of_world(
    world: World, seed: int, *, views: int, labels: Collection[str] = FAMILIES
) -> Iterator[ViewSample]:
    """The samples of a world, as of one with meshes of a user.

    Args:
        world: The world.
        seed: Random seed of views, noise and scans.
        views: Number of views that are tried.
        labels: Labels of the objects that count.
    """
    probe, renderer = Probe(world), Renderer(world, background=backdrop(world))
    shapes: dict[int, NDArray[np.bool_]] = {}
    for number in range(views):
        rng = np.random.default_rng([seed, number, 5])
        try:
            viewpoint = single_view(
                probe, seed=seed * 100 + number, width=PICTURE, height=PICTURE,
                view_range=_VIEW_RANGE,
            )  # fmt: skip
        except ConventionError:
            continue
        sample = _take(renderer, viewpoint.camera, viewpoint.world_from_cam, rng, shapes, labels)
        if sample is not None:
            yield sample


def _take(
    renderer: Renderer,
    camera: Camera,
    pose: NDArray[np.float64],
    rng: np.random.Generator,
    shapes: dict[int, NDArray[np.bool_]],
    labels: Collection[str],
) -> ViewSample | None:
    view = renderer.render(camera, pose)
    axes = view_axes(pose, up=_UP)
    level = np.eye(4)
    level[:3, :3] = axes.T
    points = unproject(view.depth, camera, world_from_cam=pose) @ axes
    chosen = _chosen(renderer.world, camera, pose, view.id_map, rng, labels)
    chosen = _inside(chosen, view.id_map, points, level)
    if not chosen:
        return None
    masks = np.stack([view.id_map == placed.instance_id for placed in chosen])
    try:
        cube = scene_cube(points, list(masks))
        measured = _measured(points, view.depth, rng)
        placed_points = transform_points(measured.reshape(-1, 3), cube).reshape(points.shape)
        crops = scene_crops(view.image, list(masks), placed_points)
    except ConventionError:
        return None  # A mask of a single pixel, or too few pixels with depth.
    cube_from_world = cube @ level
    objects = tuple(_object(placed, cube_from_world, rng, shapes) for placed in chosen)
    return ViewSample(view.image, masks, view.depth, camera, pose, cube_from_world, crops, objects)


def _chosen(
    world: World,
    camera: Camera,
    pose: NDArray[np.float64],
    id_map: NDArray[np.int32],
    rng: np.random.Generator,
    labels: Collection[str],
) -> list[PlacedObject]:
    """Up to six well visible neighbors, the scene of this view."""
    silhouettes = amodal_masks(world, camera, pose)
    areas = {int(i): len(silhouettes.pixels(row)) for row, i in enumerate(silhouettes.ids)}
    visible = np.bincount(id_map.ravel(), minlength=max(areas, default=0) + 1)
    seen = [
        placed
        for placed in world.objects
        if not placed.is_stuff
        and placed.label in labels
        and placed.instance_id in areas
        and visible[placed.instance_id]
        >= max(_LEAST_SHARE * id_map.size, _LEAST_VISIBLE * areas[placed.instance_id])
    ]
    if not seen:
        return []
    centers = np.array([one.world_from_object[:3, 3] for one in seen])
    anchor = int(rng.integers(len(seen)))
    near = np.argsort(np.linalg.norm(centers - centers[anchor], axis=1), kind="stable")
    return [seen[i] for i in sorted(near[: int(rng.integers(1, MOST_OBJECTS + 1))])]


def _inside(
    chosen: list[PlacedObject],
    id_map: NDArray[np.int32],
    points: NDArray[np.float64],
    level: NDArray[np.float64],
) -> list[PlacedObject]:
    """The objects that lie in the scene cube of what is seen of them, up to a little."""
    while chosen:
        try:
            cube = scene_cube(points, [id_map == one.instance_id for one in chosen]) @ level
        except ConventionError:
            return []
        inside = [one for one in chosen if _reach(one, cube) <= _MOST_REACH]
        if len(inside) == len(chosen):
            return chosen
        chosen = inside
    return chosen


def _reach(placed: PlacedObject, cube_from_world: NDArray[np.float64]) -> float:
    """The largest distance of a corner of an object from the center of the cube, along an axis."""
    low, high = placed.model.bounds
    corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
    moved = transform_points(corners, cube_from_world @ placed.world_from_object)
    return float(np.abs(moved).max())


def _measured(
    points: NDArray[np.float64], depth: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Points with the errors of a sensor: noise, holes, and a vertical that is not quite known."""
    tilt = Rotation.from_rotvec([*rng.normal(0, _TILT, 2), 0.0]).as_matrix()
    known = depth > 0
    middle = np.median(points[known], axis=0) if known.any() else np.zeros(3)
    noise = rng.normal(0, rng.uniform(0, 0.006), points.shape) * depth[..., None]
    result: NDArray[np.float64] = (points - middle) @ tilt.T + middle + noise
    holes = rng.uniform(size=(28, 28)) < rng.uniform(0, 0.1)
    side = -(-len(depth) // 28)
    missing = np.kron(holes, np.ones((side, side), bool))[: depth.shape[0], : depth.shape[1]]
    result[missing | ~known] = np.nan
    return result


def _object(
    placed: PlacedObject,
    cube_from_world: NDArray[np.float64],
    rng: np.random.Generator,
    shapes: dict[int, NDArray[np.bool_]],
) -> ObjectSample:
    model = placed.model
    frame = canonical_frame(model)
    if placed.instance_id not in shapes:
        shapes[placed.instance_id] = shape_grid(model, frame)
    canonical = shapes[placed.instance_id]
    cube_from_object = cube_from_world @ placed.world_from_object
    points = np.concatenate([part.mesh.vertices for part in model.parts]).astype(np.float64)
    moved = transform_points(points, cube_from_object)
    cameras = random_directions(rng, int(rng.integers(1, _MOST_CAMERAS + 1)))
    drawn = np.random.default_rng([placed.instance_id, 31])
    surface, colors = sample_surface(placed, _SURFACE_POINTS, rng=drawn)
    return ObjectSample(
        placed.label,
        model.symmetry.turns,
        canonical,
        shape_grid(model, cube_from_object),
        seen_states(canonical, cameras),
        cube_from_object @ _inverse(frame),
        np.stack([moved.min(axis=0), moved.max(axis=0)]),
        transform_points(surface, cube_from_world),
        colors,
    )


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    scale = float(np.linalg.norm(matrix[:3, 0]))
    turned = matrix[:3, :3].T / scale**2
    return similarity(1 / scale, turned * scale, -turned @ matrix[:3, 3])
