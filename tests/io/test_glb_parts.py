"""What our GLB files say of assets, sources, candidates and relations beside the meshes."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from scenewright.core import Scene
from scenewright.io import describe, load_scene, read_boxes, read_glb, save, write_boxes, write_glb
from tests.builders import assert_same_mesh, assert_same_table, known, make_full_scene
from tests.io.surfel_builders import assert_close_surfels, make_surfels


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.glb"


def tree_of(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    tree: dict[str, Any] = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    return tree


def test_extras_for_other_programs(path: Path) -> None:
    scene = make_full_scene()
    write_glb(path, scene)
    extras = {node["name"]: node.get("extras", {}) for node in tree_of(path)["nodes"]}
    chair = {key: value for key, value in extras["007_chair"].items() if key != "scenewright"}
    assert chair == {
        "instance_id": 7, "label": "chair", "score": pytest.approx(0.1), "source": "completed",
        "role": "object",
        "label_scores": {"chair": 0.5, "stool": 0.25}, "is_whole": False,
        "observed_share": pytest.approx(scene.assets[7].observed_share, abs=1e-4),
    }  # fmt: skip
    assert extras["012_café_table_round"]["is_whole"] is True
    assert "is_whole" not in extras["003_object"] and "label_scores" not in extras["003_object"]
    extras = tree_of(path)["scenes"][0]["extras"]["scenewright"]
    assert extras["relations"][0]["predicate"] == "on"


def test_round_trip(path: Path) -> None:
    scene = make_full_scene()
    write_glb(path, scene)
    back = read_glb(path)
    assert_same_table(back.instances, replace(scene.instances, features={}))
    assert back.relations is not None and scene.relations is not None
    assert list(back.relations) == list(scene.relations)
    assert back.surfels is None and set(back.assets) == {7, 12, 3}
    rest, expected = known(back.rest), known(scene.rest)
    assert np.allclose(rest.world_from_asset, expected.world_from_asset, atol=1e-12)
    assert_same_mesh(known(rest.mesh), known(expected.mesh))
    for key, asset in scene.assets.items():
        other = back.assets[key]
        assert other.is_whole is asset.is_whole
        assert np.allclose(other.world_from_asset, asset.world_from_asset, atol=1e-12)
        for name in ("observed", "uncertainty"):
            assert np.array_equal(getattr(other, name), getattr(asset, name)), name
        assert (other.mesh is None) == (asset.mesh is None)
        assert (other.surfels is None) == (asset.surfels is None)
        if asset.surfels is not None and other.surfels is not None:
            assert_close_surfels(other.surfels, asset.surfels, tolerance=1e-6)
    mesh, texture = back.assets[7].mesh, scene.assets[7].mesh
    assert mesh is not None and texture is not None
    assert mesh.texture is not None and mesh.uv is not None
    np.testing.assert_array_equal(mesh.texture, texture.texture)
    np.testing.assert_array_equal(mesh.uv, texture.uv)


def test_surfels_of_assets_are_apart_from_those_of_the_scene(path: Path) -> None:
    scene = replace(make_full_scene(), surfels=make_surfels(6))
    write_glb(path, scene)
    assert read_glb(path).surfels is None, "the surfels of a scene have a suffix of their extras"
    splats = path.with_name("room.splat.glb")
    save(scene, splats)
    back = load_scene(splats)
    assert back.surfels is not None and len(back.surfels) == 6 and not back.assets
    assert back.relations is not None and back.instances.source.tolist()[0] == "completed"


def test_other_programs_see_texture_and_upright_nodes(path: Path) -> None:
    scene = make_full_scene()
    write_glb(path, scene)
    loaded = trimesh.load_scene(path)
    matrix, name = loaded.graph.get("007_chair")
    chair = loaded.geometry[name]
    assert chair.visual.kind == "texture"
    image = np.asarray(chair.visual.material.baseColorTexture)
    mesh = scene.assets[7].mesh
    assert mesh is not None and mesh.uv is not None
    np.testing.assert_array_equal(image, mesh.texture)
    # Trimesh counts v from the bottom.
    assert np.allclose(chair.visual.uv[:, 1], 1 - mesh.uv[:, 1])
    world = trimesh.transform_points(chair.vertices, matrix)
    assert np.allclose(
        world, scene.assets[7].world_vertices()[:, [0, 2, 1]] * [1, 1, -1], atol=1e-6
    )


def test_description(path: Path) -> None:
    write_glb(path, make_full_scene())
    assert describe(path).details == {
        "meshes": "2",
        "vertices": "12",
        "textures": "1",
        "rest": "the surface that belongs to no object",
    }


def test_saved_again_by_another_program(path: Path) -> None:
    write_glb(path, make_full_scene())
    loaded: Any = trimesh.load_scene(path)
    path.write_bytes(loaded.export(file_type="glb"))
    back = read_glb(path)
    assert known(back.rest).num_faces == 12 and len(back.instances) == 3
    row, asset = back.instances.by_id(7), back.assets[7]
    assert row.source == "completed" and dict(row.label_scores) == {"chair": 0.5, "stool": 0.25}
    assert asset.observed is None and asset.is_whole is False
    assert asset.mesh is not None and asset.mesh.vertex_colors is not None


def test_boxes_hold_what_is_known_of_rows(tmp_path: Path) -> None:
    table = make_full_scene().instances
    write_boxes(tmp_path / "a.json", table)
    back, _ = read_boxes(tmp_path / "a.json")
    assert_same_table(back, replace(table, features={}))


def test_ply_of_a_textured_mesh_has_the_colors_of_its_texels(tmp_path: Path) -> None:
    from scenewright.io import read_ply_mesh

    mesh = make_full_scene().assets[7].mesh
    assert mesh is not None
    save(mesh, tmp_path / "a.ply")
    back = read_ply_mesh(tmp_path / "a.ply")
    assert back.vertex_colors is not None
    np.testing.assert_array_equal(back.vertex_colors, mesh.colors_at_vertices())


def test_masks_take_the_embedding_that_is_asked_for() -> None:
    from scenewright.core import ConventionError
    from scenewright.io import PointMasks

    scene: Scene = make_full_scene()
    first = PointMasks.from_scene(scene).embedding
    np.testing.assert_array_equal(first, scene.instances.features["masks"].vectors)
    named = PointMasks.from_scene(scene, feature="clip").embedding
    np.testing.assert_array_equal(named, scene.instances.features["clip"].vectors)
    with pytest.raises(ConventionError) as caught:
        PointMasks.from_scene(scene, feature="dino")
    assert str(caught.value) == (
        "feature 'dino': expected one of masks, clip, got a name that no column has"
    )
