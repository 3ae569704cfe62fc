"""What is written as glTF: materials, textures, attributes."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import FormatError, Mesh
from scenewright.io import _gltf_textures, read_glb_mesh, write_glb_mesh
from scenewright.io._gltf import GltfWriter
from scenewright.io.glb import read_glb_vertices
from tests.builders import assert_same_mesh, make_cube, make_textured_quad


def tree_of(data: bytes) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    return tree


@pytest.mark.parametrize("channels", [3, 4])
def test_textures_come_back(tmp_path: Path, channels: int) -> None:
    mesh = make_textured_quad(channels=channels)
    write_glb_mesh(tmp_path / "a.glb", mesh)
    assert_same_mesh(read_glb_mesh(tmp_path / "a.glb"), mesh)


def test_what_could_not_be_read_again_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_gltf_textures, "LARGEST_TEXTURE", 20)
    with pytest.raises(FormatError) as caught:
        write_glb_mesh(tmp_path / "a.glb", make_textured_quad())
    assert str(caught.value) == "texture: expected at most 20 pixels, got 6 x 4"
    assert list(tmp_path.iterdir()) == []


def test_materials_are_shared_but_for_textures() -> None:
    clear = make_textured_quad(channels=4)
    assert clear.texture is not None and np.ptp(clear.texture[..., 3]) > 0
    opaque = replace(clear, texture=clear.texture | np.array([0, 0, 0, 255], np.uint8))
    writer = GltfWriter()
    meshes = (make_cube(), clear, make_cube(), opaque, make_cube(colors=False))
    for number, mesh in enumerate(meshes):
        writer.add_node(f"node {number}", mesh=mesh)
    data = writer.to_bytes()
    tree = tree_of(data)
    assert [one["name"] for one in tree["materials"]] == [
        "vertex_color", "texture_0", "texture_1", "plain"
    ]  # fmt: skip
    used = [mesh["primitives"][0]["material"] for mesh in tree["meshes"]]
    assert used == [0, 1, 0, 2, 3]
    assert tree["materials"][1]["alphaMode"] == "BLEND" and "alphaMode" not in tree["materials"][2]
    assert [image["mimeType"] for image in tree["images"]] == ["image/png"] * 2
    assert all(one["doubleSided"] is True for one in tree["materials"])
    assert all(view["byteOffset"] % 4 == 0 for view in tree["bufferViews"])
    ends = [view["byteOffset"] + view["byteLength"] for view in tree["bufferViews"]]
    assert max(ends) <= tree["buffers"][0]["byteLength"] and len(data) % 4 == 0
    assert all("target" not in tree["bufferViews"][one["bufferView"]] for one in tree["images"])


def test_attributes_of_our_own_come_back(tmp_path: Path) -> None:
    mesh = make_cube()
    values = np.linspace(0, 1, 8, dtype=np.float32)
    write_glb_mesh(tmp_path / "a.glb", mesh, attributes={"_OBSERVED": values})
    back, attributes = read_glb_vertices(tmp_path / "a.glb")
    assert_same_mesh(back, mesh)
    assert list(attributes) == ["_OBSERVED"] and np.array_equal(attributes["_OBSERVED"], values)


def test_points_may_have_a_texture(tmp_path: Path) -> None:
    quad = make_textured_quad()
    loose = Mesh(quad.vertices, np.zeros((0, 3), np.int32), uv=quad.uv, texture=quad.texture)
    write_glb_mesh(tmp_path / "a.glb", loose)
    assert_same_mesh(read_glb_mesh(tmp_path / "a.glb"), loose)
