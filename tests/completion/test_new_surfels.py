"""Surfels on completed surface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.completion.new_surfels import hidden_surfels, with_new_surfels
from scenewright.core import Asset, Box3D, Instance, InstanceTable, Mesh, Scene, SurfelCloud
from scenewright.core.surfels import SH_C0


def tent() -> Asset:
    """A pyramid of four vertices, two of them hidden, with one color."""
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    mesh = Mesh(vertices, faces, np.full((4, 3), 204, np.uint8))
    return Asset(mesh, observed=np.array([True, True, False, False]))


def scene(num_harmonics: int = 4) -> Scene:
    one = SurfelCloud(
        np.zeros((1, 3), np.float32), np.array([[1, 0, 0, 0]], np.float32),
        np.full((1, 2), 0.1, np.float32), np.ones(1, np.float32),
        np.zeros((1, num_harmonics, 3), np.float32), np.array([5], np.int32),
        np.array([0.5], np.float32), np.ones((1, 3), np.float32),
    )  # fmt: skip
    table = InstanceTable.from_rows(
        [Instance(5, "", 1.0, Box3D(np.zeros(3), np.ones(3), np.eye(3)))]
    )
    return Scene(table, surfels=one, assets={5: tent()})


def test_hidden_vertices_become_surfels_that_face_outward() -> None:
    made = hidden_surfels(tent(), 4)
    assert len(made) == 2 and made.sh.shape == (2, 4, 3)
    normals = made.normals()
    assert normals[0, 1] > 0.3 and normals[1, 2] > 0.3
    assert np.allclose(0.5 + SH_C0 * made.sh[:, 0], 0.8, atol=1e-6) and not made.sh[:, 1:].any()
    assert (made.scales > 0.1).all() and (made.scales < 1).all()


def test_they_join_the_surfels_of_the_scene_with_their_id() -> None:
    grown = with_new_surfels(scene(), [5]).surfels
    assert grown is not None and grown.instance_id is not None
    assert grown.instance_score is not None and grown.features is not None
    assert grown.instance_id.tolist() == [5, 5, 5]
    assert grown.instance_score.tolist() == [0.5, 1, 1]
    assert grown.features.tolist() == [[1, 1, 1], [0, 0, 0], [0, 0, 0]]


def test_scenes_without_surfels_or_hidden_surface_stay_as_they_are() -> None:
    bare = replace(scene(), surfels=None)
    assert with_new_surfels(bare, [5]) is bare
    seen = scene()
    seen = replace(seen, assets={5: replace(tent(), observed=np.ones(4, np.bool_))})
    assert with_new_surfels(seen, [5]) is seen


def test_a_normal_straight_down_has_a_frame() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    mesh = Mesh(vertices, np.array([[0, 2, 1]], np.int32))
    made = hidden_surfels(Asset(mesh, observed=np.zeros(3, np.bool_)), 1)
    assert np.allclose(made.normals(), [0, 0, -1], atol=0.01)
