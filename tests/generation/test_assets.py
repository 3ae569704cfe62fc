"""Decoded surfaces to assets."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from scenewright.core import Asset, ConventionError, ShapeError
from scenewright.generation.assets import (
    AssetSettings,
    Coloring,
    make_asset,
    vertex_colors_are_enough,
)
from scenewright.generation.scenes import generated_scene
from scenewright.io import read_glb, write_glb
from tests.generation.generation_builders import (
    ConstantColor,
    gaussians_on_sphere,
    smooth_colors,
    sphere,
)

pytest.importorskip("fast_simplification")
pytest.importorskip("xatlas")
SMALL = AssetSettings(keep_share=0.3, texture_size=256)


@pytest.fixture(scope="module")
def textured() -> Asset:
    """A sphere with a texture from Gaussians."""
    return make_asset(*sphere(), gaussians_on_sphere(), settings=SMALL)


def test_a_colored_sphere_keeps_its_colors(textured: Asset) -> None:
    assert textured.mesh is not None and textured.mesh.texture is not None
    colors = textured.mesh.colors_at_vertices()
    assert colors is not None
    errors = np.abs(colors / 255 - smooth_colors(textured.mesh.vertices))
    assert errors.mean() < 0.01 and errors.max() < 0.08


def test_the_texture_shows_the_surface_between_vertices(textured: Asset) -> None:
    mesh = textured.mesh
    assert mesh is not None and mesh.uv is not None and mesh.texture is not None
    middle = mesh.vertices[mesh.faces].mean(axis=1)
    height, width = mesh.texture.shape[:2]
    columns, rows = (mesh.uv[mesh.faces].mean(axis=1) * (width, height)).astype(int).T
    errors = np.abs(mesh.texture[rows, columns] / 255 - smooth_colors(middle))
    assert errors.mean() < 0.01 and np.quantile(errors, 0.99) < 0.05


def test_no_texel_is_left_black(textured: Asset) -> None:
    assert textured.mesh is not None and textured.mesh.texture is not None
    assert textured.mesh.texture.min() >= 20


def test_limits_are_kept(textured: Asset) -> None:
    _, faces = sphere()
    assert 0 < textured.num_faces <= round(0.3 * len(faces))
    assert textured.mesh is not None and textured.mesh.texture is not None
    assert max(textured.mesh.texture.shape) == 256
    assert textured.is_whole
    few = make_asset(*sphere(), settings=AssetSettings(keep_share=1, max_faces=100))
    assert 50 < few.num_faces <= 100 and few.is_whole
    assert few.mesh is not None and few.mesh.vertex_colors is None and few.mesh.texture is None


def test_colors_of_vertices_where_these_are_enough() -> None:
    vertices, faces = sphere()
    plain, colorful = ConstantColor(0.2, 0.4, 0.6), gaussians_on_sphere()
    assert vertex_colors_are_enough(vertices, faces, plain)
    assert not vertex_colors_are_enough(*sphere(cells=6), colorful)
    auto = AssetSettings(coloring="auto", texture_size=64)
    mesh = make_asset(vertices, faces, plain, settings=auto).mesh
    assert mesh is not None and mesh.vertex_colors is not None
    np.testing.assert_array_equal(np.unique(mesh.vertex_colors, axis=0), [[51, 102, 153]])
    rich = make_asset(*sphere(cells=6), colorful, settings=auto).mesh
    assert rich is not None and rich.texture is not None


def test_an_open_surface_is_not_whole() -> None:
    vertices, faces = sphere()
    open_faces = faces[vertices[faces, 2].min(axis=1) > 0]
    assert make_asset(vertices, open_faces, settings=SMALL).is_whole is False


def test_a_textured_asset_survives_a_glb(textured: Asset, tmp_path: Path) -> None:
    placed = make_asset(
        *sphere(cells=8), ConstantColor(0.2, 0.4, 0.6),
        world_from_object=np.diag([2.0, 2, 2, 1]) + np.eye(4, k=3) * 0.5,
        settings=AssetSettings(keep_share=1, texture_size=32),
    )  # fmt: skip
    scene = generated_scene([textured, placed])
    write_glb(tmp_path / "scene.glb", scene)
    loaded = read_glb(tmp_path / "scene.glb")
    for number, asset in scene.assets.items():
        before, after = asset.mesh, loaded.assets[number].mesh
        assert before is not None and after is not None
        assert before.uv is not None and after.uv is not None
        assert before.texture is not None and after.texture is not None
        np.testing.assert_array_equal(after.texture, before.texture)
        np.testing.assert_allclose(after.uv, before.uv, atol=1e-6)
        np.testing.assert_allclose(
            loaded.assets[number].world_vertices(), asset.world_vertices(), atol=1e-5
        )


def test_bad_surfaces_are_refused() -> None:
    vertices, faces = sphere(cells=8)
    with pytest.raises(ConventionError) as caught:
        make_asset(vertices, faces[:0])
    assert str(caught.value) == (
        "The surface of an object: expected at least 1 face, got none. The network decoded "
        "nothing; try another seed."
    )
    with pytest.raises(ConventionError) as caught:
        make_asset(vertices[:5], faces)
    assert str(caught.value) == (
        f"faces: expected numbers of vertices from 0 to 4, got 0 to {faces.max()}"
    )
    with pytest.raises(ShapeError, match="vertices: expected"):
        make_asset(vertices[:, :2], faces)
    broken = vertices.copy()
    broken[0, 0] = np.nan
    with pytest.raises(ConventionError, match="vertices: expected finite"):
        make_asset(broken, faces)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("keep_share", 0.0, "keep_share: expected 0.001 to 1, got 0.0"),
        ("max_faces", 3, "max_faces: expected at least 4, got 3"),
        ("coloring", "paint", f"coloring: expected {' or '.join(get_args(Coloring))}, got paint"),
        ("texture_size", 9000, "texture_size: expected 16 to 8192, got 9000"),
    ],
)
def test_bad_settings_are_refused(field: str, value: object, message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        AssetSettings(**{field: value})  # type: ignore[arg-type]
    assert str(caught.value) == message
