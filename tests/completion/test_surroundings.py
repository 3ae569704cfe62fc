"""What is around objects, what carries them, and whose the space between them is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.completion.seen_surface import SeenSurface
from scenewright.completion.surroundings import Surroundings
from scenewright.core import (
    OCCUPIED,
    UNKNOWN,
    Asset,
    Box3D,
    Instance,
    InstanceTable,
    Mesh,
    PointCloud,
    Scene,
    StateGrid,
)
from tests.completion.completion_builders import UP

FLOOR, TABLE, CUP = 1, 2, 3
TOP = 0.5


def sheet(side: float, z: float) -> Mesh:
    """A level square that faces up."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * side / 2
    vertices = np.column_stack([corners, np.full(4, z)]).astype(np.float32)
    return Mesh(vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def grid(low: tuple[float, float, float], edge: float, cells: int) -> StateGrid:
    states = np.full((cells,) * 3, UNKNOWN, np.uint8)
    return StateGrid(states, np.array(low), edge / cells, 0.5)


def scene(*, with_mesh: bool = True) -> Scene:
    """A floor, a table top above it, and the sides of a cup on the table.

    The points of the cloud are 1.5 cm off the surfaces, as those of noisy depth are.
    """
    meshes = {FLOOR: sheet(4, 0), TABLE: sheet(1, TOP)}
    rng = np.random.default_rng(0)
    points = {
        i: SeenSurface.of_asset(Asset(mesh, np.eye(4)), spacing=0.02).points + 0.015 * UP
        for i, mesh in meshes.items()
    }
    angle = rng.uniform(0, 2 * np.pi, 2000)
    points[CUP] = np.column_stack(
        [0.05 * np.cos(angle), 0.05 * np.sin(angle), rng.uniform(TOP, TOP + 0.1, 2000)]
    )
    rows = [
        Instance(i, "", 1.0, Box3D(np.zeros(3), np.ones(3), np.eye(3)), len(points[i]), 1,
                 role="floor" if i == FLOOR else "object")
        for i in points
    ]  # fmt: skip
    cloud = PointCloud(
        np.concatenate(list(points.values())).astype(np.float32),
        normals=np.concatenate(
            [np.tile([1.0, 0, 0] if i == CUP else UP, (len(p), 1)) for i, p in points.items()]
        ).astype(np.float32),
        instance_id=np.concatenate([np.full(len(p), i, np.int32) for i, p in points.items()]),
    )
    assets = {i: Asset(mesh, np.eye(4)) for i, mesh in meshes.items()} if with_mesh else {}
    grids = {TABLE: grid((-0.8, -0.8, -0.1), 1.6, 32), CUP: grid((-0.1, -0.1, TOP - 0.05), 0.2, 40)}
    return Scene(InstanceTable.from_rows(rows), cloud, up=UP, assets=assets, grids=grids)


def surroundings(place: Scene) -> Surroundings:
    cloud = place.points
    assert cloud is not None and cloud.instance_id is not None
    surfaces = {i: SeenSurface.of_cloud(cloud[cloud.instance_id == i]) for i in (TABLE, CUP)}
    return Surroundings(place, surfaces, up=UP)


def test_the_support_is_measured_on_meshes_where_there_are_some() -> None:
    assert surroundings(scene()).support(CUP) == pytest.approx(TOP, abs=1e-4)
    assert surroundings(scene()).support(TABLE) == pytest.approx(0, abs=1e-4)
    assert surroundings(scene(with_mesh=False)).support(CUP) == pytest.approx(TOP + 0.015, abs=1e-3)


def test_an_object_does_not_fill_the_column_of_what_stands_on_it() -> None:
    place = scene()
    around, own = surroundings(place), place.grids[TABLE]
    taken = around.taken(TABLE, own)
    at = own.centers()[taken]
    assert len(at) and np.linalg.norm(at[:, :2], axis=1).max() < 0.05
    assert at[:, 2].min() > TOP + own.cell_size / 2 and at[:, 2].max() < TOP + 0.1
    # The cup does not carry the table, on the floor or whole.
    assert not around.taken(CUP, place.grids[CUP]).any()


def test_a_table_goes_on_below_what_stands_on_it() -> None:
    place = scene()
    around, own = surroundings(place), place.grids[TABLE]
    assert not around.carrying(TABLE, own).any()  # no top was seen around the cup
    centers = own.centers()
    layer = np.abs(centers[..., 2] - TOP) <= own.cell_size / 2
    hidden = layer & (np.linalg.norm(centers[..., :2], axis=3) < 0.06)
    states = own.states.copy()
    states[layer & ~hidden] = OCCUPIED
    found = around.carrying(TABLE, replace(own, states=states))
    assert found.any() and not (found & ~hidden).any()


def block(low: NDArray[np.float64], high: NDArray[np.float64]) -> Mesh:
    """A closed box."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    faces = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
             [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]  # fmt: skip
    return Mesh((low + corners * (high - low)).astype(np.float32), np.array(faces, np.int32))


def test_whole_objects_take_their_inside_at_the_precision_of_their_mesh() -> None:
    place = scene()
    around, own = surroundings(place), place.grids[CUP]
    around.add(Asset(block(np.array([-1, -1, TOP - 0.1]), np.array([1.0, 1, TOP])), np.eye(4)))
    taken = around.taken(CUP, own)
    assert np.array_equal(taken, own.centers()[..., 2] < TOP)


def test_vertices_are_lowered_to_the_plane_that_carries_another_object() -> None:
    place = scene()
    around, own = surroundings(place), place.grids[TABLE]
    mesh = block(np.array([-0.02, -0.02, TOP - 0.1]), np.array([0.02, 0.02, TOP + 0.03]))
    hidden = Asset(mesh, np.eye(4), is_whole=True, observed=np.zeros(8, np.bool_))
    low = around.lowered(TABLE, hidden, own).world_vertices()[:, 2]
    assert low.max() == pytest.approx(TOP, abs=1e-4)
    assert low.min() == pytest.approx(TOP - 0.1, abs=1e-4)
    seen = replace(hidden, observed=np.ones(8, np.bool_))
    assert np.allclose(around.lowered(TABLE, seen, own).world_vertices(), hidden.world_vertices())
    rough = block(
        np.array([-0.02, -0.02, TOP - 0.1]), np.array([0.02, 0.02, TOP + 0.4 * own.cell_size])
    )
    noisy = around.lowered(TABLE, replace(seen, mesh=rough), own).world_vertices()[:, 2]
    assert noisy.max() == pytest.approx(TOP, abs=1e-4)
