"""The parts of glTF 2.0 that we write: nodes, meshes of triangles or points, materials."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright._version import __version__
from scenewright.core import FormatError, Mesh
from scenewright.io._gltf_colors import FULL, linear_table
from scenewright.io._gltf_textures import encoded_texture

_MAGIC, _JSON, _BIN = b"glTF", b"JSON", b"BIN\0"
_FLOAT, _UNSIGNED_SHORT, _UNSIGNED_INT = 5126, 5123, 5125
_VERTICES, _INDICES = 34962, 34963
_POINTS, _TRIANGLES = 0, 4
_LARGEST = 2**32 - 1

PLAIN = "plain"
"""Name of the material of a mesh without colors."""

GENERATOR = f"Scenewright {__version__}"


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
        attributes: Mapping[str, NDArray[np.float32]] | None = None,
        primitive: dict[str, Any] | None = None,
        extras: dict[str, Any] | None = None,
    ) -> int:
        """Adds a node and returns its number.

        Args:
            name: Shown by other programs.
            parent: Number of the node above; None puts it at the top.
            matrix: (4, 4) parent_from_node, or None for the identity.
            mesh: Written as it is; a mesh without vertices gives a node without mesh.
            attributes: (V,) values per vertex of the mesh, by names that begin with an underscore,
                which glTF keeps free for programs' own use.
            primitive: What to draw instead of a mesh, its arrays added before.
            extras: JSON values for other programs to keep.
        """
        nodes = self._tree["nodes"]
        node: dict[str, Any] = {"name": name}
        if matrix is not None:
            node["matrix"] = matrix.T.ravel().tolist()
        if mesh is not None and len(mesh.vertices):
            primitive = self._triangles(mesh)
            for name_of_values, values in (attributes or {}).items():
                primitive["attributes"][name_of_values] = self.add_attribute(values)
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
        return self._material("vertex_color", {"baseColorFactor": [1.0, 1.0, 1.0, 1.0]})

    def _triangles(self, mesh: Mesh) -> dict[str, Any]:
        attributes = {"POSITION": self.add_positions(mesh.vertices)}
        if mesh.vertex_colors is not None:
            colors = np.full((len(mesh.vertices), 4), FULL, np.uint16)
            colors[:, :3] = linear_table()[mesh.vertex_colors]
            attributes["COLOR_0"] = self.add_attribute(colors, normalized=True)
        if mesh.uv is not None:
            attributes["TEXCOORD_0"] = self.add_attribute(mesh.uv)
        primitive: dict[str, Any] = {
            "attributes": attributes,
            "mode": _POINTS,
            "material": self._material_of(mesh),
        }
        if len(mesh.faces):
            flat = mesh.faces.astype(np.uint32).ravel()
            primitive["indices"] = self._add_array(flat, "SCALAR", _UNSIGNED_INT, _INDICES)
            primitive["mode"] = _TRIANGLES
        return primitive

    def _material_of(self, mesh: Mesh) -> int:
        if mesh.texture is not None:
            return self._textured(mesh.texture)
        if mesh.vertex_colors is not None:
            return self.vertex_color_material()
        return self._material(PLAIN, {"baseColorFactor": [0.6, 0.6, 0.6, 1.0]})

    def _textured(self, texture: NDArray[np.uint8]) -> int:
        """The number of a material of its own for a texture."""
        images = self._tree.setdefault("images", [])
        view = self._add_bytes(encoded_texture(texture))
        images.append({"bufferView": view, "mimeType": "image/png"})
        self._tree.setdefault("samplers", [{}])
        textures = self._tree.setdefault("textures", [])
        textures.append({"source": len(images) - 1, "sampler": 0})
        color = {"baseColorTexture": {"index": len(textures) - 1}}
        number = self._material(f"texture_{len(textures) - 1}", color)
        if texture.shape[2] == 4 and texture[..., 3].min() < 255:
            self._tree["materials"][number]["alphaMode"] = "BLEND"
        return number

    def _add_array(self, array: NDArray[Any], kind: str, component: int, target: int) -> int:
        # Every array that is written has rows of a multiple of 4 bytes, as the format demands.
        data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        view = self._add_bytes(data)
        self._tree["bufferViews"][view]["target"] = target
        accessors = self._tree.setdefault("accessors", [])
        accessors.append(
            {
                "bufferView": view,
                "componentType": component,
                "count": len(array),
                "type": kind,
            }
        )
        return len(accessors) - 1

    def _add_bytes(self, data: bytes) -> int:
        """Adds bytes, padded to a multiple of 4, and returns the number of their view."""
        views = self._tree.setdefault("bufferViews", [])
        views.append({"buffer": 0, "byteOffset": self._size, "byteLength": len(data)})
        padded = data + bytes(-len(data) % 4)
        self._chunks.append(padded)
        self._size += len(padded)
        return len(views) - 1

    def _material(self, name: str, color: dict[str, Any]) -> int:
        if name not in self._materials:
            materials = self._tree.setdefault("materials", [])
            self._materials[name] = len(materials)
            materials.append(
                {
                    "name": name,
                    "pbrMetallicRoughness": {
                        **color,
                        # The format's own default is bare metal, which looks black indoors.
                        "metallicFactor": 0.0,
                        "roughnessFactor": 1.0,
                    },
                    # Scanned surfaces are open; seen from behind they should not vanish.
                    "doubleSided": True,
                }
            )
        return self._materials[name]
