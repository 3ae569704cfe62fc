"""GLB with splats: valid by the extension, named nodes, and back again."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from scenewright.core import FormatError, InstanceTable, Scene
from scenewright.io import load_scene, save, write_splat_glb
from tests.builders import make_scene
from tests.io.glb_builders import KHR, foreign, parts_of, write_parts
from tests.io.surfel_builders import assert_close_surfels, make_surfel_scene, make_surfels


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.splat.glb"


def values_of(tree: dict[str, Any], body: bytes, number: int) -> np.ndarray:
    accessor = tree["accessors"][number]
    view = tree["bufferViews"][accessor["bufferView"]]
    columns = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    kind = {5126: "<f4", 5123: "<u2"}[accessor["componentType"]]
    flat = np.frombuffer(body, kind, accessor["count"] * columns, view["byteOffset"])
    return flat.reshape(-1, columns)


def assert_valid(tree: dict[str, Any], body: bytes) -> None:
    """What the glTF validator and the extension ask of the tree."""
    assert tree["extensionsUsed"] == [KHR] and "extensionsRequired" not in tree
    assert tree["buffers"] == [{"byteLength": len(body)}]
    for view in tree["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= len(body)
    for mesh in tree["meshes"]:
        (primitive,) = mesh["primitives"]
        assert primitive["mode"] == 0
        kind = primitive["extensions"][KHR]
        assert kind == {"kernel": "ellipse", "colorSpace": "srgb_rec709_display"}
        names = primitive["attributes"]
        counts = {tree["accessors"][number]["count"] for number in names.values()}
        assert len(counts) == 1
        position = tree["accessors"][names["POSITION"]]
        points = values_of(tree, body, names["POSITION"])
        assert position["min"] == points.min(axis=0).tolist()
        assert position["max"] == points.max(axis=0).tolist()
        lengths = np.linalg.norm(values_of(tree, body, names[f"{KHR}:ROTATION"]), axis=1)
        assert np.allclose(lengths, 1, atol=1e-6)
        for name, shape in (("ROTATION", "VEC4"), ("SCALE", "VEC3"), ("OPACITY", "SCALAR")):
            accessor = tree["accessors"][names[f"{KHR}:{name}"]]
            assert (accessor["type"], accessor["componentType"]) == (shape, 5126)
        levels = [name for name in names if ":SH_DEGREE_" in name]
        wanted = [f"{KHR}:SH_DEGREE_{d}_COEF_{i}" for d in range(4) for i in range(2 * d + 1)]
        assert levels == wanted[: len(levels)] and len(levels) in (1, 4, 9, 16)


@pytest.mark.parametrize("degree", [0, 3])
def test_tree_is_valid(path: Path, degree: int) -> None:
    scene = make_surfel_scene(degree=degree)
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    save(scene, path)
    tree, body = parts_of(path)
    assert_valid(tree, body)
    names = [node["name"] for node in tree["nodes"]]
    assert names == ["scene", "007_chair", "012_café_table_round", "003_object", "background"]
    assert tree["nodes"][0]["children"] == [1, 2, 3, 4]
    assert "mesh" not in tree["nodes"][2]
    assert tree["nodes"][1]["extras"]["instance_id"] == 7
    chair = scene.surfels[scene.surfels.instance_id == 7]
    attributes = tree["meshes"][0]["primitives"][0]["attributes"]
    # glTF's quaternions end with w.
    rotation = values_of(tree, body, attributes[f"{KHR}:ROTATION"])
    assert np.array_equal(rotation[:, 3], chair.quats[:, 0])
    scales = values_of(tree, body, attributes[f"{KHR}:SCALE"])
    assert np.array_equal(scales[:, :2], chair.scales)
    assert np.array_equal(scales[:, 2], np.full(len(chair), 1e-6, np.float32))
    last = values_of(tree, body, attributes[f"{KHR}:SH_DEGREE_0_COEF_0"])
    assert np.array_equal(last, chair.sh[:, 0])
    colors = values_of(tree, body, attributes["COLOR_0"]) / 65535
    display = np.clip(0.5 + 0.28209479 * chair.sh[:, 0], 0, 1)
    light = np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)
    assert np.allclose(colors[:, :3], light, atol=0.005)
    assert np.allclose(colors[:, 3], chair.opacities, atol=1e-5)


@pytest.mark.parametrize("up", [None, (0, 0, 1), (0.6, 0, 0.8)])
def test_round_trip(path: Path, up: tuple[float, float, float] | None) -> None:
    scene = replace(make_surfel_scene(), up=None if up is None else np.array(up, np.float64))
    write_splat_glb(path, scene)
    back = load_scene(path)
    assert scene.surfels is not None and back.surfels is not None
    assert back.instances.label == scene.instances.label
    assert np.array_equal(back.instances.rotation, scene.instances.rotation)
    if up is None:
        assert back.up is None
    else:
        np.testing.assert_array_equal(back.up, up)
    ids = scene.surfels.instance_id
    assert ids is not None
    order = np.concatenate([np.flatnonzero(ids == i) for i in (7, 12, 3, 0)])
    expected = scene.surfels[order]
    # The turn upright and back leaves every value as it was.
    for name in ("means", "scales", "opacities", "sh", "instance_id", "instance_score"):
        assert np.array_equal(getattr(back.surfels, name), getattr(expected, name)), name
    assert np.abs(back.surfels.quats - expected.quats).max() < 1e-7
    assert back.surfels.features is None and back.points is None and not back.assets


def test_programs_without_splats_see_colored_points(path: Path) -> None:
    scene = make_surfel_scene()
    save(scene, path)
    loaded = trimesh.load_scene(path)
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    matrix, name = loaded.graph.get("007_chair")
    points = trimesh.transform_points(loaded.geometry[name].vertices, matrix)
    ours = scene.surfels.means[scene.surfels.instance_id == 7]
    # z-up becomes y-up.
    assert np.allclose(points, ours[:, [0, 2, 1]] * [1, 1, -1], atol=1e-6)


def test_surfels_alone(path: Path) -> None:
    for ids in (True, False):
        surfels = make_surfels(ids=ids, scores=False, degree=1)
        save(surfels, path, overwrite=True)
        back = load_scene(path)
        assert back.surfels is not None and len(back.surfels) == 12
        assert (back.surfels.instance_id is None) == (not ids)
        assert back.surfels.instance_score is None
        assert back.instances.id.tolist() == ([3, 7] if ids else [])
        if not ids:  # with ids, the order changes
            assert_close_surfels(back.surfels, surfels, tolerance=1e-6)


def test_meshes_before_surfels(tmp_path: Path) -> None:
    both = make_surfel_scene(points=True, assets=True)
    for name, has_surfels in (("a.glb", False), ("a.splat.glb", True), ("a.ply", False)):
        back = load_scene(save(both, tmp_path / name))
        assert (back.surfels is not None) == has_surfels
    for name in ("b.glb", "b.ply", "b.splat.ply", "b.surfel.ply"):
        back = load_scene(save(make_surfel_scene(), tmp_path / name))
        assert back.surfels is not None
        np.testing.assert_array_equal(back.up, [0, 0, 1])
    for name in ("c.splat.ply", "c.splat.glb"):
        with pytest.raises(FormatError) as caught:
            save(make_scene(), tmp_path / name)
        assert str(caught.value) == (
            f"Cannot write {tmp_path / name}: expected a scene with surfels, got none"
        )
    empty = Scene(InstanceTable.empty(), surfels=make_surfels(0))
    with pytest.raises(FormatError, match="expected a scene with surfels, got none"):
        save(empty, tmp_path / "d.glb")


def test_foreign_file_is_turned_and_scaled_with_its_colors(path: Path) -> None:
    surfels = make_surfels(20, ids=False, scores=False, degree=2)
    half = np.sqrt(0.5)
    tree, body = foreign(path, translation=[1, 2, 3], rotation=[0, half, 0, half], scale=[2] * 3)
    write_parts(path, tree, body)
    back = load_scene(path).surfels
    assert back is not None and back.instance_id is None
    # A quarter turn about glTF's y, then from y-up to z-up.
    quarter = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    rotation = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]) @ quarter
    moved = surfels.means @ (2 * rotation).T + [1, -3, 2]
    assert np.allclose(back.means, moved, atol=1e-5)
    assert np.allclose(back.scales, 2 * surfels.scales, rtol=1e-5)
    normals = surfels.normals() @ rotation.T
    assert np.allclose(back.normals(), normals, atol=1e-5)
    # Seen along a direction that turned with them, the colors are the same.
    direction = np.array([0.36, 0.48, 0.8])
    before = np.einsum("k,nkc->nc", basis(direction), surfels.sh)
    after = np.einsum("k,nkc->nc", basis(rotation @ direction), back.sh)
    assert np.allclose(before, after, atol=1e-5)
    assert not np.allclose(before, np.einsum("k,nkc->nc", basis(direction), back.sh), atol=0.01)


def basis(direction: np.ndarray) -> np.ndarray:
    x, y, z = direction
    return np.array(
        [
            0.28209479, -0.48860251 * y, 0.48860251 * z, -0.48860251 * x,
            1.09254843 * x * y, -1.09254843 * y * z, 0.31539157 * (3 * z * z - 1),
            -1.09254843 * x * z, 0.54627422 * (x * x - y * y),
        ]
    )  # fmt: skip


def test_foreign_gaussians_with_a_volume(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tree, body = foreign(path)
    number = tree["meshes"][0]["primitives"][0]["attributes"][f"{KHR}:SCALE"]
    view = tree["bufferViews"][tree["accessors"][number]["bufferView"]]
    scales = np.tile(np.array([0.3, 0.01, 0.2], "<f4"), (20, 1)).tobytes()
    start = view["byteOffset"]
    write_parts(path, tree, body[:start] + scales + body[start + len(scales) :])
    with caplog.at_level(logging.WARNING, "scenewright.io"):
        surfels = load_scene(path).surfels
    assert surfels is not None
    assert np.allclose(surfels.scales, [0.2, 0.3])
    assert "20 Gaussians with a volume became surfels" in caplog.text


def test_foreign_file_with_meshes_too(tmp_path: Path, path: Path) -> None:
    save(make_scene(), tmp_path / "mesh.glb")
    tree, body = parts_of(tmp_path / "mesh.glb")
    extra, more = foreign(path)
    views, accessors = len(tree["bufferViews"]), len(tree["accessors"])
    for view in extra["bufferViews"]:
        view["byteOffset"] += len(body)
    for accessor in extra["accessors"]:
        accessor["bufferView"] += views
    primitive = extra["meshes"][0]["primitives"][0]
    del primitive["material"]
    primitive["attributes"] = {k: v + accessors for k, v in primitive["attributes"].items()}
    tree["bufferViews"] += extra["bufferViews"]
    tree["accessors"] += extra["accessors"]
    tree["meshes"].insert(0, extra["meshes"][0])
    for node in tree["nodes"]:
        if "mesh" in node:
            node["mesh"] += 1
    tree["scenes"] = [{"nodes": [0, len(tree["nodes"])]}]
    tree["nodes"].append({"name": "splats", "mesh": 0})
    tree["asset"]["generator"] = "Another program"
    tree["buffers"] = [{"byteLength": len(body) + len(more)}]
    write_parts(path, tree, body + more)
    scene = load_scene(path)
    assert scene.surfels is not None and len(scene.surfels) == 20
    assert len(scene.assets) == 2
