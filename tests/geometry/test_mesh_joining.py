"""Meshes joined, with their textures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError, Mesh
from scenewright.geometry import mesh_joining
from scenewright.geometry.mesh_joining import joined_meshes
from tests.builders import make_cube, make_textured_quad


def sampled(mesh: Mesh, uv: np.ndarray) -> np.ndarray:
    """(N, 3) texels at texture coordinates."""
    points = np.zeros((len(uv), 3), np.float32)
    probe = Mesh(points, np.zeros((0, 3), np.int32), uv=uv, texture=mesh.texture)
    colors = probe.colors_at_vertices()
    assert colors is not None
    return colors


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(
        st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4])),
        min_size=1,
        max_size=4,
    )
)
def test_every_texel_stays_where_its_face_is(sizes: list[tuple[int, int, int]]) -> None:
    meshes = [
        make_textured_quad(height=height, width=width, channels=channels)
        for height, width, channels in sizes
    ]
    meshes = [replace(m, texture=np.roll(m.texture, i)) for i, m in enumerate(meshes)]
    joined = joined_meshes(meshes)
    assert len(joined.faces) == 2 * len(meshes) and joined.texture is not None
    assert joined.uv is not None and joined.uv.min() >= 0 and joined.uv.max() <= 1
    rng = np.random.default_rng(0)
    weights = rng.dirichlet([1, 1, 1], size=20).astype(np.float32)
    for k, mesh in enumerate(meshes):
        for face in range(2):
            before = weights @ mesh.uv[mesh.faces[face]]
            after = weights @ joined.uv[joined.faces[2 * k + face]]
            assert np.mean(sampled(mesh, before) == sampled(joined, after)) > 0.95


def test_the_same_texture_is_stored_once() -> None:
    quad = make_textured_quad()
    joined = joined_meshes([quad, replace(quad, texture=quad.texture.copy())])
    assert joined.texture is quad.texture and len(joined.vertices) == 8


@pytest.mark.parametrize("why", ["colors", "repeats", "large"])
def test_otherwise_there_are_vertex_colors(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quad = make_textured_quad()
    other = {
        "colors": make_cube(),
        "repeats": replace(quad, uv=quad.uv * 3, texture=quad.texture + np.uint8(1)),
        "large": replace(quad, texture=quad.texture + np.uint8(1)),
    }[why]
    if why == "large":
        monkeypatch.setattr(mesh_joining, "LARGEST_SIDE", 8)
    joined = joined_meshes([quad, other])
    assert joined.texture is None and joined.vertex_colors is not None
    expected = np.concatenate([quad.colors_at_vertices(), other.colors_at_vertices()])
    assert np.array_equal(joined.vertex_colors, expected)
    assert np.array_equal(joined.faces[2:], other.faces + 4)


def test_plain_meshes() -> None:
    plain = make_cube(colors=False)
    assert joined_meshes([plain, plain]).vertex_colors is None
    mixed = joined_meshes([plain, make_cube()])
    assert mixed.vertex_colors is not None and (mixed.vertex_colors[:8] == 128).all()
    assert joined_meshes([plain]) is plain
    with pytest.raises(ConventionError) as caught:
        joined_meshes([])
    assert str(caught.value) == "joined meshes: expected one or more meshes, got none"
