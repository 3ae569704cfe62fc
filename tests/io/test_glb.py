"""GLB: named nodes, extras, colors, upright; through the raw bytes, trimesh and ourselves."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from trimesh.visual.material import PBRMaterial

from scenewright.core import Asset, FormatError, InstanceTable, Mesh, Scene
from scenewright.io import gltf_from_world, read_glb, read_glb_mesh, write_glb, write_glb_mesh
from tests.builders import assert_same_mesh, make_cube, make_placement, make_scene, turn
from tests.io.glb_builders import mesh_of


def tree_of(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    magic, version, total, length, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, total, kind) == (b"glTF", 2, len(data), b"JSON")
    assert length % 4 == 0
    tree: dict[str, Any] = json.loads(data[20 : 20 + length])
    size, name = struct.unpack_from("<I4s", data, 20 + length)
    assert name == b"BIN\0" and size % 4 == 0 and 28 + length + size == len(data)
    assert tree["buffers"] == [{"byteLength": size}]
    return tree


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.glb"


def test_raw_tree(path: Path) -> None:
    scene = make_scene()
    write_glb(path, scene)
    tree = tree_of(path)
    names = [node["name"] for node in tree["nodes"]]
    assert names == ["scene", "007_chair", "012_café_table_round", "003_object"]
    assert tree["scenes"] == [
        {
            "nodes": [0],
            "extras": {
                "scenewright": {
                    "format": "scenewright-glb", "version": 3, "unit": "meter", "up": [0, 0, 1],
                }
            },
        }
    ]  # fmt: skip
    assert tree["nodes"][0]["children"] == [1, 2, 3]
    chair = tree["nodes"][1]
    assert chair["extras"]["instance_id"] == 7 and chair["extras"]["label"] == "chair"
    assert np.float32(chair["extras"]["score"]) == np.float32(0.1)
    # Placements stay on the nodes; vertices stay in the asset's frame.
    expected = scene.assets[7].world_from_asset
    assert np.array_equal(np.reshape(chair["matrix"], (4, 4)).T, expected)
    position = tree["accessors"][tree["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    assert position["min"] == [-0.25] * 3 and position["max"] == [0.25] * 3
    assert "mesh" not in tree["nodes"][3]
    for material in tree["materials"]:
        assert material["doubleSided"] is True
        assert material["pbrMetallicRoughness"]["metallicFactor"] == 0
    for view in tree["bufferViews"]:
        assert view["byteOffset"] % 4 == 0 and view["byteLength"] % 4 == 0
    color = tree["accessors"][tree["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"]]
    assert color["normalized"] and color["type"] == "VEC4" and color["componentType"] == 5123


def test_through_trimesh(path: Path) -> None:
    scene = make_scene()
    write_glb(path, scene)
    loaded = trimesh.load_scene(path)
    assert {"007_chair", "012_café_table_round", "003_object"} <= set(loaded.graph.nodes)
    extras = loaded.graph.transforms.edge_data[("scene", "007_chair")]["metadata"]
    assert (extras["instance_id"], extras["label"]) == (7, "chair")
    matrix, name = loaded.graph.get("007_chair")
    mesh = loaded.geometry[name]
    assert np.array_equal(mesh.faces, mesh_of(scene.assets[7]).faces)
    assert mesh.is_watertight and mesh.volume == pytest.approx(0.5**3)
    # COLOR_0 is linear light: stored display value 40 is 2.1 % of full light, not 15.7 %.
    light = mesh.visual.vertex_attributes["color"][0] / 65535
    assert light[2] == pytest.approx(((40 / 255 + 0.055) / 1.055) ** 2.4, abs=1e-5)
    world = trimesh.transform_points(mesh.vertices, matrix)
    ours = scene.assets[7].world_vertices()
    assert np.allclose(world, ours[:, [0, 2, 1]] * [1, 1, -1], atol=1e-6)


def test_z_up_world_becomes_y_up() -> None:
    matrix = gltf_from_world(np.array([0.0, 0.0, 1.0]))[:3, :3]
    assert np.array_equal(matrix @ np.eye(3), np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]))


def test_world_without_up_is_taken_for_a_level_camera() -> None:
    matrix = gltf_from_world(None)[:3, :3]
    assert np.array_equal(matrix, np.diag([1.0, -1.0, -1.0]))


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 1e-3))
def test_any_up_becomes_y(vector: tuple[float, float, float]) -> None:
    up = np.array(vector) / np.linalg.norm(vector)
    matrix = gltf_from_world(up)
    rotation = matrix[:3, :3]
    assert np.allclose(rotation @ up, [0, 1, 0], atol=1e-4)
    assert np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) > 0


@pytest.mark.parametrize("up", [None, (0, 0, 1), (0, 1, 0), (0, -1, 0), (0.6, 0, 0.8)])
def test_round_trip(path: Path, up: tuple[float, float, float] | None) -> None:
    scene = replace(make_scene(), up=None if up is None else np.array(up, np.float64))
    write_glb(path, scene)
    back = read_glb(path)
    if up is None:
        assert back.up is None
    else:
        np.testing.assert_array_equal(back.up, up)
    for name in ("id", "label", "score", "center", "size", "rotation", "num_points", "num_frames"):
        assert np.array_equal(getattr(back.instances, name), getattr(scene.instances, name)), name
    assert set(back.assets) == {7, 12}
    for key, asset in scene.assets.items():
        assert_same_mesh(mesh_of(back.assets[key]), mesh_of(asset))
        assert np.allclose(back.assets[key].world_from_asset, asset.world_from_asset, atol=1e-12)


def test_scene_without_meshes_says_what_to_do(path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        write_glb(path, make_scene(assets=False))
    assert str(caught.value) == (
        f"Cannot write {path}: expected a scene whose instances have meshes, got no mesh at all. "
        "Save the points instead, with the suffix .ply."
    )
    assert not path.exists()


def test_one_mesh(path: Path) -> None:
    mesh = make_cube()
    write_glb_mesh(path, mesh, name="mug")
    assert_same_mesh(read_glb_mesh(path), mesh)
    assert [node["name"] for node in tree_of(path)["nodes"]] == ["scene", "mug"]
    write_glb(path, make_scene())
    with pytest.raises(FormatError, match="expected one mesh, got 2"):
        read_glb_mesh(path)


def test_saved_again_by_another_program(path: Path) -> None:
    # As Blender does it: same nodes and extras, other generator, y-up root kept or baked.
    scene = make_scene()
    write_glb(path, scene)
    loaded: Any = trimesh.load_scene(path)
    path.write_bytes(loaded.export(file_type="glb"))
    assert "trimesh" in tree_of(path)["asset"]["generator"]
    back = read_glb(path)
    assert back.select("chair").id.tolist() == [7]
    expected = scene.assets[7].world_vertices()
    # Trimesh loses the extras of the scene, not those of nodes; so the world is taken for z-up.
    assert np.allclose(back.assets[7].world_vertices(), expected, atol=1e-6)


def test_file_of_another_program(path: Path) -> None:
    box = trimesh.creation.box((1.0, 2.0, 3.0))
    box.visual.vertex_colors = [10, 128, 250, 255]
    other: Any = trimesh.Scene()
    shift = np.eye(4)
    shift[:2, 3] = 5, 1
    other.add_geometry(box, node_name="tall box", transform=shift)
    path.write_bytes(other.export(file_type="glb"))
    scene = read_glb(path)
    assert scene.instances.label == ("tall box",) and scene.instances.id.tolist() == [1]
    np.testing.assert_array_equal(scene.up, [0, 0, 1])
    row = scene.instances.row(0)
    assert np.allclose(row.box.center, [5, 0, 1])
    assert np.allclose(np.abs(row.box.rotation @ row.box.size), [1, 3, 2])
    mesh = mesh_of(scene.assets[1])
    assert mesh.vertex_colors is not None
    assert mesh.vertex_colors[0].tolist() == [10, 128, 250]


def test_colors_of_another_program_are_light(path: Path) -> None:
    box = trimesh.creation.box()
    box.visual.vertex_colors = [255, 55, 0, 255]
    other: Any = trimesh.Scene(box)
    data = other.export(file_type="glb")
    # Same length, so that the container stays valid; no trimesh any more.
    path.write_bytes(data.replace(b"mikedh/trimesh", b"somebody/else2"))
    colors = mesh_of(read_glb(path).assets[1]).vertex_colors
    assert colors is not None
    assert colors[0].tolist() == [255, 128, 0]


def test_mirrored_and_stretched_nodes_are_baked(path: Path) -> None:
    other: Any = trimesh.Scene()
    other.add_geometry(trimesh.creation.box(), node_name="wide", transform=np.diag([4.0, 1, 1, 1]))
    other.add_geometry(
        trimesh.creation.box(), node_name="mirrored", transform=np.diag([-1.0, 1, 1, 1])
    )
    path.write_bytes(other.export(file_type="glb"))
    scene = read_glb(path)
    for label, volume in (("wide", 4.0), ("mirrored", 1.0)):
        asset = scene.assets[int(scene.select(label).id[0])]
        mesh = trimesh.Trimesh(asset.world_vertices(), mesh_of(asset).faces, process=True)
        assert mesh.volume == pytest.approx(volume)


def test_textures_and_base_colors_become_vertex_colors(path: Path) -> None:
    from PIL import Image

    image = Image.new("RGB", (4, 4), (200, 100, 50))
    visuals: Any = trimesh.visual
    material: Any = PBRMaterial
    plane: Any = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]], process=False)
    plane.visual = visuals.TextureVisuals(
        uv=np.full((3, 2), 0.5), material=material(baseColorTexture=image)
    )
    textured: Any = trimesh.Scene(plane)
    path.write_bytes(textured.export(file_type="glb"))
    colors = mesh_of(read_glb(path).assets[1]).vertex_colors
    assert colors is not None and colors.tolist() == [[200, 100, 50]] * 3
    plane.visual = visuals.TextureVisuals(material=material(baseColorFactor=[255, 55, 0, 255]))
    textured = trimesh.Scene(plane)
    path.write_bytes(textured.export(file_type="glb"))
    colors = mesh_of(read_glb(path).assets[1]).vertex_colors
    assert colors is not None and colors.tolist() == [[255, 128, 0]] * 3


def rewritten(path: Path, **changes: Any) -> None:
    """Changes top-level values of the JSON part."""
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    tree = {**json.loads(data[20 : 20 + length]), **changes}
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    head = struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text) + len(rest), len(text), b"JSON")
    path.write_bytes(head + text + rest)


def test_damaged_files(path: Path) -> None:
    write_glb(path, make_scene())
    good = path.read_bytes()
    for bad, words in (
        (b"", "does not start with 'glTF'"),
        (b"glTF", "does not start with 'glTF'"),
        (b"PK\x03\x04" + good[4:], "does not start with 'glTF'"),
        (good[:-20], "should have"),
        (good[:4] + struct.pack("<I", 1) + good[8:], "version 1, not 2"),
        (good[:20] + b"!" + good[21:], "JSONDecodeError"),
        (good[:12] + struct.pack("<I", 2**31) + good[16:], "its first chunk is not JSON"),
    ):
        path.write_bytes(bad)
        with pytest.raises(FormatError, match=words) as caught:
            read_glb(path)
        assert str(path) in str(caught.value)
    with pytest.raises(FormatError, match="no such path"):
        read_glb(path.with_name("absent.glb"))


def test_newer_version(path: Path) -> None:
    write_glb(path, make_scene())
    extras = {"scenewright": {"format": "scenewright-glb", "version": 9, "up": None}}
    rewritten(path, scenes=[{"nodes": [0], "extras": extras}])
    with pytest.raises(FormatError, match=r"got version 9\. Update Scenewright: in its checkout"):
        read_glb(path)


def test_hostile_files(path: Path, tmp_path: Path) -> None:
    write_glb(path, make_scene())
    good = path.read_bytes()
    accessors = tree_of(path)["accessors"]
    rewritten(path, accessors=[{**accessors[0], "count": 10**12}, *accessors[1:]])
    with pytest.raises(FormatError, match="counts more values than the file has bytes"):
        read_glb(path)
    path.write_bytes(good)
    nodes = tree_of(path)["nodes"]
    rewritten(path, nodes=[nodes[0], {**nodes[1], "children": [0]}, *nodes[2:]])
    with pytest.raises(FormatError, match="two parents"):
        read_glb(path)
    # A file that names another one must not get at it.
    (tmp_path / "secret.bin").write_bytes(bytes(10_000))
    path.write_bytes(good)
    rewritten(path, asset={"version": "2.0"}, buffers=[{"uri": "secret.bin", "byteLength": 10_000}])
    with pytest.raises(FormatError, match="cannot be read"):
        read_glb(path)


def test_real_furniture(shared_dir: Path) -> None:
    files = sorted((shared_dir / "data" / "meshes").glob("*/*.glb"))[::25]
    assert files
    for file in files:
        scene = read_glb(file)
        assert len(scene.instances) == len(scene.assets) >= 1
        assert all(mesh_of(asset).vertex_colors is not None for asset in scene.assets.values())
        heights = [asset.world_vertices()[:, 2] for asset in scene.assets.values()]
        loaded = trimesh.load_scene(file)
        assert np.isclose(np.concatenate(heights).max(), loaded.bounds[1][1], atol=1e-5)


def test_placement_with_scale_and_turn(path: Path) -> None:
    placement = make_placement(scale=2.5)
    placement[:3, :3] = 2.5 * turn(0.7, axis=0) @ turn(1.1, axis=1)
    base = make_scene()
    scene = Scene(base.instances, assets={3: Asset(make_cube(), placement)}, up=base.up)
    write_glb(path, scene)
    back = read_glb(path).assets[3]
    assert back.scale == pytest.approx(2.5)
    assert np.allclose(back.world_from_asset, placement, atol=1e-12)


def test_empty_mesh_is_a_node_without_mesh(path: Path) -> None:
    nothing = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    scene = Scene(make_scene().instances, assets={7: Asset(nothing)})
    write_glb(path, scene)
    back = read_glb(path)
    assert isinstance(back.instances, InstanceTable) and len(back.instances) == 3
    assert not back.assets
