"""A small room with a few boxes, made by hand, and films of it."""

from __future__ import annotations

import numpy as np
import trimesh

from scenewright.core import Mesh, Relation, RelationTable
from scenewright.worlds import SyntheticCapture, film_world
from scenewright.worlds.composing import AreaLight, PlacedObject, World
from scenewright.worlds.objects import Material, ObjectModel, Part

SIZE = (4.0, 3.4, 2.4)
TABLE, BOX = 6, 7


def solid_box(
    label: str, size: tuple[float, float, float], color: tuple[float, float, float]
) -> ObjectModel:
    """A box that stands on z = 0."""
    box = trimesh.creation.box(size)
    box.apply_translation((0, 0, size[2] / 2))
    mesh = Mesh(box.vertices.astype(np.float32), box.faces.astype(np.int32))
    part = Part(label, mesh, Material(color))
    top = (-size[0] / 2, -size[1] / 2, size[0] / 2, size[1] / 2, size[2], 1.0)
    return ObjectModel(label, (part,), carriers=() if label == "wall" else (top,))


def at(x: float, y: float, z: float = 0.0, angle: float = 0.0) -> np.ndarray:
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    pose[:3, 3] = x, y, z
    return pose


def small_world() -> World:
    """Floor 1, walls 2 to 5, a table 6 with a box 7 on it, a crate 8."""
    x, y, z = SIZE
    white = (0.8, 0.8, 0.75)
    placed = [PlacedObject(1, solid_box("floor", (x + 1, y + 1, 0.1), white), at(0, 0, -0.1), True)]
    for number, (size, spot) in enumerate(
        [
            ((x + 0.4, 0.2, z), (0, y / 2 + 0.1)),
            ((x + 0.4, 0.2, z), (0, -y / 2 - 0.1)),
            ((0.2, y, z), (x / 2 + 0.1, 0)),
            ((0.2, y, z), (-x / 2 - 0.1, 0)),
        ],
        start=2,
    ):
        placed.append(PlacedObject(number, solid_box("wall", size, white), at(*spot), True))
    placed += [
        PlacedObject(
            TABLE, solid_box("table", (0.9, 0.6, 0.7), (0.6, 0.3, 0.2)), at(0.3, 0.1, 0, 0.3),
            supported_by=1,
        ),
        PlacedObject(
            BOX, solid_box("box", (0.3, 0.2, 0.2), (0.2, 0.3, 0.8)), at(0.3, 0.1, 0.7, 0.9),
            supported_by=TABLE,
        ),
        PlacedObject(
            8, solid_box("crate", (0.5, 0.5, 0.5), (0.2, 0.7, 0.3)), at(-1.5, -1.1),
            supported_by=1,
        ),
    ]  # fmt: skip
    return World(
        tuple(placed),
        size=SIZE,
        lights=(AreaLight((0.0, 0.0, 2.3), (0.6, 0.6)),),
        relations=RelationTable.from_rows([Relation(BOX, "on", TABLE, distance=0.0)]),
        seed=11,
    )


def small_film(num_frames: int = 6, *, width: int = 64, height: int = 48) -> SyntheticCapture:
    return film_world(small_world(), num_frames=num_frames, width=width, height=height, seed=2)
