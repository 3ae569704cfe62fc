"""Physical faults of a scene: objects inside one another, and objects in the air."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core import Mesh
from scenewright.core.checks import as_direction
from scenewright.geometry.mesh_queries import distances_below, winding_numbers
from scenewright.geometry.transforms import upright_frame
from scenewright.metrics.shapes.meshes import sample_surface

NUM_INSIDE_SAMPLES: Final = 4000
"""Random positions in a box, for the volume of an object or of an overlap."""
_MAX_QUERIES: Final = 100_000_000
"""Pairs of a position and a triangle; where meshes are finer, fewer positions are drawn."""
_FEWEST_SAMPLES: Final = 500
NUM_CONTACT_SAMPLES: Final = 2000
"""Positions on the surface of an object, besides its vertices, from which its support is sought."""
_MAX_VERTICES: Final = 2000
_LIFT: Final = 0.01
"""Share of the height of the scene by which an object may sink into its support."""
_TOUCHING: Final = 0.005
"""Shared volume, as a share of the smaller object, above which two objects touch."""

Corners = NDArray[np.float64]


@dataclass(frozen=True)
class ContactFaults:
    """Interpenetration and floating of the objects of a scene.

    Attributes:
        interpenetration: Per pair of objects that overlap: shared volume over that of the smaller.
        floating: Per object: how far it would fall until it touches another object or the floor,
            as a share of the diameter of the scene. The floor is the lowest point of the scene.
    """

    interpenetration: Mapping[tuple[int, int], float] = field(default_factory=dict)
    floating: Mapping[int, float] = field(default_factory=dict)

    @property
    def mean_interpenetration(self) -> float:
        """Mean over objects of the largest share that an object has with any other; NaN if none."""
        worst = dict.fromkeys(self.floating, 0.0)
        for pair, share in self.interpenetration.items():
            for one in pair:
                worst[one] = max(worst[one], share)
        return float(np.mean(list(worst.values()))) if worst else float("nan")

    @property
    def mean_floating(self) -> float:
        """Mean over objects; NaN if there is none."""
        return float(np.mean(list(self.floating.values()))) if self.floating else float("nan")


def measure_contacts(
    meshes: Mapping[int, Mesh], *, seed: int, up: ArrayLike = (0, 0, 1)
) -> ContactFaults:
    """Measures how far objects lie inside one another, and how far above their support.

    Objects on walls and ceilings, which rest on nothing, count as floating; compare with the value
    of the true scene. Open meshes are judged by their winding number.

    Args:
        meshes: Meshes in the scene frame by instance id; those without triangles are left out.
        seed: Random seed of the samples.
        up: (3,) direction against gravity.
    """
    upright_from_scene = upright_frame(as_direction("up", up)).T
    shapes = {}
    for number, mesh in meshes.items():
        if len(mesh.faces):
            vertices = mesh.vertices.astype(np.float64) @ upright_from_scene.T
            shapes[number] = vertices[mesh.faces]
    if not shapes:
        return ContactFaults()
    everything = np.concatenate([corners.reshape(-1, 3) for corners in shapes.values()])
    extent = np.ptp(everything, axis=0)
    diameter = max(float(np.linalg.norm(extent)), 1e-12)
    overlaps = _overlaps(shapes, seed)
    floor = float(everything[:, 2].min())
    lift = _LIFT * float(extent[2])
    touching = {one for pair, share in overlaps.items() if share > _TOUCHING for one in pair}
    samples = {number: _samples(corners, seed) for number, corners in shapes.items()}
    floating = {}
    for number in shapes:
        gap = 0.0 if number in touching else _gap(number, shapes, samples, floor=floor, lift=lift)
        floating[number] = gap / diameter
    return ContactFaults(overlaps, floating)


def _overlaps(shapes: Mapping[int, Corners], seed: int) -> dict[tuple[int, int], float]:
    random = np.random.default_rng(seed)
    affordable = _MAX_QUERIES // max(map(len, shapes.values()))
    count = min(NUM_INSIDE_SAMPLES, max(affordable, _FEWEST_SAMPLES))
    unit = random.random((count, 3))
    boxes = {number: _box(corners) for number, corners in shapes.items()}
    volumes: dict[int, float] = {}
    found = {}
    for a, b in itertools.combinations(shapes, 2):
        low = np.maximum(boxes[a][0], boxes[b][0])
        size = np.minimum(boxes[a][1], boxes[b][1]) - low
        if not (size > 0).all():
            continue
        points = low + unit * size
        points = points[winding_numbers(points, shapes[a]) > 0.5]
        shared = int((winding_numbers(points, shapes[b]) > 0.5).sum()) / len(unit)
        if not shared:
            continue
        for number in (a, b):
            if number not in volumes:
                volumes[number] = _volume(shapes[number], boxes[number], unit)
        smaller = min(volumes[a], volumes[b])
        if smaller > 0:
            found[a, b] = min(shared * float(np.prod(size)) / smaller, 1.0)
    return found


def _box(corners: Corners) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = corners.reshape(-1, 3)
    return points.min(axis=0), points.max(axis=0)


def _volume(
    corners: Corners,
    box: tuple[NDArray[np.float64], NDArray[np.float64]],
    unit: NDArray[np.float64],
) -> float:
    low, size = box[0], box[1] - box[0]
    inside = winding_numbers(low + unit * size, corners) > 0.5
    return float(inside.mean() * np.prod(size))


def _samples(corners: Corners, seed: int) -> NDArray[np.float64]:
    """Vertices of a shape and positions on its surface."""
    points = corners.reshape(-1, 3)
    faces = np.arange(len(points), dtype=np.int32).reshape(-1, 3)
    vertices = np.unique(points, axis=0)
    if len(vertices) > _MAX_VERTICES:
        steps = np.linspace(0, len(vertices) - 1, _MAX_VERTICES).round().astype(np.int64)
        lowest = np.argsort(vertices[:, 2], kind="stable")[: _MAX_VERTICES // 4]
        vertices = np.concatenate([vertices[steps], vertices[lowest]])
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    if not np.abs(areas).sum() > 0:
        return vertices
    mesh = Mesh(points.astype(np.float32), faces)
    surface, _ = sample_surface(mesh, NUM_CONTACT_SAMPLES, seed=seed)
    return np.concatenate([vertices, surface])


def _gap(
    number: int,
    shapes: Mapping[int, Corners],
    samples: Mapping[int, NDArray[np.float64]],
    *,
    floor: float,
    lift: float,
) -> float:
    """How far an object can fall: from its points down to others, and from their points up."""
    upwards = np.array([0.0, 0.0, lift])
    low, high = _box(shapes[number])
    gap = float(low[2]) - floor
    # Turned upside down, what lies above a point lies below it.
    flipped = shapes[number] * np.array([1.0, 1.0, -1.0])
    for other, corners in shapes.items():
        beneath, above = _box(corners)
        apart = (beneath[:2] > high[:2]).any() or (above[:2] < low[:2]).any()
        if other == number or apart or beneath[2] > high[2]:
            continue
        down = distances_below(samples[number] + upwards, corners)
        up = distances_below(samples[other] * np.array([1.0, 1.0, -1.0]) + upwards, flipped)
        gap = min(gap, float(down.min()) - lift, float(up.min()) - lift)
    return max(gap, 0.0)
