"""GLB files of other programs, read through trimesh."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from scenewright.io._gltf import PLAIN
from scenewright.io._gltf_colors import linear_from_srgb, srgb_from_linear
from scenewright.io._gltf_tree import GltfNode


def foreign_nodes(data: bytes, tree: dict[str, Any]) -> Iterator[GltfNode]:
    """Yields the nodes of any GLB; textures and base colors become vertex colors.

    Args:
        data: The file.
        tree: Its JSON part.
    """
    # Loading takes half a second, which nobody should pay who only writes.
    import trimesh

    # Given a stream instead of a path, trimesh cannot open files that this one refers to.
    loaded = trimesh.load_scene(io.BytesIO(data), file_type="glb", process=False)
    # Trimesh writes display values where the format wants linear light; so do the many research
    # programs that export through it.
    srgb = "trimesh" in str(tree.get("asset", {}).get("generator", ""))
    meshes = {name: _mesh(one, srgb=srgb) for name, one in loaded.geometry.items()}
    for (_, name), edge in loaded.graph.transforms.edge_data.items():
        matrix, geometry = loaded.graph.get(name)
        mesh = None if geometry is None else meshes[geometry]
        yield GltfNode(str(name), matrix, mesh, edge.get("metadata") or {}, {})


def _mesh(geometry: Any, *, srgb: bool) -> Mesh:
    vertices = np.asarray(geometry.vertices, np.float32)
    faces = np.asarray(getattr(geometry, "faces", np.zeros((0, 3))), np.int32).reshape(-1, 3)
    return Mesh(vertices, faces, _vertex_colors(geometry, srgb=srgb))


def _vertex_colors(geometry: Any, *, srgb: bool) -> NDArray[np.uint8] | None:
    """(V, 3) display colors from COLOR_0, the texture, or the material's base color."""
    visual = geometry.visual
    light = getattr(visual, "vertex_attributes", {}).get("color")
    if light is None and visual.kind == "vertex":
        light = visual.vertex_colors
    if light is not None:
        light = np.asarray(light)[:, :3]
        if light.dtype.kind == "u":
            light = light / np.iinfo(light.dtype).max
        colors = light if srgb else srgb_from_linear(light)
        return np.rint(np.clip(colors, 0, 1) * 255).astype(np.uint8)
    if visual.kind != "texture":
        return None
    material = visual.material
    factor = getattr(material, "baseColorFactor", None)
    base = np.ones(3) if factor is None else np.asarray(factor)[:3]
    if base.dtype == np.uint8:
        base = base / 255
    if getattr(material, "baseColorTexture", None) is None or visual.uv is None:
        if material.name == PLAIN:
            # Ours, edited and saved by another program: there never were colors.
            return None
        color = np.rint(srgb_from_linear(base) * 255).astype(np.uint8)
        return np.tile(color, (len(geometry.vertices), 1))
    texels = np.asarray(visual.to_color().vertex_colors, np.float64)[:, :3] / 255
    tinted = srgb_from_linear(linear_from_srgb(texels) * base)
    return np.rint(tinted * 255).astype(np.uint8)
