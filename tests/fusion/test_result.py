"""From a labeled surface to meshes and a scene."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import InstanceTable
from scenewright.fusion.result import ListingLimits, build_scene
from scenewright.fusion.tracker import InstanceAssignment
from scenewright.geometry.mesh_parts import split_meshes
from scenewright.geometry.surface_nets import NetSurface
from scenewright.geometry.surface_volume import SurfaceVolume
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
    # The larger block comes first.
    assert scene.instances.id.tolist() == [42, 7]
    counts = known(scene.instances.num_points).tolist()
    assert counts == sorted(counts, reverse=True)
    assert scene.instances.score.tolist() == [0.75, 0.25]
    assert known(scene.instances.num_frames).tolist() == [2, 1]
    assert scene.instances.center[0, 0] < 0 < scene.instances.center[1, 0]
    column = scene.instances.features["masks"]
    assert np.array_equal(column.vectors, np.stack([vectors[42], vectors[7]]))
    assert column.model is None, "fusion does not know what made the masks"
    assert set(scene.assets) == {7, 42}


def test_a_scene_takes_labels_by_id() -> None:
    volume = run(APART, arc(2)).segmenter.volume
    side = volume.voxel_coordinates(volume.address_of_slot)[:, 0]
    ids = np.where(side < 0, 1, 2).astype(np.int32)
    names = {2: {"cup": 0.5, "bowl": 0.2}}
    assignment = InstanceAssignment(ids, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {}, names)
    table = build_scene(volume, assignment, up=None).instances
    rows = [table.by_id(i) for i in (1, 2)]
    assert [row.label for row in rows] == ["", "cup"]
    assert [dict(row.label_scores) for row in rows] == [{}, names[2]]


def test_an_instance_without_embedding_has_a_zero_row_among_others() -> None:
    """Some masks of a stream may have no embedding; the other instances keep theirs."""
    volume = run(APART, arc(2)).segmenter.volume
    side = volume.voxel_coordinates(volume.address_of_slot)[:, 0]
    ids = np.where(side < 0, 1, 2).astype(np.int32)
    vector = np.array([0.6, 0.8], np.float32)
    assignment = InstanceAssignment(ids, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {2: vector})
    scene = build_scene(volume, assignment, up=None)
    found = [scene.instances.by_id(i).features["masks"] for i in (1, 2)]
    assert np.array_equal(found, np.stack([0 * vector, vector]))
    nobody = InstanceAssignment(ids, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {})
    assert not build_scene(volume, nobody, up=None).instances.features


def test_an_instance_without_a_point_on_the_surface_is_left_out() -> None:
    segmenter = run(APART[:2], [arc(1)[0]]).segmenter
    volume = segmenter.volume
    high = volume.voxel_coordinates(volume.address_of_slot)[:, 2] * CONFIG.voxel_size > 0.05
    ids = np.where(high, 2, 1).astype(np.int32)
    assignment = InstanceAssignment(ids, {1: 1.0, 2: 1.0}, {1: 1, 2: 1}, {})
    assert sorted(build_scene(volume, assignment, up=None).instances.id.tolist()) == [1, 2]
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


def striped() -> tuple[SurfaceVolume, InstanceAssignment]:
    """A map of two blocks on a floor, cut along x into instances 5, 6 and 7."""
    volume = run(APART, arc(2)).segmenter.volume
    x = (volume.voxel_coordinates(volume.address_of_slot)[:, 0] + 0.5) * CONFIG.voxel_size
    ids = (5 + np.searchsorted((-0.9, -0.7), x)).astype(np.int32)
    assignment = InstanceAssignment(
        ids, {5: 0.9, 6: 0.4, 7: 0.6}, {5: 3, 6: 2, 7: 1}, {}, role={5: "object", 7: "floor"}
    )
    return volume, assignment


def test_things_come_first_each_by_size_with_their_roles() -> None:
    scene = build_scene(*striped(), up=None)
    assert scene.instances.id.tolist() == [5, 6, 7]
    assert scene.instances.role.tolist() == ["object", "object", "floor"]
    assert scene.instances.is_stuff.tolist() == [False, False, True]
    first, second, floor = known(scene.instances.num_points).tolist()
    assert floor > first > second, "the floor is larger and comes last all the same"
    assert len(scene.fragments) == 0 and known(scene.points).fragment_id is None


@pytest.mark.parametrize(
    ("limits", "listed"),
    [
        (ListingLimits(), [5, 6, 7]),
        (ListingLimits(min_score=0.4), [5, 6, 7]),
        (ListingLimits(min_score=0.5), [5, 7]),
        (ListingLimits(min_score=0.95), []),
        (ListingLimits(min_frames=2), [5, 6]),
        (ListingLimits(min_frames=2, min_score=0.5), [5]),
        (ListingLimits(min_size=20.0), []),
    ],
)
def test_what_does_not_reach_the_limits_is_a_fragment(
    limits: ListingLimits, listed: list[int]
) -> None:
    volume, assignment = striped()
    scene = build_scene(volume, assignment, up=None, limits=limits)
    everything = build_scene(volume, assignment, up=None)
    others = [i for i in everything.instances.id.tolist() if i not in listed]
    assert scene.instances.id.tolist() == listed and scene.fragments.id.tolist() == others
    for i in others:
        fragment, before = scene.fragments.by_id(i), everything.instances.by_id(i)
        assert (fragment.score, fragment.role) == (before.score, before.role)
        assert (fragment.num_points, fragment.num_frames) == (before.num_points, before.num_frames)
        assert np.array_equal(fragment.box.size, before.box.size)
    # Fragments keep their points, and their surface is part of the rest.
    ids = known(known(everything.points).instance_id)
    is_listed = np.isin(ids, listed)
    points = known(scene.points)
    assert np.array_equal(known(points.instance_id), np.where(is_listed, ids, 0))
    if others:
        assert np.array_equal(known(points.fragment_id), np.where(is_listed, 0, ids))
        assert known(scene.rest).num_faces > 100
    assert sorted(scene.assets) == listed
    total = sum(asset.num_faces for asset in everything.assets.values())
    total += 0 if everything.rest is None else everything.rest.num_faces
    kept = sum(asset.num_faces for asset in scene.assets.values())
    assert kept + (0 if scene.rest is None else scene.rest.num_faces) == total


def test_size_is_that_of_the_longest_side() -> None:
    table = build_scene(*striped(), up=None).instances
    longest = table.size.max(axis=1)
    for i, length in enumerate(longest.tolist()):
        assert ListingLimits(min_size=length).reaches(table)[i]
        assert not ListingLimits(min_size=length + 1e-6).reaches(table)[i]
    assert ListingLimits(min_size=1.0).reaches(InstanceTable.empty()).shape == (0,)
