"""The triangles of a world."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.composing.triangles import face_normals


def test_normals_of_triangles() -> None:
    corners = np.array([[[0, 0, 0], [2, 0, 0], [0, 3, 0]], [[0, 0, 0]] * 3], np.float32)
    np.testing.assert_array_equal(face_normals(corners), [[0, 0, 1], [0, 0, 0]])
