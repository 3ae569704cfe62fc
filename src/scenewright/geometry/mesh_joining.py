"""Several meshes of one frame as one mesh; their textures go into one image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core.errors import ConventionError
from scenewright.core.mesh import Mesh

LARGEST_SIDE = 8192
"""Longest side of a joined texture, pixels; graphics cards take no larger ones everywhere."""
_GRAY = 128


def joined_meshes(meshes: Sequence[Mesh]) -> Mesh:
    """All vertices and faces of several meshes of one frame, in order.

    Textures are stacked into one image, each with its edge texels repeated around it, if every mesh
    has one with coordinates in [0, 1]; no texel changes. Otherwise (some meshes have vertex colors,
    a texture repeats, or the image would be larger than `LARGEST_SIDE`) all get vertex colors,
    those of a textured mesh from the texels at its vertices, those of a plain mesh gray.

    Raises:
        ConventionError: There are no meshes.
    """
    if not meshes:
        raise ConventionError("joined meshes", expected="one or more meshes", got="none")
    if len(meshes) == 1:
        return meshes[0]
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    faces = np.concatenate([m.faces + start for m, start in zip(meshes, starts, strict=True)])
    faces = faces.astype(np.int32)
    stacked = _stacked_textures(meshes)
    if stacked is not None:
        return Mesh(vertices, faces, uv=stacked[0], texture=stacked[1])
    return Mesh(vertices, faces, _joined_colors(meshes))


def _stacked_textures(
    meshes: Sequence[Mesh],
) -> tuple[NDArray[np.float32], NDArray[np.uint8]] | None:
    """(V, 2) coordinates in one image of all textures, or None if there can be none."""
    pairs = [(m.uv, m.texture) for m in meshes if m.uv is not None and m.texture is not None]
    if len(pairs) != len(meshes):
        return None
    if any(uv.size and (uv.min() < 0 or uv.max() > 1) for uv, _ in pairs):
        return None
    first = pairs[0][1]
    if all(texture is first or np.array_equal(texture, first) for _, texture in pairs):
        return np.concatenate([uv for uv, _ in pairs]), first
    height = sum(texture.shape[0] + 2 for _, texture in pairs)
    width = max(texture.shape[1] for _, texture in pairs) + 2
    if max(height, width) > LARGEST_SIDE:
        return None
    image = np.zeros((height, width, max(texture.shape[2] for _, texture in pairs)), np.uint8)
    image[..., 3:] = 255
    moved, top = [], 0
    for uv, texture in pairs:
        rows, columns, channels = texture.shape
        framed = np.pad(texture, ((1, 1), (1, 1), (0, 0)), mode="edge")
        image[top : top + rows + 2, : columns + 2, :channels] = framed
        pixels = uv.astype(np.float64) * (columns, rows) + (1, top + 1)
        moved.append((pixels / (width, height)).astype(np.float32))
        top += rows + 2
    return np.concatenate(moved), image


def _joined_colors(meshes: Sequence[Mesh]) -> NDArray[np.uint8] | None:
    colors = [mesh.colors_at_vertices() for mesh in meshes]
    if all(one is None for one in colors):
        return None
    filled = [
        np.full((len(mesh.vertices), 3), _GRAY, np.uint8) if one is None else one
        for mesh, one in zip(meshes, colors, strict=True)
    ]
    return np.concatenate(filled)
