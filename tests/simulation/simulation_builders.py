"""A room of plain meshes: a table of four legs with a box on it, a tilted board, a picture."""

from __future__ import annotations

import numpy as np

from scenewright.core import Asset, Box3D, Instance, InstanceTable, Mesh, Scene
from scenewright.geometry.grid_surface import grid_surface
from scenewright.simulation.bodies import SimulationScene
from scenewright.simulation.body import Body
from scenewright.simulation.solids import hull_of, mass_properties

FLOOR, TABLE, BOX, POLE, PICTURE = 1, 2, 3, 4, 5
CELL = 0.05


def solid_mesh(solid: np.ndarray, low: tuple[float, float, float]) -> Asset:
    """A closed mesh of filled cells whose grid begins at a corner."""
    vertices, faces = grid_surface(solid, origin=np.array(low), cell_size=CELL)
    colors = np.full(vertices.shape, (180, 90, 30), np.uint8)
    return Asset(Mesh(vertices.astype(np.float32), faces.astype(np.int32), colors), is_whole=True)


def block(shape: tuple[int, int, int], low: tuple[float, float, float]) -> Asset:
    """A box of cells."""
    return solid_mesh(np.ones(shape, np.bool_), low)


def box_volume() -> float:
    """Volume of the box on the table, whose edges are rounded, cubic meters."""
    mesh = room().assets[BOX].mesh
    assert mesh is not None
    return mass_properties(mesh.vertices.astype(np.float64), mesh.faces).volume


def table() -> Asset:
    """A table of 1 x 0.6 x 0.7 m on four legs."""
    solid = np.zeros((20, 12, 14), np.bool_)
    solid[:, :, 12:] = True
    for i in (0, 18):
        for j in (0, 10):
            solid[i : i + 2, j : j + 2, :] = True
    return solid_mesh(solid, (-0.5, -0.3, 0.0))


def floor() -> Asset:
    """A square of 4 x 4 m at z = 0."""
    vertices = np.array([[-2, -2, 0], [2, -2, 0], [2, 2, 0], [-2, 2, 0]], np.float32)
    return Asset(Mesh(vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32)))


def room() -> Scene:
    """The room, z up."""
    assets = {
        FLOOR: floor(),
        TABLE: table(),
        BOX: block((4, 4, 4), (-0.1, -0.1, 0.7)),
        POLE: tilted_pole(),
        PICTURE: block((8, 1, 6), (0.2, 1.8, 1.2)),
    }
    labels = {FLOOR: "floor", TABLE: "table", BOX: "box", POLE: "thing", PICTURE: "picture"}
    rows = []
    for i, asset in assets.items():
        points = asset.world_vertices()
        low, high = points.min(axis=0), points.max(axis=0)
        box = Box3D((low + high) / 2, high - low, np.eye(3))
        role = "floor" if i == FLOOR else "object"
        rows.append(Instance(i, labels[i], 1.0, box, role=role))
    return Scene(InstanceTable.from_rows(rows), assets=assets, up=np.array([0.0, 0, 1]))


def tilted_pole() -> Asset:
    """A pole that leans far over its foot."""
    solid = np.zeros((14, 3, 16), np.bool_)
    for k in range(16):
        solid[min(k, 11) : min(k, 11) + 3, :, k] = True
    return solid_mesh(solid, (1.0, 0.5, 0.0))


CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float) / 2


def two_cubes() -> SimulationScene:
    """A free cube and a fixed one, which overlap."""
    hull = hull_of(CUBE)
    mesh = Mesh(hull.vertices.astype(np.float32), hull.faces.astype(np.int32))
    one = Body(1, "one", "", mesh, (hull,), np.array([0, 0, 0.5]), 2.0, np.zeros(3), np.eye(3))
    two = Body(2, "two", "", mesh, (hull,), np.array([0.9, 0, 0.5]), 2.0, np.zeros(3), np.eye(3),
               "it would tip over")  # fmt: skip
    bounds = np.array([[-1.0, -1], [1, 1]])
    wall = (("wall_007", mesh, (hull,)),)
    return SimulationScene((one, two), wall, 0.0, bounds, None, (("one", "two"),), np.eye(3), ())
