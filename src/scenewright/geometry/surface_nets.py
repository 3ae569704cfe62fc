"""Triangles from a sparse TSDF by surface nets (Gibson, MICCAI 1998).

The corners of a cell are the centers of 2 x 2 x 2 neighboring voxels. A cell whose corners have
readings and differ in sign gets one vertex, the mean of the zero crossings on its edges; each voxel
edge whose ends differ in sign gets one quad between the four cells around it. Faces point to the
positive side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.geometry.neighborhood import neighbor_of
from scenewright.geometry.voxel_hash import BLOCK_SIDE, BLOCK_VOXELS, BlockIndex, Integer


@dataclass(frozen=True, eq=False)
class NetSurface:
    """The zero level set of a TSDF.

    Attributes:
        vertices: (V, 3) float32 meters, world frame.
        colors: (V, 3) uint8 RGB.
        voxel: (V,) int32 address of the voxel whose center is nearest to the vertex.
        faces: (F, 3) int32, counter-clockwise seen from the positive (free) side.
    """

    vertices: NDArray[np.float32]
    colors: NDArray[np.uint8]
    voxel: NDArray[np.int32]
    faces: NDArray[np.int32]


def extract_surface(
    index: BlockIndex,
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    color: NDArray[np.uint16],
    *,
    voxel_size: float,
    min_weight: int = 1,
) -> NetSurface:
    """Extracts the surface from all blocks.

    Args:
        index: Coordinates of the blocks.
        tsdf: (B, 512), positive in front of the surface.
        weight: (B, 512) number of readings.
        color: (B, 512, 3) RGB times 256.
        voxel_size: Meters.
        min_weight: Corners with fewer readings are unknown.
    """
    neighbors = index.neighbors()
    counts = _count_vertices(neighbors, tsdf, weight, min_weight)
    first = np.concatenate([[0], np.cumsum(counts)])
    total = int(first[-1])
    vertices = np.empty((total, 3), np.float32)
    colors = np.empty((total, 3), np.uint8)
    voxel = np.empty(total, np.int32)
    vertex_of_cell = np.full((len(index), BLOCK_VOXELS), -1, np.int32)
    _place_vertices(
        neighbors, index.coords, tsdf, weight, color, voxel_size, min_weight, first,
        vertices, colors, voxel, vertex_of_cell,
    )  # fmt: skip
    num_faces = _count_faces(neighbors, tsdf, weight, min_weight, vertex_of_cell)
    first_face = np.concatenate([[0], np.cumsum(num_faces)])
    faces = np.empty((int(first_face[-1]), 3), np.int32)
    _place_faces(neighbors, tsdf, weight, min_weight, vertex_of_cell, first_face, faces)
    return NetSurface(vertices, colors, voxel, faces)


@njit(cache=True, nogil=True)
def _is_crossed(
    neighbors: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    min_weight: int,
    block: Integer,
    local: int,
) -> bool:
    i, j, k = local >> 6, (local >> 3) & 7, local & 7
    positive = 0
    for corner in range(8):
        other, at = neighbor_of(
            neighbors, block, i + (corner & 1), j + ((corner >> 1) & 1), k + (corner >> 2)
        )
        if other < 0 or weight[other, at] < min_weight:
            return False
        if tsdf[other, at] > 0:
            positive += 1
    return 0 < positive < 8


@njit(cache=True, nogil=True, parallel=True)
def _count_vertices(
    neighbors: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    min_weight: int,
) -> NDArray[np.int64]:
    counts = np.zeros(tsdf.shape[0], np.int64)
    for number in prange(tsdf.shape[0]):
        block = np.int64(number)  # prange counts in another type, which would compile all twice
        for local in range(BLOCK_VOXELS):
            if _is_crossed(neighbors, tsdf, weight, min_weight, block, local):
                counts[block] += 1
    return counts


@njit(cache=True, nogil=True, parallel=True)
def _place_vertices(
    neighbors: NDArray[np.int32],
    coords: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    color: NDArray[np.uint16],
    voxel_size: float,
    min_weight: int,
    first: NDArray[np.int64],
    vertices: NDArray[np.float32],
    colors: NDArray[np.uint8],
    voxel: NDArray[np.int32],
    vertex_of_cell: NDArray[np.int32],
) -> None:
    for number in prange(tsdf.shape[0]):
        block = np.int64(number)  # prange counts in another type, which would compile all twice
        row = first[block]
        for local in range(BLOCK_VOXELS):
            if not _is_crossed(neighbors, tsdf, weight, min_weight, block, local):
                continue
            vertex_of_cell[block, local] = row
            _place_vertex(
                neighbors, coords, tsdf, color, voxel_size, block, local,
                vertices[row], colors[row], voxel[row : row + 1],
            )  # fmt: skip
            row += 1


@njit(cache=True, nogil=True)
def _place_vertex(
    neighbors: NDArray[np.int32],
    coords: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    color: NDArray[np.uint16],
    voxel_size: float,
    block: Integer,
    local: int,
    vertex: NDArray[np.float32],
    rgb: NDArray[np.uint8],
    voxel: NDArray[np.int32],
) -> None:
    i, j, k = local >> 6, (local >> 3) & 7, local & 7
    value = np.empty(8, np.float32)
    address = np.empty(8, np.int64)
    tint = np.zeros(3, np.float32)
    tinted = np.float32(0.0)
    for corner in range(8):
        other, at = neighbor_of(
            neighbors, block, i + (corner & 1), j + ((corner >> 1) & 1), k + (corner >> 2)
        )
        value[corner] = tsdf[other, at]
        address[corner] = np.int64(other) * BLOCK_VOXELS + at
        near = np.float32(1.001) - abs(value[corner])
        if color[other, at, 0] + color[other, at, 1] + color[other, at, 2] > 0:
            tinted += near
            for channel in range(3):
                tint[channel] += near * np.float32(color[other, at, channel])
    point = np.zeros(3, np.float32)
    crossings = 0
    for axis in range(3):
        for corner in range(8):
            end = corner | (1 << axis)
            if end == corner or (value[corner] > 0) == (value[end] > 0):
                continue
            part = value[corner] / (value[corner] - value[end])
            for a in range(3):
                point[a] += np.float32((corner >> a) & 1)
            point[axis] += part
            crossings += 1
    nearest = 0
    base = (i, j, k)
    for a in range(3):
        offset = point[a] / np.float32(crossings)
        if offset >= np.float32(0.5):
            nearest |= 1 << a
        vertex[a] = (
            coords[block, a] * BLOCK_SIDE + base[a] + np.float32(0.5) + offset
        ) * voxel_size
    voxel[0] = address[nearest]
    for channel in range(3):
        scale = np.float32(256.0) * max(tinted, np.float32(1e-6))
        rgb[channel] = np.uint8(min(np.float32(255.0), tint[channel] / scale + np.float32(0.5)))


@njit(cache=True, nogil=True)
def _edge_sign(
    neighbors: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    min_weight: int,
    block: Integer,
    local: int,
    axis: int,
) -> int:
    """+1 if a surface between a voxel and the next faces along the axis, -1 if against, else 0."""
    i, j, k = local >> 6, (local >> 3) & 7, local & 7
    other, at = neighbor_of(neighbors, block, i + (axis == 0), j + (axis == 1), k + (axis == 2))
    if weight[block, local] < min_weight or other < 0 or weight[other, at] < min_weight:
        return 0
    here, there = tsdf[block, local] > 0, tsdf[other, at] > 0
    if here == there:
        return 0
    return 1 if there else -1


@njit(cache=True, nogil=True)
def _quad(
    neighbors: NDArray[np.int32],
    vertex_of_cell: NDArray[np.int32],
    block: Integer,
    local: int,
    axis: int,
    quad: NDArray[np.int32],
) -> bool:
    """The vertices of the four cells around a voxel edge, counter-clockwise seen along +axis."""
    i, j, k = local >> 6, (local >> 3) & 7, local & 7
    for turn in range(4):
        along_b = -1 if turn in (0, 3) else 0
        along_c = -1 if turn in (0, 1) else 0
        di = along_b if axis == 2 else (along_c if axis == 1 else 0)
        dj = along_b if axis == 0 else (along_c if axis == 2 else 0)
        dk = along_b if axis == 1 else (along_c if axis == 0 else 0)
        other, at = neighbor_of(neighbors, block, i + di, j + dj, k + dk)
        if other < 0 or vertex_of_cell[other, at] < 0:
            return False
        quad[turn] = vertex_of_cell[other, at]
    return True


@njit(cache=True, nogil=True, parallel=True)
def _count_faces(
    neighbors: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    min_weight: int,
    vertex_of_cell: NDArray[np.int32],
) -> NDArray[np.int64]:
    counts = np.zeros(tsdf.shape[0], np.int64)
    for number in prange(tsdf.shape[0]):
        block = np.int64(number)  # prange counts in another type, which would compile all twice
        quad = np.empty(4, np.int32)
        for local in range(BLOCK_VOXELS):
            for axis in range(3):
                if _edge_sign(neighbors, tsdf, weight, min_weight, block, local, axis) == 0:
                    continue
                if _quad(neighbors, vertex_of_cell, block, local, axis, quad):
                    counts[block] += 2
    return counts


@njit(cache=True, nogil=True, parallel=True)
def _place_faces(
    neighbors: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    min_weight: int,
    vertex_of_cell: NDArray[np.int32],
    first: NDArray[np.int64],
    faces: NDArray[np.int32],
) -> None:
    for number in prange(tsdf.shape[0]):
        block = np.int64(number)  # prange counts in another type, which would compile all twice
        quad = np.empty(4, np.int32)
        row = first[block]
        for local in range(BLOCK_VOXELS):
            for axis in range(3):
                sign = _edge_sign(neighbors, tsdf, weight, min_weight, block, local, axis)
                if sign == 0 or not _quad(neighbors, vertex_of_cell, block, local, axis, quad):
                    continue
                second, fourth = (1, 3) if sign > 0 else (3, 1)
                faces[row, 0], faces[row, 1], faces[row, 2] = quad[0], quad[second], quad[2]
                row += 1
                faces[row, 0], faces[row, 1], faces[row, 2] = quad[0], quad[2], quad[fourth]
                row += 1
