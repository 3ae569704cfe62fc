"""The parts of glTF 2.0 that we write: nodes, meshes of triangles or points, plain materials."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import FormatError, Mesh

_MAGIC, _JSON, _BIN = b"glTF", b"JSON", b"BIN\0"
_FLOAT, _UNSIGNED_SHORT, _UNSIGNED_INT = 5126, 5123, 5125
_VERTICES, _INDICES = 34962, 34963
_POINTS, _TRIANGLES = 0, 4
_LARGEST = 2**32 - 1
_FULL = 65535

PLAIN = "plain"
"""Name of the material of a mesh without colors."""

GENERATOR = f"Scenewright {__version__}"


class GltfNode(NamedTuple):
    """A node as it is read.

    Attributes:
        name: Its name.
        gltf_from_node: (4, 4) float64, all matrices above it included.
        mesh: In the node's own frame, or None.
        extras: JSON values that other programs keep.
    """

    name: str
    gltf_from_node: NDArray[np.float64]
    mesh: Mesh | None
    extras: dict[str, Any]


class GltfWriter:
    """Collects nodes and meshes and packs them into one binary file."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": GENERATOR},
            "scene": 0,
            "scenes": [{"nodes": []}],
            "nodes": [],
        }
        self._chunks: list[bytes] = []
        self._size = 0
        self._materials: dict[str, int] = {}

    def add_node(
        self,
        name: str,
        *,
        parent: int | None = None,
        matrix: NDArray[np.float64] | None = None,
        mesh: Mesh | None = None,
        primitive: dict[str, Any] | None = None,
        extras: dict[str, Any] | None = None,
    ) -> int:
        """Adds a node and returns its number.

        Args:
            name: Shown by other programs.
            parent: Number of the node above; None puts it at the top.
            matrix: (4, 4) parent_from_node, or None for the identity.
            mesh: Written as it is; a mesh without vertices gives a node without mesh.
            primitive: What to draw instead of a mesh, its arrays added before.
            extras: JSON values for other programs to keep.
        """
        nodes = self._tree["nodes"]
        node: dict[str, Any] = {"name": name}
        if matrix is not None:
            node["matrix"] = matrix.T.ravel().tolist()
        if mesh is not None and len(mesh.vertices):
            primitive = self._triangles(mesh)
        if primitive is not None:
            meshes = self._tree.setdefault("meshes", [])
            node["mesh"] = len(meshes)
            meshes.append({"name": name, "primitives": [primitive]})
        if extras:
            node["extras"] = extras
        above = self._tree["scenes"][0]["nodes"]
        if parent is not None:
            above = nodes[parent].setdefault("children", [])
        above.append(len(nodes))
        nodes.append(node)
        return len(nodes) - 1

    def set_scene_extras(self, extras: dict[str, Any]) -> None:
        """Keeps JSON values with the scene as a whole."""
        self._tree["scenes"][0]["extras"] = extras

    def to_bytes(self) -> bytes:
        """The GLB file."""
        tree = dict(self._tree)
        if self._size:
            tree["buffers"] = [{"byteLength": self._size}]
        text = json.dumps(tree, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        parts = [struct.pack("<I", len(text)), _JSON, text]
        if self._size:
            parts += [struct.pack("<I", self._size), _BIN, *self._chunks]
        total = 12 + sum(map(len, parts))
        if total > _LARGEST:
            raise FormatError(
                "GLB", expected="less than 4 GiB, the limit of the format", got=f"{total} bytes"
            )
        # Joined once: with splats it may be gigabytes.
        return b"".join([_MAGIC, struct.pack("<II", 2, total), *parts])

    def add_positions(self, positions: NDArray[np.float32]) -> int:
        """Adds (N, 3) places, at least one, and returns the number of their accessor."""
        number = self.add_attribute(positions)
        accessor = self._tree["accessors"][number]
        accessor["min"] = positions.min(axis=0).tolist()
        accessor["max"] = positions.max(axis=0).tolist()
        return number

    def add_attribute(
        self,
        values: NDArray[np.float32] | NDArray[np.uint16],
        *,
        normalized: bool = False,
    ) -> int:
        """Adds (N,) or (N, K) values, one row per vertex, and returns the number of the accessor.

        Rows must be of a multiple of 4 bytes.
        """
        kind = "SCALAR" if values.ndim == 1 else f"VEC{values.shape[1]}"
        component = _FLOAT if values.dtype.kind == "f" else _UNSIGNED_SHORT
        number = self._add_array(values, kind, component, _VERTICES)
        if normalized:
            self._tree["accessors"][number]["normalized"] = True
        return number

    def use_extension(self, name: str) -> None:
        """Names an extension that a reader may do without."""
        used = self._tree.setdefault("extensionsUsed", [])
        if name not in used:
            used.append(name)

    def vertex_color_material(self) -> int:
        """The number of the material of things that have a color per vertex."""
        return self._material(True)

    def _triangles(self, mesh: Mesh) -> dict[str, Any]:
        attributes = {"POSITION": self.add_positions(mesh.vertices)}
        if mesh.vertex_colors is not None:
            colors = np.full((len(mesh.vertices), 4), _FULL, np.uint16)
            colors[:, :3] = linear_table()[mesh.vertex_colors]
            attributes["COLOR_0"] = self.add_attribute(colors, normalized=True)
        primitive: dict[str, Any] = {
            "attributes": attributes,
            "mode": _POINTS,
            "material": self._material(mesh.vertex_colors is not None),
        }
        if len(mesh.faces):
            flat = mesh.faces.astype(np.uint32).ravel()
            primitive["indices"] = self._add_array(flat, "SCALAR", _UNSIGNED_INT, _INDICES)
            primitive["mode"] = _TRIANGLES
        return primitive

    def _add_array(self, array: NDArray[Any], kind: str, component: int, target: int) -> int:
        # Every array that is written has rows of a multiple of 4 bytes, as the format demands.
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        views = self._tree.setdefault("bufferViews", [])
        views.append(
            {"buffer": 0, "byteOffset": self._size, "byteLength": len(data), "target": target}
        )
        accessors = self._tree.setdefault("accessors", [])
        accessors.append(
            {
                "bufferView": len(views) - 1,
                "componentType": component,
                "count": len(array),
                "type": kind,
            }
        )
        self._chunks.append(data)
        self._size += len(data)
        return len(accessors) - 1

    def _material(self, colored: bool) -> int:
        name = "vertex_color" if colored else PLAIN
        if name not in self._materials:
            level = 1.0 if colored else 0.6
            materials = self._tree.setdefault("materials", [])
            self._materials[name] = len(materials)
            materials.append(
                {
                    "name": name,
                    "pbrMetallicRoughness": {
                        "baseColorFactor": [level, level, level, 1.0],
                        # The format's own default is bare metal, which looks black indoors.
                        "metallicFactor": 0.0,
                        "roughnessFactor": 1.0,
                    },
                    # Scanned surfaces are open; seen from behind they should not vanish.
                    "doubleSided": True,
                }
            )
        return self._materials[name]


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
        mesh = None
        if "mesh" in node:
            primitive = tree["meshes"][node["mesh"]]["primitives"][0]
            if "extensions" not in primitive:
                mesh = _own_mesh(data, tree, primitive)
        yield GltfNode(node["name"], matrix, mesh, node.get("extras", {}))


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
        light = _array(data, tree, attributes["COLOR_0"], "<u2", 4)[:, :3] / _FULL
        colors = np.rint(srgb_from_linear(light) * 255).astype(np.uint8)
    return Mesh(vertices.astype(np.float32), faces, colors)


def _array(
    data: bytes, tree: dict[str, Any], number: int, dtype: str, columns: int
) -> NDArray[Any]:
    accessor = tree["accessors"][number]
    view = tree["bufferViews"][accessor["bufferView"]]
    binary = 20 + int.from_bytes(data[12:16], "little") + 8
    start, count = binary + view["byteOffset"], accessor["count"] * columns
    if start < binary or data[binary - 4 : binary] != _BIN:
        raise ValueError("its second part is no binary data")
    return np.frombuffer(data, dtype, count, start).reshape(-1, columns)


def linear_from_srgb(colors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Display values in [0, 1] to amounts of light in [0, 1] (IEC 61966-2-1)."""
    values = np.asarray(colors, np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(light: NDArray[np.floating]) -> NDArray[np.float64]:
    """The inverse of `linear_from_srgb`; values outside [0, 1] are clipped."""
    values = np.clip(np.asarray(light, np.float64), 0.0, 1.0)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


def linear_table() -> NDArray[np.uint16]:
    """(256,) amounts of light, 65535 = all, of the 256 display values."""
    # 16 bits hold all 256 display values apart; in 8 bits the dark ones would fall together.
    table: NDArray[np.uint16] = np.rint(
        linear_from_srgb(np.arange(256, dtype=np.float64) / 255) * _FULL
    ).astype(np.uint16)
    return table
