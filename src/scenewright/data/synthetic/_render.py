"""Ray casting of a world: depth, instance id and shaded colour of every pixel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.data.synthetic._shapes import (
    BOX,
    CHECKER,
    CYLINDER,
    ELLIPSOID,
    SPECKLED,
    WOOD,
    World,
)

_AMBIENT = 0.52
_LAMPS = ((0.35, -0.25, 1.0, 0.46), (-0.6, 0.5, 0.45, 0.20))
"""Direction towards each far lamp, world frame, and its power."""


class _Parts(NamedTuple):
    """What the kernels need of each of P parts, for one view.

    A part's unit frame is its own frame divided by its half extents, so that every box is the
    cube [-1, 1]^3 and every ellipsoid the unit ball.

    Attributes:
        kind: (P,).
        texture: (P,).
        instance_id: (P,).
        color: (P, 3).
        half: (P, 3).
        eye: (P, 3) camera position in the unit frame.
        unit_from_cam: (P, 3, 3) turns camera rays into the unit frame.
        lamps: (P, L, 4) direction towards each lamp in the part's own frame, and its power.
        windows: (P, 4) first row, end row, first column, end column that can see the part.
    """

    kind: NDArray[np.int32]
    texture: NDArray[np.int32]
    instance_id: NDArray[np.int32]
    color: NDArray[np.float64]
    half: NDArray[np.float64]
    eye: NDArray[np.float64]
    unit_from_cam: NDArray[np.float64]
    lamps: NDArray[np.float64]
    windows: NDArray[np.int64]


def render(
    world: World, *, camera: Camera, world_from_cam: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.uint8]]:
    """Renders what a camera sees.

    Args:
        world: What is there.
        camera: Intrinsics and size; the camera must stand outside every primitive.
        world_from_cam: (4, 4) float64 rigid.

    Returns:
        Depth (H, W) float32 metres along +z, 0 where nothing is hit; instance id (H, W) int32,
        0 there; and colour (H, W, 3) uint8 RGB.
    """
    height, width = camera.size
    depth = np.zeros((height, width), np.float32)
    instance_id = np.zeros((height, width), np.int32)
    image = np.zeros((height, width, 3), np.uint8)
    intrinsics = (camera.fx, camera.fy, camera.cx, camera.cy)
    _cast(_parts(world, camera, world_from_cam), intrinsics, depth, instance_id, image)
    return depth, instance_id, image


def _parts(world: World, camera: Camera, world_from_cam: NDArray[np.float64]) -> _Parts:
    part_from_world = np.swapaxes(world.rotation, 1, 2)
    per_half = 1 / world.half
    offset = world_from_cam[:3, 3] - world.center
    lamps = np.array(_LAMPS)
    directions = lamps[:, :3] / np.linalg.norm(lamps[:, :3], axis=1, keepdims=True)
    turned = np.einsum("pij,lj->pli", part_from_world, directions)
    powers = np.broadcast_to(lamps[:, 3:], (*turned.shape[:2], 1))
    return _Parts(
        world.kind,
        world.texture,
        world.instance_id,
        world.color,
        world.half,
        np.einsum("pij,pj->pi", part_from_world, offset) * per_half,
        (part_from_world @ world_from_cam[:3, :3]) * per_half[:, :, None],
        np.concatenate([turned, powers], axis=2),
        _windows(world, camera, world_from_cam),
    )


def _windows(
    world: World, camera: Camera, world_from_cam: NDArray[np.float64]
) -> NDArray[np.int64]:
    """(P, 4) pixel ranges first row, end row, first column, end column that can see each part."""
    height, width = camera.size
    center = (world.center - world_from_cam[:3, 3]) @ world_from_cam[:3, :3]
    signs = ((np.arange(8)[:, None] >> np.arange(3)) & 1) * 2.0 - 1.0
    axes = world_from_cam[:3, :3].T @ world.rotation
    corners = center[:, None] + np.einsum("pij,pcj->pci", axes, signs * world.half[:, None])
    windows = np.tile(np.array([0, height, 0, width]), (len(center), 1))
    windows[(corners[..., 2] <= 0).all(axis=1)] = 0
    # The eight corners bound the part's picture only when all of them lie before the camera.
    ahead = (corners[..., 2] > 0.02).all(axis=1)
    seen = corners[ahead]
    columns = seen[..., 0] / seen[..., 2] * camera.fx + camera.cx
    rows = seen[..., 1] / seen[..., 2] * camera.fy + camera.cy
    windows[ahead, 0] = np.clip(np.floor(rows.min(axis=1)), 0, height)
    windows[ahead, 1] = np.clip(np.ceil(rows.max(axis=1)) + 1, 0, height)
    windows[ahead, 2] = np.clip(np.floor(columns.min(axis=1)), 0, width)
    windows[ahead, 3] = np.clip(np.ceil(columns.max(axis=1)) + 1, 0, width)
    return windows


@njit(cache=True, nogil=True)
def _hit_box(ox: float, oy: float, oz: float, dx: float, dy: float, dz: float) -> tuple[float, int]:
    """Entry into the cube [-1, 1]^3 and the axis of the face; infinite if missed."""
    near, far, axis = -np.inf, np.inf, 0
    for k, (o, d) in enumerate(((ox, dx), (oy, dy), (oz, dz))):
        # A ray along a face divides by zero: adding a trifle sends it past or through.
        per_d = 1.0 / (d if abs(d) > 1e-12 else 1e-12)
        middle, spread = -o * per_d, abs(per_d)
        if middle - spread > near:
            near, axis = middle - spread, k
        far = min(far, middle + spread)
    if 0.0 < near <= far:
        return near, axis
    return np.inf, 0


@njit(cache=True, nogil=True)
def _hit_ball(ox: float, oy: float, oz: float, dx: float, dy: float, dz: float) -> float:
    """Entry into the unit ball."""
    a = dx * dx + dy * dy + dz * dz
    b = ox * dx + oy * dy + oz * dz
    root = b * b - a * (ox * ox + oy * oy + oz * oz - 1.0)
    t = (-b - np.sqrt(root)) / a if root >= 0.0 else np.inf
    return t if t > 0.0 else np.inf


@njit(cache=True, nogil=True)
def _hit_cylinder(
    ox: float, oy: float, oz: float, dx: float, dy: float, dz: float
) -> tuple[float, int]:
    """Entry into the unit cylinder |z| <= 1, and 2 for a cap or 0 for the side."""
    a = max(dx * dx + dy * dy, 1e-18)
    b = ox * dx + oy * dy
    root = b * b - a * (ox * ox + oy * oy - 1.0)
    if root < 0.0:
        return np.inf, 0
    near, far, face = (-b - np.sqrt(root)) / a, (-b + np.sqrt(root)) / a, 0
    per_d = 1.0 / (dz if abs(dz) > 1e-12 else 1e-12)
    middle, spread = -oz * per_d, abs(per_d)
    if middle - spread > near:
        near, face = middle - spread, 2
    far = min(far, middle + spread)
    if 0.0 < near <= far:
        return near, face
    return np.inf, 0


@njit(cache=True, nogil=True)
def _lattice(x: float, y: float, z: float, salt: int) -> float:
    """A fixed pseudo-random number in [0, 1) for each cell of a unit lattice."""
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    h = (i * 73856093) ^ (j * 19349663) ^ (k * 83492791) ^ (salt * 2654435761)
    h = (h ^ (h >> 13)) * 1274126177 & 0x7FFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFF) / 65536.0


@njit(cache=True, nogil=True)
def _brightness(texture: int, x: float, y: float, z: float, salt: int) -> float:
    """How a texture scales the colour at a point of the part's own frame, metres."""
    value = 0.97 + 0.06 * _lattice(90.0 * x, 90.0 * y, 90.0 * z, salt)
    if texture == WOOD:
        value *= 0.92 + 0.10 * np.sin(42.0 * y + 3.0 * np.sin(5.0 * x) + 20.0 * z)
    elif texture == CHECKER:
        tile = int(np.floor(2.5 * x)) + int(np.floor(2.5 * y)) + int(np.floor(2.5 * z))
        value *= 1.0 if tile % 2 == 0 else 0.84
    elif texture == SPECKLED:
        value *= 0.80 + 0.36 * _lattice(22.0 * x, 22.0 * y, 22.0 * z, salt)
    return value


