"""glTF as it is read: the JSON part, nodes and their placements, the meshes of our own files."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from scenewright.io._gltf_colors import FULL, srgb_from_linear
from scenewright.io._gltf_textures import decoded_texture

_MAGIC, _JSON, _BIN = b"glTF", b"JSON", b"BIN\0"


class GltfNode(NamedTuple):
    """A node as it is read.

    Attributes:
        name: Its name.
        gltf_from_node: (4, 4) float64, all matrices above it included.
        mesh: In the node's own frame, or None.
        extras: JSON values that other programs keep.
        attributes: (V,) float32 values per vertex under our own names, see `GltfWriter.add_node`.
    """

    name: str
    gltf_from_node: NDArray[np.float64]
    mesh: Mesh | None
    extras: dict[str, Any]
    attributes: dict[str, NDArray[np.float32]]


def parse_glb_tree(data: bytes) -> dict[str, Any]:
    """The JSON part of a GLB; raises ValueError with the reason if the container is damaged."""
    if data[:4] != _MAGIC or len(data) < 20:
        raise ValueError("it does not start with 'glTF'")
    version, total = struct.unpack_from("<II", data, 4)
    if version != 2:
        raise ValueError(f"it is glTF version {version}, not 2")
    if total > len(data):
        raise ValueError(f"it should have {total} bytes and has {len(data)}")
    length = struct.unpack_from("<I", data, 12)[0]
    if data[16:20] != _JSON or 20 + length > len(data):
        raise ValueError("its first part is no JSON")
    tree = json.loads(data[20 : 20 + length])
    if not isinstance(tree, dict):
        raise ValueError("its JSON is no object")
    for accessor in tree.get("accessors", []):
        # An accessor may have no bytes of its own and stand for zeros; its count is bounded so
        # that a tiny file cannot ask for all memory.
        if not 0 <= accessor["count"] <= len(data):
            raise ValueError("an accessor counts more values than the file has bytes")
    return tree


def is_own(tree: dict[str, Any]) -> bool:
    """Whether a `GltfWriter` made the file, so that `own_nodes` can read it."""
    return str(tree.get("asset", {}).get("generator", "")).startswith("Scenewright ")


def own_nodes(data: bytes, tree: dict[str, Any]) -> Iterator[GltfNode]:
    """Yields the nodes of a file that `GltfWriter` made, every value exactly as it was given.

    What is no mesh of triangles or plain points is left out.
    """
    for node, matrix in walk_nodes(tree):
        mesh, attributes = None, {}
        if "mesh" in node:
            primitive = tree["meshes"][node["mesh"]]["primitives"][0]
            if "extensions" not in primitive:
                mesh = _own_mesh(data, tree, primitive)
                attributes = {
                    name: _array(data, tree, number, "<f4", 1)[:, 0].astype(np.float32)
                    for name, number in primitive["attributes"].items()
                    if name.startswith("_")
                }
        yield GltfNode(node["name"], matrix, mesh, node.get("extras", {}), attributes)


def walk_nodes(tree: dict[str, Any]) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
    """Yields each node of the shown scene and its (4, 4) gltf_from_node, parents first."""
    nodes, seen = tree.get("nodes", []), set()
    scenes = tree.get("scenes") or [{}]
    roots = scenes[tree.get("scene", 0)].get("nodes", [])
    waiting = [(number, np.eye(4)) for number in reversed(roots)]
    while waiting:
        number, gltf_from_parent = waiting.pop()
        if number in seen:
            raise ValueError("a node has two parents")
        seen.add(number)
        node = nodes[number]
        matrix = gltf_from_parent @ _parent_from_node(node)
        yield node, matrix
        waiting += [(child, matrix) for child in reversed(node.get("children", []))]


def _parent_from_node(node: dict[str, Any]) -> NDArray[np.float64]:
    """(4, 4) from the node's matrix, or from its translation, rotation and scale."""
    matrix = np.eye(4)
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = map(float, node.get("rotation", (0, 0, 0, 1)))
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix[:3, :3] = np.eye(3) + 2 * w * skew + 2 * skew @ skew
    matrix[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), np.float64)
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def _own_mesh(data: bytes, tree: dict[str, Any], primitive: dict[str, Any]) -> Mesh:
    attributes = primitive["attributes"]
    vertices = _array(data, tree, attributes["POSITION"], "<f4", 3)
    faces = np.zeros((0, 3), np.int32)
    if "indices" in primitive:
        flat = _array(data, tree, primitive["indices"], "<u4", 1)
        faces = flat.reshape(-1, 3).astype(np.int64)
    colors = None
    if "COLOR_0" in attributes:
        light = _array(data, tree, attributes["COLOR_0"], "<u2", 4)[:, :3] / FULL
        colors = np.rint(srgb_from_linear(light) * 255).astype(np.uint8)
    uv, texture = None, None
    if "TEXCOORD_0" in attributes:
        uv = _array(data, tree, attributes["TEXCOORD_0"], "<f4", 2).astype(np.float32)
        texture = _own_texture(data, tree, primitive)
    return Mesh(vertices.astype(np.float32), faces, colors, uv, texture)


def _own_texture(data: bytes, tree: dict[str, Any], primitive: dict[str, Any]) -> NDArray[np.uint8]:
    material = tree["materials"][primitive["material"]]["pbrMetallicRoughness"]
    source = tree["textures"][material["baseColorTexture"]["index"]]["source"]
    view = tree["bufferViews"][tree["images"][source]["bufferView"]]
    start = _binary_start(data) + view["byteOffset"]
    stop = start + view["byteLength"]
    if not _binary_start(data) <= start <= stop <= len(data):
        raise ValueError("a texture reaches beyond the file")
    return decoded_texture(data[start:stop])


def _array(
    data: bytes, tree: dict[str, Any], number: int, dtype: str, columns: int
) -> NDArray[Any]:
    accessor = tree["accessors"][number]
    view = tree["bufferViews"][accessor["bufferView"]]
    binary = _binary_start(data)
    start, count = binary + view["byteOffset"], accessor["count"] * columns
    if start < binary:
        raise ValueError("an array begins before the binary data")
    return np.frombuffer(data, dtype, count, start).reshape(-1, columns)


def _binary_start(data: bytes) -> int:
    """Where the bytes of the second part begin."""
    start = 20 + int.from_bytes(data[12:16], "little") + 8
    if data[start - 4 : start] != _BIN:
        raise ValueError("its second part is no binary data")
    return start
