"""Texture coordinates and what texels show."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.generation.unwrapping import Unwrapped, texel_map, unwrapped
from tests.generation.generation_builders import sphere

pytest.importorskip("xatlas")


def test_faces_keep_their_order_and_corners() -> None:
    vertices, faces = sphere(cells=12)
    surface = unwrapped(vertices, faces, texture_size=256)
    np.testing.assert_array_equal(surface.source[surface.faces], faces)
    assert surface.uv.min() >= 0 and surface.uv.max() <= 1
    assert max(surface.size) == 256
    assert set(surface.source) == set(range(len(vertices)))


def test_texels_belong_to_one_face_each_and_fill_most_of_it() -> None:
    vertices, faces = sphere(cells=12)
    surface = unwrapped(vertices, faces, texture_size=512)
    texels = texel_map(surface)
    height, width = surface.size
    corners = (surface.uv.astype(np.float64) * (width, height))[surface.faces]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    assert len(texels.rows) == pytest.approx(areas.sum(), rel=0.02)
    centers = np.stack([texels.columns, texels.rows], 1) + 0.5
    rebuilt = np.einsum("tk,tkc->tc", texels.weights, corners[texels.faces])
    np.testing.assert_allclose(rebuilt, centers, atol=1e-2)
    assert texels.weights.min() >= -1e-6


def test_a_known_triangle_is_drawn_at_its_texels() -> None:
    surface = Unwrapped(
        source=np.arange(3),
        faces=np.array([[0, 1, 2]], np.int32),
        uv=np.array([[0, 0], [1, 0], [0, 1]], np.float32),
        size=(4, 4),
    )
    texels = texel_map(surface)
    drawn = set(zip(texels.rows.tolist(), texels.columns.tolist(), strict=True))
    assert drawn == {(row, column) for row in range(4) for column in range(4 - row)}
    corner = (texels.rows == 0) & (texels.columns == 0)
    np.testing.assert_allclose(texels.weights[corner], [[0.75, 0.125, 0.125]], atol=1e-6)


def test_bad_requests_are_refused() -> None:
    vertices, faces = sphere(cells=8)
    with pytest.raises(ConventionError) as caught:
        unwrapped(vertices, faces, texture_size=8)
    assert str(caught.value) == "texture_size: expected 16 to 8192, got 8"
    with pytest.raises(ConventionError) as caught:
        unwrapped(vertices, faces[:0], texture_size=64)
    assert str(caught.value) == (
        "The mesh to unwrap: expected 1 to 200000 faces, got 0. Simplify it first, or use vertex "
        "colors."
    )
