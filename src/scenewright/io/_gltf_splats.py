"""Splats in glTF: the attributes of KHR_gaussian_splatting, written and read."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenewright.core import SurfelCloud
from scenewright.io._gaussians import FLAT, Gaussians
from scenewright.io._glb_parts import OBSERVED, UNCERTAINTY
from scenewright.io._gltf import GltfWriter
from scenewright.io._gltf_colors import linear_table
from scenewright.io._gltf_tree import walk_nodes

EXTENSION = "KHR_gaussian_splatting"
_SCORE = "_INSTANCE_SCORE"
"""Our own attribute; glTF keeps names with a leading underscore free for that."""
_OWN = (OBSERVED, UNCERTAINTY)
_COLOR_SPACE = "srgb_rec709_display"
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "i2", 5123: "u2", 5125: "u4", 5126: "f4"}
_COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_DEGREE_SIZES = (1, 3, 5, 7)


class SplatNode(NamedTuple):
    """A node that holds splats.

    Attributes:
        name: Its name.
        gltf_from_node: (4, 4) float64, all matrices above it included.
        extras: JSON values that other programs keep.
        gaussians: In the node's own frame.
        score: (N,) float32 instance scores, or None.
        attributes: (N,) float32 values per splat, those of `_OWN` that the file has.
    """

    name: str
    gltf_from_node: NDArray[np.float64]
    extras: dict[str, Any]
    gaussians: Gaussians
    score: NDArray[np.float32] | None
    attributes: dict[str, NDArray[np.float32]]


def splat_primitive(
    writer: GltfWriter,
    surfels: SurfelCloud,
    own_attributes: Mapping[str, NDArray[np.float32]] | None = None,
) -> dict[str, Any]:
    """Adds the arrays of at least one surfel to a file and returns the primitive that names them.

    `COLOR_0` holds the color without its change with the view and the opacity, for programs that
    know no splats and draw points instead.

    Args:
        writer: The file.
        surfels: One or more.
        own_attributes: (N,) values per surfel, by names that begin with an underscore.
    """
    n = len(surfels)
    light = np.zeros((n, 4), np.uint16)
    light[:, :3] = linear_table()[surfels.base_colors()]
    light[:, 3] = np.rint(surfels.opacities * np.iinfo(np.uint16).max)
    scales = np.column_stack([surfels.scales, np.full(n, FLAT, np.float32)])
    attributes = {
        "POSITION": writer.add_positions(surfels.means),
        "COLOR_0": writer.add_attribute(light, normalized=True),
        f"{EXTENSION}:ROTATION": writer.add_attribute(surfels.quats[:, [1, 2, 3, 0]]),
        f"{EXTENSION}:SCALE": writer.add_attribute(scales),
        f"{EXTENSION}:OPACITY": writer.add_attribute(surfels.opacities),
    }
    names = _harmonic_names(surfels.sh_degree)
    for i, name in enumerate(names):
        attributes[name] = writer.add_attribute(surfels.sh[:, i])
    if surfels.instance_score is not None:
        attributes[_SCORE] = writer.add_attribute(surfels.instance_score)
    for name, values in (own_attributes or {}).items():
        attributes[name] = writer.add_attribute(values)
    writer.use_extension(EXTENSION)
    return {
        "attributes": attributes,
        "mode": 0,
        "material": writer.vertex_color_material(),
        "extensions": {EXTENSION: {"kernel": "ellipse", "colorSpace": _COLOR_SPACE}},
    }


def splat_nodes(data: bytes, tree: dict[str, Any]) -> list[SplatNode]:
    """The nodes with splats of any GLB; raises ValueError if they are of a kind not read here."""
    found = []
    for node, matrix in walk_nodes(tree):
        if "mesh" not in node:
            continue
        for primitive in tree["meshes"][node["mesh"]]["primitives"]:
            if not is_splat(primitive):
                continue
            _check_kind(primitive)
            names = primitive["attributes"]
            score = None
            if _SCORE in names:
                score = _floats(data, tree, names[_SCORE], 1)[:, 0]
            extras = node.get("extras", {})
            gaussians = _gaussians(data, tree, names)
            values = {n: _floats(data, tree, names[n], 1)[:, 0] for n in _OWN if n in names}
            name = str(node.get("name", ""))
            found.append(SplatNode(name, matrix, extras, gaussians, score, values))
    return found


def is_splat(primitive: dict[str, Any]) -> bool:
    """Whether a primitive of a mesh is splats rather than triangles or plain points."""
    return EXTENSION in primitive.get("extensions", {})


def uses_splats(tree: dict[str, Any]) -> bool:
    """Whether any mesh of a file holds splats."""
    return any(is_splat(one) for mesh in tree.get("meshes", []) for one in mesh["primitives"])


def without_splats(data: bytes, tree: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """A file and its tree without the splats, for a reader that knows only meshes."""
    kept: list[dict[str, Any]] = []
    numbers: dict[int, int] = {}
    for i, mesh in enumerate(tree.get("meshes", [])):
        primitives = [one for one in mesh["primitives"] if not is_splat(one)]
        if primitives:
            numbers[i] = len(kept)
            kept.append({**mesh, "primitives": primitives})
    nodes = []
    for node in tree.get("nodes", []):
        rest = {key: value for key, value in node.items() if key != "mesh"}
        if node.get("mesh") in numbers:
            rest["mesh"] = numbers[node["mesh"]]
        nodes.append(rest)
    tree = {**tree, "meshes": kept, "nodes": nodes}
    text = json.dumps(tree, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    body = data[20 + struct.unpack_from("<I", data, 12)[0] :]
    head = struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text) + len(body), len(text), b"JSON")
    return head + text + body, tree


def _harmonic_names(degree: int) -> list[str]:
    return [
        f"{EXTENSION}:SH_DEGREE_{level}_COEF_{i}"
        for level in range(degree + 1)
        for i in range(_DEGREE_SIZES[level])
    ]


def _check_kind(primitive: dict[str, Any]) -> None:
    kind = primitive["extensions"][EXTENSION]
    if "extensions" in kind:
        words = ", ".join(kind["extensions"])
        raise ValueError(f"its splats are packed by {words}, which this release does not read")
    if kind.get("kernel") != "ellipse":
        raise ValueError(f"its splats have the kernel {kind.get('kernel')!r}, not 'ellipse'")
    if kind.get("colorSpace") != _COLOR_SPACE:
        got = kind.get("colorSpace")
        raise ValueError(f"the colors of its splats are {got!r}, not {_COLOR_SPACE!r}")


def _gaussians(data: bytes, tree: dict[str, Any], names: dict[str, int]) -> Gaussians:
    degree = max(level for level in range(4) if level == 0 or _has_degree(names, level))
    wanted = ["ROTATION", "SCALE", "OPACITY"]
    missing = [n for n in wanted if f"{EXTENSION}:{n}" not in names]
    missing += [n for n in _harmonic_names(degree) if n not in names]
    if missing:
        raise ValueError(f"its splats lack {', '.join(missing)}")
    rotation = _floats(data, tree, names[f"{EXTENSION}:ROTATION"], 4)
    harmonics = [_floats(data, tree, names[n], 3) for n in _harmonic_names(degree)]
    return Gaussians(
        _floats(data, tree, names["POSITION"], 3),
        rotation[:, [3, 0, 1, 2]],
        _floats(data, tree, names[f"{EXTENSION}:SCALE"], 3),
        _floats(data, tree, names[f"{EXTENSION}:OPACITY"], 1)[:, 0],
        np.stack(harmonics, axis=1),
    )


def _has_degree(names: dict[str, int], level: int) -> bool:
    return any(name.startswith(f"{EXTENSION}:SH_DEGREE_{level}_") for name in names)


def _floats(data: bytes, tree: dict[str, Any], number: int, columns: int) -> NDArray[np.float32]:
    """(N, columns) float32 of an accessor, normalized integers turned into shares."""
    accessor = tree["accessors"][number]
    if "sparse" in accessor or _COLUMNS.get(accessor["type"]) != columns:
        raise ValueError(f"its accessor {number} is sparse or has no {columns} columns")
    kind = np.dtype(f"<{_COMPONENTS[accessor['componentType']]}")
    count = accessor["count"]
    if "bufferView" not in accessor:
        return np.zeros((count, columns), np.float32)
    view = tree["bufferViews"][accessor["bufferView"]]
    if view["buffer"] or "uri" in tree["buffers"][0]:
        raise ValueError("it refers to another file")
    row = columns * kind.itemsize
    stride = view.get("byteStride", row)
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    body = memoryview(data)[28 + struct.unpack_from("<I", data, 12)[0] :]
    if min(start, count, stride - row) < 0 or (
        count and start + (count - 1) * stride + row > len(body)
    ):
        raise ValueError(f"its accessor {number} reaches beyond the file")
    table = np.ndarray((count, columns), kind, body, start, (stride, kind.itemsize))
    values = table.astype(np.float32)
    if accessor.get("normalized"):
        values = np.maximum(values / np.float32(np.iinfo(kind).max), np.float32(-1))
    return values
