"""Floor, walls and ceiling of a room, and what is none of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.roles import find_roles
from tests.fusion.merging.merging_builders import VOXEL, graph_of, no_graph

SIDE, HEIGHT = 100, 75
"""Size of the room in voxels: 2 m by 2 m, 1.5 m high."""
Plane = tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
"""First voxel, number of voxels along each axis, normal."""
ROOM: dict[str, Plane] = {
    "floor": ((0, 0, 0), (SIDE, SIDE, 1), (0, 0, 1)),
    "ceiling": ((0, 0, HEIGHT), (SIDE, SIDE, 1), (0, 0, -1)),
    "left": ((0, 0, 1), (1, SIDE, HEIGHT - 1), (1, 0, 0)),
    "right": ((SIDE, 0, 1), (1, SIDE, HEIGHT - 1), (-1, 0, 0)),
    "table": ((30, 30, 35), (50, 50, 1), (0, 0, 1)),
    "screen": ((50, 10, 1), (1, 60, 65), (1, 0, 0)),
    "cupboard": ((1, 60, 1), (1, 40, 40), (1, 0, 0)),
}


def room(**changed: Plane) -> RegionGraph:
    """A region for each plane, in the order of `ROOM`."""
    coords, normals, region = [], [], []
    for number, (first, size, normal) in enumerate({**ROOM, **changed}.values()):
        cells = np.stack(np.meshgrid(*map(np.arange, size), indexing="ij"), axis=-1)
        coords.append(cells.reshape(-1, 3) + np.array(first))
        normals.append(np.tile(np.array(normal, np.float32), (len(coords[-1]), 1)))
        region.append(np.full(len(coords[-1]), number, np.int32))
    every: NDArray[np.int64] = np.unique(np.concatenate(coords), axis=0, return_index=True)[1]
    placed = np.concatenate(coords)[every]
    return graph_of(
        placed, np.concatenate(region)[every], normals=np.concatenate(normals)[every],
        points=((placed + 0.5) * VOXEL).astype(np.float32),
    )  # fmt: skip


def roles(graph: RegionGraph) -> dict[str, str]:
    return dict(zip(ROOM, find_roles(graph, graph.sums, graph.bounds), strict=True))


def test_a_furnished_room() -> None:
    assert roles(room()) == {
        "floor": "floor",
        "ceiling": "ceiling",
        "left": "wall",
        "right": "wall",
        "table": "object",
        "screen": "object",  # much of the room lies behind it
        "cupboard": "object",  # too low
    }


@pytest.mark.parametrize(
    ("name", "plane", "role"),
    [
        ("floor", ((0, 0, 0), (SIDE, SIDE, 1), (0, 0, -1)), "surface"),  # seen from below
        ("ceiling", ((0, 0, HEIGHT), (30, 30, 1), (0, 0, -1)), "object"),  # small
        ("left", ((0, 0, 1), (1, SIDE, 50), (1, 0, 0)), "object"),  # low
        ("table", ((0, 0, 35), (SIDE, SIDE, 1), (0, 0, 1)), "surface"),  # another level
        ("right", ((SIDE, 0, 1), (12, SIDE, HEIGHT - 1), (-1, 0, 0)), "wall"),  # uneven
        ("right", ((SIDE, 0, 1), (20, SIDE, HEIGHT - 1), (-1, 0, 0)), "object"),  # no plane
    ],
)
def test_what_makes_a_role(name: str, plane: Plane, role: str) -> None:
    assert roles(room(**{name: plane}))[name] == role


def test_no_objects_have_no_roles() -> None:
    graph = no_graph()
    assert find_roles(graph, graph.sums, graph.bounds) == ()
