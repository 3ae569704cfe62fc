"""First contact of two bodies along a line, exact for triangle meshes.

Where the vertical projections of an upper and a lower triangle overlap, the height between them is
linear, so its minimum is at a corner of the overlap polygon. The minimum over all pairs of
triangles is the exact distance to first contact; it covers vertex-face, face-vertex and edge-edge
contacts.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

NO_CONTACT = 1e9
"""Returned if nothing is below."""


@njit(cache=True)
def _plane(t: NDArray[np.float64]) -> tuple[float, float, float]:
    """Plane of a triangle as height a + b x + c y; the triangle must not be vertical."""
    ux, uy, uz = t[1, 0] - t[0, 0], t[1, 1] - t[0, 1], t[1, 2] - t[0, 2]
    vx, vy, vz = t[2, 0] - t[0, 0], t[2, 1] - t[0, 1], t[2, 2] - t[0, 2]
    det = ux * vy - uy * vx
    b = (uz * vy - uy * vz) / det
    c = (ux * vz - uz * vx) / det
    return t[0, 2] - b * t[0, 0] - c * t[0, 1], b, c


@njit(cache=True)
def _overlap(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    out: NDArray[np.float64],
    work: NDArray[np.float64],
) -> int:
    """Writes the overlap polygon of two projected triangles to `out`; returns its size."""
    count = 3
    for i in range(3):
        out[i, 0], out[i, 1] = a[i, 0], a[i, 1]
    area = (b[1, 0] - b[0, 0]) * (b[2, 1] - b[0, 1]) - (b[1, 1] - b[0, 1]) * (b[2, 0] - b[0, 0])
    sign = 1.0 if area > 0 else -1.0
    for i in range(3):
        px, py = b[i, 0], b[i, 1]
        ex, ey = b[(i + 1) % 3, 0] - px, b[(i + 1) % 3, 1] - py
        kept = 0
        for k in range(count):
            qx, qy = out[k, 0], out[k, 1]
            nx, ny = out[(k + 1) % count, 0], out[(k + 1) % count, 1]
            here = sign * (ex * (qy - py) - ey * (qx - px))
            there = sign * (ex * (ny - py) - ey * (nx - px))
            if here >= 0:
                work[kept, 0], work[kept, 1] = qx, qy
                kept += 1
            if (here > 0 and there < 0) or (here < 0 and there > 0):
                share = here / (here - there)
                work[kept, 0] = qx + share * (nx - qx)
                work[kept, 1] = qy + share * (ny - qy)
                kept += 1
        count = kept
        if count == 0:
            return 0
        for k in range(count):
            out[k, 0], out[k, 1] = work[k, 0], work[k, 1]
    return count


@njit(cache=True)
def gap_below(upper: NDArray[np.float64], lower: NDArray[np.float64], slack: float) -> float:
    """Vertical distance from a body to first contact with what is below it.

    Args:
        upper: (N, 3, 3) triangles of the body that face down, none vertical.
        lower: (M, 3, 3) triangles of the others that face up, none vertical.
        slack: Penetration that is tolerated, meters; deeper pairs count as above the body.

    Returns:
        Meters, negative if the body penetrates, `NO_CONTACT` if nothing is below.
    """
    best = NO_CONTACT
    out, work = np.empty((12, 2)), np.empty((12, 2))
    bounds, boxes = _boxes(upper), _boxes(lower)
    for i in range(len(upper)):
        a = upper[i]
        x0, x1, y0, y1 = bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3]
        z0, z1 = bounds[i, 4], bounds[i, 5]
        for j in range(len(lower)):
            if boxes[j, 0] >= x1 or boxes[j, 1] <= x0 or boxes[j, 2] >= y1 or boxes[j, 3] <= y0:
                continue
            if z0 - boxes[j, 5] >= best or z1 - boxes[j, 4] < -slack:
                continue
            count = _overlap(a, lower[j], out, work)
            if count == 0:
                continue
            pa, pb, pc = _plane(a)
            qa, qb, qc = _plane(lower[j])
            low = NO_CONTACT
            for k in range(count):
                height = (pa - qa) + (pb - qb) * out[k, 0] + (pc - qc) * out[k, 1]
                low = min(low, height)
            if low >= -slack:
                best = min(best, low)
    return best


@njit(cache=True)
def _boxes(triangles: NDArray[np.float64]) -> NDArray[np.float64]:
    boxes = np.empty((len(triangles), 6))
    for j in range(len(triangles)):
        t = triangles[j]
        for axis in range(3):
            boxes[j, 2 * axis] = min(t[0, axis], t[1, axis], t[2, axis])
            boxes[j, 2 * axis + 1] = max(t[0, axis], t[1, axis], t[2, axis])
    return boxes


@njit(cache=True)
def contact_points(
    upper: NDArray[np.float64], lower: NDArray[np.float64], tolerance: float
) -> NDArray[np.float64]:
    """Points where a body touches what is below it.

    Args:
        upper: As for `gap_below`.
        lower: As for `gap_below`.
        tolerance: Heights within plus or minus this count as touching, meters.

    Returns:
        (P, 3) corners of the touching regions; their convex hull is the support region.
    """
    found = np.empty((64, 3))
    number = 0
    out, work = np.empty((12, 2)), np.empty((12, 2))
    bounds, boxes = _boxes(upper), _boxes(lower)
    for i in range(len(upper)):
        a = upper[i]
        x0, x1, y0, y1 = bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3]
        z0, z1 = bounds[i, 4], bounds[i, 5]
        for j in range(len(lower)):
            if boxes[j, 0] >= x1 or boxes[j, 1] <= x0 or boxes[j, 2] >= y1 or boxes[j, 3] <= y0:
                continue
            if z0 - boxes[j, 5] > tolerance or z1 - boxes[j, 4] < -tolerance:
                continue
            count = _overlap(a, lower[j], out, work)
            if count == 0:
                continue
            pa, pb, pc = _plane(a)
            qa, qb, qc = _plane(lower[j])
            for k in range(count):
                height = (pa - qa) + (pb - qb) * out[k, 0] + (pc - qc) * out[k, 1]
                if abs(height) <= tolerance:
                    if number == len(found):
                        bigger = np.empty((2 * number, 3))
                        bigger[:number] = found
                        found = bigger
                    found[number, 0], found[number, 1] = out[k, 0], out[k, 1]
                    found[number, 2] = pa + pb * out[k, 0] + pc * out[k, 1]
                    number += 1
    return found[:number]


@njit(cache=True)
def covers(
    triangles: NDArray[np.float64], origin: NDArray[np.float64], direction: NDArray[np.float64]
) -> bool:
    """Whether a ray hits any of (F, 3, 3) triangles (Möller and Trumbore's test)."""
    for i in range(len(triangles)):
        a = triangles[i, 0]
        u, v = triangles[i, 1] - a, triangles[i, 2] - a
        across = np.cross(direction, v)
        det = np.dot(u, across)
        if abs(det) < 1e-15:
            continue
        away = origin - a
        first = np.dot(away, across) / det
        if first < 0 or first > 1:
            continue
        turned = np.cross(away, u)
        second = np.dot(direction, turned) / det
        if second >= 0 and first + second <= 1 and np.dot(v, turned) / det > 0:
            return True
    return False


@njit(cache=True)
def placed(
    triangles: NDArray[np.float64], pose: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Transforms triangles and separates those that face down and up.

    Args:
        triangles: (F, 3, 3) meters.
        pose: (4, 4) rigid.

    Returns:
        The (F, 3, 3) transformed triangles; those that face down, and those that face up, both
        without vertical ones; and the (2, 3) bounds of all.
    """
    num = len(triangles)
    moved = np.empty((num, 3, 3))
    down, up = np.empty((num, 3, 3)), np.empty((num, 3, 3))
    bounds = np.empty((2, 3))
    bounds[0], bounds[1] = np.inf, -np.inf
    num_down, num_up = 0, 0
    for i in range(num):
        for k in range(3):
            x, y, z = triangles[i, k, 0], triangles[i, k, 1], triangles[i, k, 2]
            for axis in range(3):
                value = pose[axis, 0] * x + pose[axis, 1] * y + pose[axis, 2] * z + pose[axis, 3]
                moved[i, k, axis] = value
                bounds[0, axis] = min(bounds[0, axis], value)
                bounds[1, axis] = max(bounds[1, axis], value)
        ux, uy, uz = moved[i, 1] - moved[i, 0]
        vx, vy, vz = moved[i, 2] - moved[i, 0]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        level = 1e-9 * np.sqrt(nx * nx + ny * ny + nz * nz)
        if nz < -level:
            down[num_down] = moved[i]
            num_down += 1
        elif nz > level:
            up[num_up] = moved[i]
            num_up += 1
    return moved, down[:num_down], up[:num_up], bounds
