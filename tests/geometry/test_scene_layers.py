"""What is shown of a scene, and coarser copies of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import InstanceTable, PointCloud, Scene
from scenewright.geometry.scene_layers import Layer, scene_layers
from tests.builders import known, make_cube, make_full_scene, make_scene, turn
from tests.io.surfel_builders import make_surfels


def test_meshes_come_before_points_and_points_before_nothing() -> None:
    scene = make_scene()
    layers = {layer.instance: layer for layer in scene_layers(scene)}
    assert list(layers) == [7, 12, 3, 0], "in the order of the table, the rest at the end"
    chair = layers[7]
    assert np.allclose(chair.positions, scene.assets[7].world_vertices())
    assert np.array_equal(chair.colors, known(known(scene.assets[7].mesh).vertex_colors))
    assert np.unique(layers[12].colors).tolist() == [190], "a mesh without colors is gray"
    cloud = known(scene.points)
    assert layers[3].faces is None and layers[0].faces is None
    ids = known(cloud.instance_id)
    assert np.array_equal(layers[3].positions, cloud.points[ids == 3])
    assert np.array_equal(layers[0].colors, known(cloud.colors)[ids == 0])
    bare = replace(scene, points=None, assets={})
    assert scene_layers(bare) == []


def test_the_rest_is_shown_by_its_mesh() -> None:
    scene = make_full_scene()
    layers = {layer.instance: layer for layer in scene_layers(scene)}
    assert np.allclose(layers[0].positions, known(scene.rest).world_vertices())
    # A texture becomes a color per vertex; surfels alone are points with normals.
    assert len(layers[7].colors) == 4 and len(np.unique(layers[7].colors, axis=0)) > 2
    asset = scene.assets[3]
    assert layers[3].faces is None and np.allclose(layers[3].positions, asset.world_vertices())
    assert np.allclose(np.linalg.norm(known(layers[3].normals), axis=1), 1, atol=1e-5)


def test_surfels_stand_in_for_points_and_faint_ones_are_left_out() -> None:
    surfels = make_surfels(12, ids=False)
    surfels = replace(surfels, opacities=np.linspace(0, 1, 12).astype(np.float32))
    (layer,) = scene_layers(Scene(InstanceTable.empty(), surfels=surfels))
    assert layer.instance == 0 and len(layer.positions) == np.sum(surfels.opacities >= 0.3)


def test_points_without_ids_belong_to_the_rest() -> None:
    cloud = PointCloud(np.zeros((5, 3), np.float32))
    (layer,) = scene_layers(Scene(InstanceTable.empty(), cloud))
    assert layer.instance == 0 and layer.normals is None and len(layer.colors) == 5


def test_layers_turn_with_their_normals() -> None:
    normals = np.array([[1, 0, 0]], np.float32)
    layer = Layer(1, np.array([[1.0, 0, 0]]), np.zeros((1, 3), np.uint8), None, normals)
    turned = layer.turned(turn(np.pi / 2))
    assert np.allclose(turned.positions, [[0, 1, 0]]) and np.allclose(
        known(turned.normals), [[0, 1, 0]]
    )


def test_coarser_layers_keep_their_place_and_never_vanish() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 1, (2000, 3))
    colors = np.full((2000, 3), 80, np.uint8)
    normals = np.tile(np.array([0, 0, 1], np.float32), (2000, 1))
    coarse = Layer(4, points, colors, None, normals).coarser(0.25)
    assert coarse.instance == 4 and 64 <= len(coarse.positions) <= 125
    assert np.allclose(coarse.positions.mean(axis=0), 0.5, atol=0.05)
    assert (coarse.colors == 80).all() and np.allclose(known(coarse.normals), [0, 0, 1])
    cube = make_cube()
    layer = Layer(2, cube.vertices.astype(float), known(cube.vertex_colors), cube.faces)
    assert layer.coarser(10.0) is layer
    assert len(known(layer.coarser(0.4).faces)) == 12


def test_surfaces_know_where_they_face() -> None:
    cube = make_cube()
    layer = Layer(2, cube.vertices.astype(float), known(cube.vertex_colors), cube.faces)
    normals, areas = layer.facing()
    assert np.allclose(areas, 0.5) and np.allclose(areas @ normals, 0)
    points = Layer(1, np.zeros((3, 3)), np.zeros((3, 3), np.uint8))
    assert len(points.facing()[0]) == 0