@njit(cache=True, nogil=True)
def _light(parts: _Parts, part: int, face: int, x: float, y: float, z: float) -> float:
    """How much light a point of a part's surface reflects; `x`, `y`, `z` in its unit frame."""
    half = parts.half[part]
    nx, ny, nz = x / half[0], y / half[1], z / half[2]
    if parts.kind[part] == BOX:
        nx, ny, nz = nx * (face == 0), ny * (face == 1), nz * (face == 2)
    elif parts.kind[part] == CYLINDER:
        nx, ny, nz = nx * (face != 2), ny * (face != 2), nz * (face == 2)
    per_length = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz)
    light = _AMBIENT
    for lx, ly, lz, power in parts.lamps[part]:
        light += max((nx * lx + ny * ly + nz * lz) * per_length, 0.0) * power
    return light * _brightness(parts.texture[part], x * half[0], y * half[1], z * half[2], part)


@njit(cache=True, nogil=True)
def _cast(
    parts: _Parts,
    intrinsics: tuple[float, float, float, float],
    depth: NDArray[np.float32],
    instance_id: NDArray[np.int32],
    image: NDArray[np.uint8],
) -> None:
    """Walks row by row; in a row each part visits only the columns that can see it."""
    height, width = depth.shape
    fx, fy, cx, cy = intrinsics
    nearest, winner = np.zeros(width), np.zeros(width, np.int64)
    faces = np.zeros(width, np.int64)
    for row in range(height):
        nearest[:] = np.inf
        y = (row + 0.5 - cy) / fy
        for part in range(len(parts.kind)):
            first_row, end_row, first_column, end_column = parts.windows[part]
            if row < first_row or row >= end_row:
                continue
            kind, (ox, oy, oz), m = parts.kind[part], parts.eye[part], parts.unit_from_cam[part]
            bx, by, bz = (
                m[0, 1] * y + m[0, 2], m[1, 1] * y + m[1, 2], m[2, 1] * y + m[2, 2],
            )  # fmt: skip
            for column in range(first_column, end_column):
                x = (column + 0.5 - cx) / fx
                dx, dy, dz, face = m[0, 0] * x + bx, m[1, 0] * x + by, m[2, 0] * x + bz, 0
                if kind == BOX:
                    t, face = _hit_box(ox, oy, oz, dx, dy, dz)
                elif kind == ELLIPSOID:
                    t = _hit_ball(ox, oy, oz, dx, dy, dz)
                else:
                    t, face = _hit_cylinder(ox, oy, oz, dx, dy, dz)
                if t < nearest[column]:
                    nearest[column], winner[column], faces[column] = t, part, face
        for column in range(width):
            if nearest[column] == np.inf:
                continue
            part, t, x = winner[column], nearest[column], (column + 0.5 - cx) / fx
            m, o = parts.unit_from_cam[part], parts.eye[part]
            light = _light(
                parts, part, faces[column],
                o[0] + t * (m[0, 0] * x + m[0, 1] * y + m[0, 2]),
                o[1] + t * (m[1, 0] * x + m[1, 1] * y + m[1, 2]),
                o[2] + t * (m[2, 0] * x + m[2, 1] * y + m[2, 2]),
            )  # fmt: skip
            depth[row, column] = t
            instance_id[row, column] = parts.instance_id[part]
            for k in range(3):
                image[row, column, k] = np.uint8(
                    min(max(parts.color[part, k] * light, 0.0), 1.0) * 255.0 + 0.5
                )
