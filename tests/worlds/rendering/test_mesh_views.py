"""Views of plain meshes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError, Mesh
from scenewright.worlds import look_at
from scenewright.worlds.cameras.viewpoints import camera_with_fov
from scenewright.worlds.rendering.mesh_views import MeshRenderer

CAMERA = camera_with_fov(40, width=48, height=32)
SQUARE = Mesh(
    np.array([[0, -1, -1], [0, 1, -1], [0, 1, 1], [0, -1, 1]], np.float32),
    np.array([[0, 1, 2], [0, 2, 3]], np.int32),
)
POSE = look_at(np.array([5.0, 0, 0]), np.zeros(3))


def test_a_square_in_front_of_the_camera() -> None:
    view = MeshRenderer({7: SQUARE}, background=(10, 20, 30)).render(CAMERA, POSE)
    assert view.image.shape == (32, 48, 3)
    assert view.id_map[16, 24] == 7 and view.id_map[0, 0] == 0
    assert view.depth[16, 24] == pytest.approx(5) and view.depth[0, 0] == 0
    assert view.depth[10, 20] == pytest.approx(5, abs=1e-4)
    assert view.image[0, 0].tolist() == [10, 20, 30]
    np.testing.assert_allclose(view.normals[16, 24], [1, 0, 0], atol=1e-6)
    side = 2 / 5 * CAMERA.fx
    assert np.count_nonzero(view.id_map) == pytest.approx(side**2, rel=0.1)


def test_colors_are_interpolated_and_the_nearest_surface_is_seen() -> None:
    red = replace(SQUARE, vertex_colors=np.array([[200, 0, 0]] * 4, np.uint8))
    mixed = np.array([[0, 0, 0], [0, 200, 0], [0, 200, 0], [0, 0, 0]], np.uint8)
    behind = replace(
        SQUARE, vertices=SQUARE.vertices * 3 - np.array([2, 0, 0], np.float32), vertex_colors=mixed
    )
    view = MeshRenderer({1: red, 2: behind}).render(CAMERA, POSE)
    assert view.id_map[16, 24] == 1
    assert view.image[16, 24, 0] > 190 and view.image[16, 24, 1] == 0
    assert view.id_map[16, 6] == 2
    left, right = view.image[16, 6, 1], view.image[16, 42, 1]
    assert abs(int(right) - int(left)) > 80


def test_a_back_face_faces_the_camera() -> None:
    flipped = replace(SQUARE, faces=SQUARE.faces[:, ::-1])
    view = MeshRenderer({1: flipped}).render(CAMERA, POSE)
    np.testing.assert_allclose(view.normals[16, 24], [1, 0, 0], atol=1e-6)
    assert view.image[16, 24].tolist() == [180, 180, 180]


def test_nothing_to_render() -> None:
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    with pytest.raises(ConventionError) as caught:
        MeshRenderer({1: empty})
    assert str(caught.value).startswith(
        "Meshes to render: expected at least one triangle, got none"
    )
