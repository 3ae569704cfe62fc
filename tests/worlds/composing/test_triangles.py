"""The triangles of a world."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.composing._body import upright
from scenewright.worlds.composing.triangles import face_normals, world_triangles
from scenewright.worlds.composing.world import PlacedObject, World
from tests.worlds.composing.composing_builders import brick


def test_normals_of_triangles() -> None:
    corners = np.array([[[0, 0, 0], [2, 0, 0], [0, 3, 0]], [[0, 0, 0]] * 3], np.float32)
    np.testing.assert_array_equal(face_normals(corners), [[0, 0, 1], [0, 0, 0]])


def test_triangles_of_all_objects_in_order() -> None:
    floor = PlacedObject(4, brick(4, 4, 0.1), upright(0, 0, -0.1, 0), is_stuff=True)
    box = PlacedObject(9, brick(1, 0.5, 0.2), upright(0.3, 0.1, 0, 0.7))
    triangles = world_triangles(World((floor, box), size=(4, 4, 1)))
    assert triangles.corners.shape == (24, 3, 3) and triangles.instance_ids.tolist() == [4, 9]
    assert triangles.owner.tolist() == triangles.part.tolist() == [0] * 12 + [1] * 12
    np.testing.assert_allclose(
        triangles.object_from_world[1], np.linalg.inv(box.world_from_object)[:3], atol=1e-6
    )
    # Normals point away from the center of each box.
    middles = triangles.corners.mean(axis=1)
    centers = np.array([(0.0, 0.0, -0.05), (0.3, 0.1, 0.1)])[triangles.owner]
    assert (np.einsum("ij,ij->i", middles - centers, triangles.normals) > 0).all()
    assert not triangles.uv.any()
