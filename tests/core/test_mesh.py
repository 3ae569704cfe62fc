"""Meshes with textures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenewright.core import ConventionError, Mesh, ScenewrightError, ShapeError
from tests.builders import make_cube, make_textured_quad


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"uv": None}, ConventionError,
         "Mesh: expected uv and texture, or neither, got only a texture"),
        ({"texture": None}, ConventionError,
         "Mesh: expected uv and texture, or neither, got only texture coordinates"),
        ({"vertex_colors": np.zeros((4, 3), np.uint8)}, ConventionError,
         "Mesh: expected vertex colors or a texture, got both"),
        ({"uv": np.zeros((3, 2))}, ShapeError, "Mesh.uv: expected shape (4, 2), got (3, 2)"),
        ({"uv": np.full((4, 2), np.nan)}, ConventionError,
         "Mesh.uv: expected finite values, got 8 that are NaN or infinite"),
        ({"texture": np.zeros((2, 2, 2), np.uint8)}, ShapeError,
         "Mesh.texture: expected shape (H, W, 3) or (H, W, 4), H and W at least 1, got (2, 2, 2)"),
        ({"texture": np.zeros((0, 2, 3), np.uint8)}, ShapeError,
         "Mesh.texture: expected shape (H, W, 3) or (H, W, 4), H and W at least 1, got (0, 2, 3)"),
        ({"texture": np.zeros((2, 2, 3), np.float32)}, ShapeError,
         "Mesh.texture: expected values that fit uint8, got float32"),
    ],
)  # fmt: skip
def test_invalid_textures(
    changes: dict[str, Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        replace(make_textured_quad(), **changes)
    assert str(caught.value) == text


def test_the_origin_of_a_texture_is_its_top_left_corner() -> None:
    texture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    corners = np.array([[0.01, 0.01], [0.99, 0.01], [0.01, 0.99], [0.99, 0.99]], np.float32)
    mesh = replace(make_textured_quad(), uv=corners, texture=texture)
    colors = mesh.colors_at_vertices()
    assert colors is not None
    assert np.array_equal(colors, texture[[0, 0, 1, 1], [0, 3, 0, 3]])
    exact = replace(mesh, uv=np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32))
    assert np.array_equal(exact.colors_at_vertices(), colors), "edges belong to the edge texels"
    again = replace(mesh, uv=corners + np.array([2, -3], np.float32))
    assert np.array_equal(again.colors_at_vertices(), colors), "outside [0, 1] it repeats"


def test_colors_without_texture() -> None:
    cube = make_cube()
    assert cube.colors_at_vertices() is cube.vertex_colors
    assert make_cube(colors=False).colors_at_vertices() is None


def test_parts_keep_what_belongs_to_their_vertices() -> None:
    quad = make_textured_quad()
    faces = np.array([False, True])
    keep = np.zeros(4, bool)
    keep[quad.faces[1]] = True
    part = quad.part(faces, keep)
    assert part.faces.shape == (1, 3) and part.texture is quad.texture
    assert np.array_equal(part.vertices[part.faces[0]], quad.vertices[quad.faces[1]])
    assert part.uv is not None and quad.uv is not None
    assert np.array_equal(part.uv[part.faces[0]], quad.uv[quad.faces[1]])
    with pytest.raises(ConventionError) as caught:
        quad.part(faces, np.zeros(4, bool))
    assert str(caught.value) == "Mesh.part: expected all corners of its faces, got fewer"


def test_an_empty_mesh_has_no_colors_to_look_up() -> None:
    nothing = Mesh(
        np.zeros((0, 3)), np.zeros((0, 3), np.int32), uv=np.zeros((0, 2)),
        texture=np.zeros((1, 1, 4), np.uint8),
    )  # fmt: skip
    colors = nothing.colors_at_vertices()
    assert colors is not None and colors.shape == (0, 3)
