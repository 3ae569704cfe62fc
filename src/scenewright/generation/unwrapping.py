"""Texture coordinates: an atlas of the surface by xatlas, and which surface each texel shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.core.optional import require
from scenewright.generation.simplifying import EXTRA
from scenewright.geometry.indices import clamped_index

MOST_FACES = 200_000
"""Larger meshes take xatlas minutes."""
SMALLEST_SIZE, LARGEST_SIZE = 16, 8192
"""Sides of a texture, texels; not every graphics card supports larger ones."""
_PADDING = 2


@dataclass(frozen=True, eq=False)
class Unwrapped:
    """A mesh with texture coordinates.

    Attributes:
        source: (W,) int64 vertex of the original mesh of each new vertex; there is one per side of
            a seam.
        faces: (F, 3) int32 new vertices, in the order of the original faces.
        uv: (W, 2) float32 texture coordinates, (0, 0) is the top-left corner.
        size: Height and width of the texture, texels.
    """

    source: NDArray[np.int64]
    faces: NDArray[np.int32]
    uv: NDArray[np.float32]
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class TexelMap:
    """What texels show.

    Attributes:
        rows: (T,) int64 row of each texel that lies on a face.
        columns: (T,) int64 column.
        faces: (T,) int64 its face.
        weights: (T, 3) float32 barycentric coordinates of its center.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    faces: NDArray[np.int64]
    weights: NDArray[np.float32]


def unwrapped(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], *, texture_size: int
) -> Unwrapped:
    """Cuts a surface into charts and packs them.

    Args:
        vertices: (V, 3).
        faces: (F, 3).
        texture_size: Longer side of the texture, texels.

    Raises:
        ConventionError: No faces or too many, or a size out of range.
        MissingExtraError: ``xatlas`` is not installed.
    """
    if not SMALLEST_SIZE <= texture_size <= LARGEST_SIZE:
        expected = f"{SMALLEST_SIZE} to {LARGEST_SIZE}"
        raise ConventionError("texture_size", expected=expected, got=str(texture_size))
    if not 0 < len(faces) <= MOST_FACES:
        raise ConventionError(
            "The mesh to unwrap",
            expected=f"1 to {MOST_FACES} faces",
            got=str(len(faces)),
            do="Simplify it first, or use vertex colors.",
        )
    library = require("xatlas", extra=EXTRA)
    atlas = library.Atlas()
    atlas.add_mesh(
        np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.uint32)
    )
    packing = library.PackOptions()
    packing.resolution = texture_size
    packing.padding = _PADDING
    packing.bilinear = True
    atlas.generate(library.ChartOptions(), packing, False)
    source, corners, uv = atlas[0]
    longer = max(atlas.width, atlas.height, 1)
    height, width = (
        max(1, round(texture_size * side / longer)) for side in (atlas.height, atlas.width)
    )
    return Unwrapped(
        source.astype(np.int64),
        corners.astype(np.int32),
        np.clip(uv, 0, 1).astype(np.float32),
        (height, width),
    )


def texel_map(surface: Unwrapped) -> TexelMap:
    """Finds the face below the center of each texel."""
    height, width = surface.size
    owners = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    corners = (surface.uv.astype(np.float64) * (width, height))[surface.faces]
    _draw(np.ascontiguousarray(corners), owners, weights)
    rows, columns = np.nonzero(owners >= 0)
    found = weights[rows, columns]
    third = 1 - found.sum(axis=1, keepdims=True)
    return TexelMap(
        rows, columns, owners[rows, columns].astype(np.int64), np.concatenate([found, third], 1)
    )


@njit(cache=True, nogil=True)
def _draw(corners: Any, owners: Any, weights: Any) -> None:
    """Writes face numbers, and the weights of the first two corners, of the texels in triangles."""
    height, width = owners.shape
    for face in range(len(corners)):
        ax, ay = corners[face, 0, 0], corners[face, 0, 1]
        bx, by = corners[face, 1, 0], corners[face, 1, 1]
        cx, cy = corners[face, 2, 0], corners[face, 2, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        top = clamped_index(np.ceil(min(ay, by, cy) - 0.5), 0, height)
        bottom = clamped_index(max(ay, by, cy) - 0.5, -1, height - 1)
        left = clamped_index(np.ceil(min(ax, bx, cx) - 0.5), 0, width)
        right = clamped_index(max(ax, bx, cx) - 0.5, -1, width - 1)
        for row in range(top, bottom + 1):
            y = row + 0.5
            for column in range(left, right + 1):
                x = column + 0.5
                first = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                second = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                if first >= 0.0 and second >= 0.0 and first + second <= 1.0:
                    owners[row, column] = face
                    weights[row, column, 0] = first
                    weights[row, column, 1] = second
