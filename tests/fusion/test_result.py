"""From a labeled surface to meshes and a scene."""

from __future__ import annotations

import numpy as np
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.fusion.result import build_scene
from scenewright.fusion.tracker import InstanceAssignment
from scenewright.geometry.mesh_parts import split_meshes
from scenewright.geometry.surface_nets import NetSurface
from tests.builders import known, make_cube
from tests.fusion.fusion_builders import APART, CONFIG, TOUCHING, arc, run


def cube_surface() -> NetSurface:
    cube = make_cube()
    assert cube.vertex_colors is not None
    voxel = np.arange(len(cube.vertices), dtype=np.int32)
    return NetSurface(cube.vertices, cube.vertex_colors, voxel, cube.faces)


def triangles(vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> list[tuple[float, ...]]:
    """The corners of every face, each face turned so that its smallest corner leads."""
    result = []
    for face in faces:
        corners = [tuple(np.round(vertices[i], 6).tolist()) for i in face]
        first = corners.index(min(corners))
        result.append(sum((corners[first:] + corners[:first]), ()))
    return sorted(result)


@given(st.lists(st.integers(0, 3), min_size=8, max_size=8))
@settings(deadline=None)
def test_every_face_goes_to_one_instance_and_none_is_lost(labels: list[int]) -> None:
    surface = cube_surface()
    label = np.array(labels, np.int32)
    assets = split_meshes(surface, label)
    expected: dict[int, list[NDArray[np.int32]]] = {}
    for face in surface.faces:
        a, b, c = label[face].tolist()
        owner = b if b == c else a
        expected.setdefault(owner, []).append(face)
    assert set(assets) == set(expected)
    for instance, faces in expected.items():
        asset = assets[instance]
        mesh = known(asset.mesh)
        found = triangles(asset.world_vertices(), mesh.faces)
        assert found == triangles(surface.vertices.astype(np.float64), np.array(faces))
        assert len(np.unique(mesh.faces)) == len(mesh.vertices), "no loose vertex"


def test_one_instance_keeps_the_whole_mesh_with_its_colors() -> None:
    surface = cube_surface()
    (asset,) = split_meshes(surface, np.full(8, 5, np.int32)).values()
    mesh = trimesh.Trimesh(asset.world_vertices(), known(asset.mesh).faces, process=False)
    assert mesh.is_watertight and mesh.volume == 1.0
    assert np.array_equal(known(known(asset.mesh).vertex_colors), surface.colors)


def test_no_faces_give_no_meshes() -> None:
    surface = cube_surface()
    empty = NetSurface(surface.vertices, surface.colors, surface.voxel, np.zeros((0, 3), np.int32))
    assert split_meshes(empty, np.ones(8, np.int32)) == {}
    assert list(split_meshes(surface, np.zeros(8, np.int32))) == [0]


def test_meshes_of_touching_things_share_their_border_and_lose_nothing() -> None:
    stream = run(TOUCHING, arc(6))
    whole = stream.segmenter.volume.extract_surface()
    scene = stream.scene
    num_faces = sum(len(known(asset.mesh).faces) for asset in scene.assets.values())
    assert 0.97 * len(whole.faces) < num_faces <= len(whole.faces)
    corners = [
        {tuple(v) for v in np.round(asset.world_vertices(), 5).tolist()}
        for asset in scene.assets.values()
    ]
    assert len(corners) == 3
    for a in range(3):
        for b in range(a):
            assert len(corners[a] & corners[b]) > 5


def test_a_scene_takes_scores_frames_and_embeddings_by_id() -> None:
    stream = run(APART, arc(2))
    volume = stream.segmenter.volume
    height = volume.voxel_coordinates(volume.address_of_slot)[:, 2] * CONFIG.voxel_size
    side = volume.voxel_coordinates(volume.address_of_slot)[:, 0]
    ids = np.where(height > 0.1, np.where(side < 0, 42, 7), 0).astype(np.int32)
    vectors = {i: np.array([np.cos(i), np.sin(i)], np.float32) for i in (7, 42)}
    assignment = InstanceAssignment(ids, {7: 0.25, 42: 0.75}, {7: 1, 42: 2}, vectors)
    scene = build_scene(volume, assignment, up=None)
    assert scene.instances.id.tolist() == [7, 42]
    assert scene.instances.score.tolist() == [0.25, 0.75]
    assert known(scene.instances.num_frames).tolist() == [1, 2]
    assert scene.instances.center[0, 0] > 0 > scene.instances.center[1, 0]
    column = scene.instances.features["masks"]
    assert np.array_equal(column.vectors, np.stack([vectors[7], vectors[42]]))
    assert column.model is None, "fusion does not know what made the masks"
    assert set(scene.assets) == {7, 42}


def test_a_scene_takes_labels_by_id() -> None:
    volume = run(APART, arc(2)).segmenter.volume
    side = volume.voxel_coordinates(volume.address_of_slot)[:, 0]
    ids = np.where(side < 0, 1, 2).astype(np.int32)
    names = {2: {"cup": 0.5, "bowl": 0.2}}
    assignment = InstanceAssignment(ids, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {}, names)
    table = build_scene(volume, assignment, up=None).instances
    assert table.label == ("", "cup")
    assert [dict(scores) for scores in table.label_scores] == [{}, names[2]]


def test_an_instance_without_embedding_has_a_zero_row_among_others() -> None:
    """Some masks of a stream may have no embedding; the other instances keep theirs."""
    volume = run(APART, arc(2)).segmenter.volume
    side = volume.voxel_coordinates(volume.address_of_slot)[:, 0]
    ids = np.where(side < 0, 1, 2).astype(np.int32)
    vector = np.array([0.6, 0.8], np.float32)
    assignment = InstanceAssignment(ids, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {2: vector})
    scene = build_scene(volume, assignment, up=None)
    found = scene.instances.features["masks"].vectors
    assert np.array_equal(found, np.stack([0 * vector, vector]))
    nobody = InstanceAssignment(ids, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {})
    assert not build_scene(volume, nobody, up=None).instances.features


def test_an_instance_without_a_point_on_the_surface_is_left_out() -> None:
    segmenter = run(APART[:2], [arc(1)[0]]).segmenter
    volume = segmenter.volume
    high = volume.voxel_coordinates(volume.address_of_slot)[:, 2] * CONFIG.voxel_size > 0.05
    ids = np.where(high, 2, 1).astype(np.int32)
    assignment = InstanceAssignment(ids, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {})
    assert build_scene(volume, assignment, up=None).instances.id.tolist() == [1, 2]
    keep = volume.surface_points()[1]
    hidden = np.zeros_like(ids)
    hidden[keep] = 1
    hidden[np.setdiff1d(np.arange(len(ids)), keep)] = 2
    alone = InstanceAssignment(hidden, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {})
    scene = build_scene(volume, alone, up=None)
    assert scene.instances.id.tolist() == [1] and set(scene.assets) <= {1}


def test_the_surface_of_no_instance_is_the_rest() -> None:
    volume = run(APART, arc(2)).segmenter.volume
    whole = volume.extract_surface()
    height = volume.voxel_coordinates(volume.address_of_slot)[:, 2] * CONFIG.voxel_size
    ids = np.where(height > 0.1, 7, 0).astype(np.int32)
    scene = build_scene(volume, InstanceAssignment(ids, {7: 1.0}, {7: 1}, {}), up=None)
    assert set(scene.assets) == {7} and set(scene.instances.id.tolist()) == {7}
    rest = known(scene.rest)
    assert rest.world_vertices()[:, 2].max() < scene.assets[7].world_vertices()[:, 2].max()
    assert rest.num_faces + scene.assets[7].num_faces == len(whole.faces)
    everything = InstanceAssignment(np.full_like(ids, 7), {7: 1.0}, {7: 1}, {})
    left = build_scene(volume, everything, up=None).rest
    # Few faces have no surface voxel with an instance next to them.
    assert left is None or left.num_faces < 0.01 * len(whole.faces)
