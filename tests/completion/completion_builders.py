"""A small room with a box and a post, filmed from one side, with exact ids."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from scenewright.completion.evidence import EvidenceFrame, gather_evidence
from scenewright.core import Box3D, Instance, InstanceTable, Scene
from scenewright.worlds import SyntheticCapture, look_at
from scenewright.worlds.cameras.viewpoints import camera_with_fov
from scenewright.worlds.composing._room_shell import block
from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.objects.model import Material, ObjectModel, Part

FLOOR, WALL, BOX, POST = 1, 2, 3, 4
BOX_SIZE = (0.8, 0.5, 0.6)
UP = np.array([0.0, 0.0, 1.0])


def model(x: float, y: float, z: float, color: tuple[float, float, float]) -> ObjectModel:
    """A box of these extents that stands on z = 0."""
    mesh = block((-x / 2, -y / 2, 0.0), (x / 2, y / 2, z))
    return ObjectModel("box", (Part("box", mesh, Material(color)),))


def at(x: float, y: float, z: float) -> np.ndarray:
    """A placement."""
    pose = np.eye(4)
    pose[:3, 3] = x, y, z
    return pose


def world() -> World:
    """Floor, a wall behind, the box in the middle, and a post that hides a part of it."""
    return World(
        (
            PlacedObject(FLOOR, model(4, 4, 0.1, (0.6, 0.6, 0.6)), at(0, 0, -0.1), is_stuff=True),
            PlacedObject(WALL, model(4, 0.1, 2, (0.8, 0.8, 0.7)), at(0, 1.5, 0), is_stuff=True),
            PlacedObject(BOX, model(*BOX_SIZE, (0.8, 0.2, 0.2)), at(0, 0, 0), supported_by=FLOOR),
            PlacedObject(
                POST, model(0.12, 0.12, 0.9, (0.2, 0.2, 0.8)), at(0.3, -0.8, 0), supported_by=FLOOR
            ),
        ),
        (4.0, 4.0, 2.0),
    )


def film() -> SyntheticCapture:
    """Three cameras in front of the box, to its left, its right and above."""
    eyes = ((-1.4, -1.7, 1.3), (0.3, -2.1, 1.4), (1.5, -1.6, 1.2))
    poses = np.stack([look_at(np.array(eye), np.array([0.0, 0.1, 0.3])) for eye in eyes])
    camera = camera_with_fov(62.0, width=320, height=240)
    return SyntheticCapture(world(), camera, world_from_cam=poses)


def frames(source: SyntheticCapture) -> Iterator[EvidenceFrame]:
    """The frames with their true ids."""
    for i in range(len(source)):
        frame = source.frame(i)
        assert frame.depth is not None and frame.world_from_cam is not None
        yield EvidenceFrame(frame.depth, source.id_map(i), frame.camera, frame.world_from_cam)


@cache
def seen_scene() -> Scene:
    """What the cameras saw, as points with true ids and normals, and state grids of both objects.

    The wall ends behind the box; nobody saw the back of the box.
    """
    source = film()
    cloud = source.truth_points(spacing=0.008)
    rows = []
    roles = {FLOOR: "floor", WALL: "wall"}
    assert cloud.instance_id is not None
    for i in (FLOOR, WALL, BOX, POST):
        points = cloud.points[cloud.instance_id == i]
        low, high = points.min(axis=0), points.max(axis=0)
        box = Box3D((low + high) / 2, high - low, np.eye(3))
        role = roles.get(i, "object")
        rows.append(Instance(i, "", 1.0, box, len(points), len(source), role=role))
    scene = Scene(InstanceTable.from_rows(rows), cloud, up=UP)
    grids = gather_evidence(scene, frames(source), ids=(BOX, POST))
    return Scene(scene.instances, cloud, up=UP, grids=grids)
