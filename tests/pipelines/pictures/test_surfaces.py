"""The table of surfaces, and views of it."""

from __future__ import annotations

import numpy as np

from scenewright.geometry.scene_layers import Layer
from scenewright.pipelines.pictures._surfaces import draw_surfaces, surfaces_of
from tests.builders import known, make_cube, turn

SIZE = (120, 100)


def cube_layer(instance: int, *, x: float = 0.0, edge: float = 1.0) -> Layer:
    cube = make_cube(edge=edge)
    colors = known(cube.vertex_colors)
    return Layer(instance, cube.vertices.astype(float) + np.array([x, 0, 0]), colors, cube.faces)


def test_triangles_come_before_points() -> None:
    normals = np.tile(np.array([0, 1, 0], np.float32), (4, 1))
    points = np.arange(12.0).reshape(4, 3)
    cloud = Layer(0, points, np.full((4, 3), 7, np.uint8), None, normals)
    bare = Layer(9, points, np.full((4, 3), 8, np.uint8))
    table = surfaces_of([cloud, cube_layer(5), bare], turn(np.pi / 2))
    assert table.corners.shape == (12, 3, 3) and len(table.points) == 8
    assert table.instance.tolist() == [5] * 12 + [0] * 4 + [9] * 4
    assert np.allclose(table.normals[12:16], [-1, 0, 0]) and not table.normals[16:].any()
    assert (table.colors[12:16] == 7).all() and len(table.places) == len(table.areas) == 20
    assert np.isclose(table.areas[:12].sum(), 6)


def test_backs_are_left_out() -> None:
    # A room seen from outside: its walls face inward, so the near ones do not hide the far ones.
    room = cube_layer(3, edge=4.0)
    assert room.faces is not None
    inward = Layer(3, room.positions, room.colors, room.faces[:, ::-1].copy())
    thing = cube_layer(1, edge=1.0)
    table = surfaces_of([inward, thing], np.eye(3))
    drawn = draw_surfaces(table, SIZE, azimuth_deg=30, elevation_deg=30)
    seen = np.where(drawn.index >= 0, table.instance[drawn.index], -1)
    assert seen[SIZE[1] // 2, SIZE[0] // 2] == 1 and (seen == 3).mean() > 0.3
    assert np.array_equal(np.isinf(drawn.depth), drawn.index < 0)
    outward = draw_surfaces(surfaces_of([room, thing], np.eye(3)), SIZE, azimuth_deg=30,
                            elevation_deg=30)  # fmt: skip
    assert not (table.instance[outward.index[outward.index >= 0]] == 1).any()


def test_views_are_framed_by_objects_without_outliers() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (4000, 3))
    points[:10] += 300
    layers = [
        Layer(1, points, np.zeros((4000, 3), np.uint8)),
        Layer(0, rng.uniform(-40, 40, (500, 3)), np.zeros((500, 3), np.uint8)),
    ]
    drawn = draw_surfaces(surfaces_of(layers, np.eye(3)), SIZE, azimuth_deg=0, elevation_deg=90)
    assert 0.015 < drawn.meters_per_pixel < 0.03
    assert (drawn.index >= 0).mean() > 0.4


def test_the_viewer_looks_from_the_azimuth() -> None:
    left, right = cube_layer(1, x=-2.0), cube_layer(2, x=2.0)
    table = surfaces_of([left, right], np.eye(3))
    front = draw_surfaces(table, SIZE, azimuth_deg=0, elevation_deg=10)
    back = draw_surfaces(table, SIZE, azimuth_deg=180, elevation_deg=10)
    for drawn, order in ((front, [1, 2]), (back, [2, 1])):
        rows, columns = np.nonzero(drawn.index >= 0)
        ids = table.instance[drawn.index[rows, columns]]
        middles = [columns[ids == i].mean() for i in order]
        assert middles[0] < middles[1]
    above = draw_surfaces(table, SIZE, azimuth_deg=0, elevation_deg=90)
    rows, columns = np.nonzero(above.index >= 0)
    normals = table.normals[above.index[rows, columns]]
    assert np.allclose(normals, [0, 0, 1])
