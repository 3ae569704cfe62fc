"""A small room with known objects, for questions about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import Box3D, Instance, InstanceTable, PointCloud, Scene
from scenewright.language import SymbolicReader

COLORS = {"red": (200, 30, 30), "blue": (40, 80, 200), "brown": (120, 75, 40),
          "white": (245, 245, 245), "green": (40, 150, 50), "black": (15, 15, 15)}  # fmt: skip
THINGS = (
    # id, label, center, size, color
    (1, "floor", (0, 0, -0.05), (8, 8, 0.1), "white"),
    (2, "desk", (3.0, 0.0, 0.4), (0.8, 1.6, 0.8), "brown"),
    (3, "chair", (3.0, 1.6, 0.45), (0.5, 0.5, 0.9), "red"),
    (4, "chair", (3.0, -1.6, 0.45), (0.5, 0.5, 0.9), "blue"),
    (5, "chair", (-3.0, 0.0, 0.6), (0.7, 0.7, 1.2), "red"),
    (6, "mug", (3.0, 0.4, 0.86), (0.1, 0.1, 0.12), "white"),
    (7, "mug", (3.0, -0.4, 0.86), (0.1, 0.1, 0.12), "green"),
    (8, "sofa", (0.0, 3.0, 0.4), (2.0, 0.9, 0.8), "blue"),
    (9, "mug", (0.0, -3.0, 0.56), (0.1, 0.1, 0.12), "red"),
    (10, "coffee_table", (0.0, -3.0, 0.25), (1.0, 0.6, 0.5), "black"),
    (11, "bin", (1.5, 3.0, 0.15), (0.3, 0.3, 0.3), "green"),
)  # fmt: skip
"""Seen from the middle of the room, who looks at the desk at +x has chair 3 (+y) on the left."""


def make_room(
    *, labels: bool = True, colors: bool = True, without: tuple[int, ...] = (),
    renamed: dict[int, str] | None = None,
) -> Scene:  # fmt: skip
    """The room; without labels the floor keeps its role."""
    rows, points, shades, ids = [], [], [], []
    rng = np.random.default_rng(0)
    for number, label, center, size, color in THINGS:
        if number in without:
            continue
        box = Box3D(np.array(center, float), np.array(size, float), np.eye(3))
        name = (renamed or {}).get(number, label) if labels else ""
        role = "floor" if label == "floor" else "object"
        rows.append(Instance(number, name, 1.0, box, 200, role=role))
        places = np.array(center) + (rng.random((200, 3)) - 0.5) * size
        places[:100, 2] = center[2] + size[2] / 2
        points.append(places)
        shades.append(np.tile(np.array(COLORS[color], np.uint8), (200, 1)))
        ids.append(np.full(200, number, np.int32))
    cloud = PointCloud(
        np.concatenate(points).astype(np.float32),
        np.concatenate(shades) if colors else None,
        instance_id=np.concatenate(ids),
    )
    return Scene(InstanceTable.from_rows(rows), points=cloud, up=np.array([0.0, 0.0, 1.0]))


def read_room(scene: Scene | None = None) -> SymbolicReader:
    """The room, opened for questions."""
    return SymbolicReader(make_room() if scene is None else scene)


def boxes_only(scene: Scene) -> Scene:
    """A scene with nothing but boxes."""
    return replace(scene, points=None)
