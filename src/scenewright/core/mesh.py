"""Triangle meshes with a color per vertex or a texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite
from scenewright.core.errors import ConventionError, ShapeError


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh, front faces counter-clockwise seen from outside.

    It has a color per vertex, or a texture with coordinates, or neither. Texture coordinates follow
    glTF: (0, 0) is the top-left corner of the image, u runs right, v runs down, so the center of
    texel (row r, column c) lies at ((c + 0.5) / W, (r + 0.5) / H). Outside [0, 1] the image
    repeats. Where the texture has a seam, a vertex is stored once per side.

    Attributes:
        vertices: (V, 3) float32, metres.
        faces: (F, 3) int32 indices into `vertices`.
        vertex_colors: (V, 3) uint8 RGB, or None.
        uv: (V, 2) float32 texture coordinates; given if and only if `texture` is.
        texture: (H, W, 3) uint8 RGB or (H, W, 4) uint8 RGBA, or None.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    vertex_colors: NDArray[np.uint8] | None = None
    uv: NDArray[np.float32] | None = None
    texture: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        vertices = as_array("Mesh.vertices", self.vertices, shape=(None, 3), dtype=np.float32)
        check_finite("Mesh.vertices", vertices)
        faces = as_array("Mesh.faces", self.faces, shape=(None, 3), dtype=np.int32)
        if faces.size and (faces.min() < 0 or faces.max() >= len(vertices)):
            raise ConventionError(
                "Mesh.faces",
                expected=f"indices from 0 to {len(vertices) - 1}",
                got=f"{faces.min()} to {faces.max()}",
            )
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)
        if self.vertex_colors is not None:
            shape = (len(vertices), 3)
            colors = as_array("Mesh.vertex_colors", self.vertex_colors, shape=shape, dtype=np.uint8)
            object.__setattr__(self, "vertex_colors", colors)
        self._check_texture()

    def _check_texture(self) -> None:
        if (self.uv is None) != (self.texture is None):
            given = "only a texture" if self.uv is None else "only texture coordinates"
            raise ConventionError("Mesh", expected="uv and texture, or neither", got=given)
        if self.uv is None or self.texture is None:
            return
        if self.vertex_colors is not None:
            raise ConventionError("Mesh", expected="vertex colors or a texture", got="both")
        shape = (len(self.vertices), 2)
        uv = as_array("Mesh.uv", self.uv, shape=shape, dtype=np.float32)
        check_finite("Mesh.uv", uv)
        texture = as_array("Mesh.texture", self.texture, shape=(None, None, None), dtype=np.uint8)
        if texture.shape[2] not in (3, 4) or not texture.size:
            expected = "shape (H, W, 3) or (H, W, 4), H and W at least 1"
            raise ShapeError("Mesh.texture", expected=expected, got=f"{texture.shape}")
        object.__setattr__(self, "uv", uv)
        object.__setattr__(self, "texture", texture)

    def colors_at_vertices(self) -> NDArray[np.uint8] | None:
        """(V, 3) uint8 RGB: the vertex colors, or the texel that each vertex lies in, or None."""
        if self.uv is None or self.texture is None:
            return self.vertex_colors
        height, width = self.texture.shape[:2]
        # The right and lower edge of the image, u = 1 and v = 1, belong to its last texel.
        inside = np.where(self.uv == 1, np.nextafter(np.float32(1), np.float32(0)), self.uv % 1)
        column = np.minimum((inside[:, 0] * width).astype(np.int64), width - 1)
        row = np.minimum((inside[:, 1] * height).astype(np.int64), height - 1)
        colors: NDArray[np.uint8] = np.ascontiguousarray(self.texture[row, column, :3])
        return colors

    def part(self, faces: NDArray[np.bool_], vertices: NDArray[np.bool_]) -> Mesh:
        """The mesh of some faces and vertices, in their order.

        Args:
            faces: (F,) which faces to keep.
            vertices: (V,) which vertices to keep; all corners of the faces that are kept.

        Raises:
            ConventionError: A face that is kept has a corner that is not.
        """
        corners = self.faces[faces]
        if not vertices[corners].all():
            raise ConventionError("Mesh.part", expected="all corners of its faces", got="fewer")
        number = np.cumsum(vertices) - 1
        return Mesh(
            self.vertices[vertices],
            number[corners].astype(np.int32),
            None if self.vertex_colors is None else self.vertex_colors[vertices],
            None if self.uv is None else self.uv[vertices],
            self.texture,
        )
