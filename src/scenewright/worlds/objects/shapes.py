"""Parametric shapes: boxes, prisms, lathed bodies, legs, rods, tubes, pillows, sheets, leaves.

Every function returns a closed mesh. Round shapes use few segments (multiples of four, so that
they keep their 4-fold symmetry), because a room holds dozens of objects.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core import Mesh
from scenewright.worlds.objects.closed_meshes import Vector, convex, lofted


def box(
    size: Vector, center: Vector = (0.0, 0.0, 0.0), *, edge: float = 0.0, steps: int = 1
) -> Mesh:
    """An axis-aligned box.

    Args:
        size: Extents, meters.
        center: Center, meters.
        edge: Width of the bevel of all edges, meters; limited to half of the smallest extent.
        steps: Facets per bevel; 1 is a chamfer, 3 looks round.
    """
    half = np.asarray(size, np.float64) / 2
    bevel = min(edge, 0.98 * float(half.min()))
    corners, faces = _unit_box(steps if bevel > 0 else 0)
    signs, octant = np.sign(corners), np.abs(corners) - 2
    points = signs * (half - bevel + bevel * octant) if bevel > 0 else signs * half
    return Mesh((points + np.asarray(center)).astype(np.float32), faces)


@functools.lru_cache(maxsize=8)
def _unit_box(steps: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices and faces of a box from -3 to 3 with a bevel of width 1 and `steps` facets."""
    signs = np.stack(np.meshgrid(*[(-1, 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    octant = np.ones((1, 3))
    if steps:
        counts = np.stack(np.meshgrid(*[np.arange(steps + 1)] * 3, indexing="ij"), -1)
        counts = counts.reshape(-1, 3)
        octant = np.sin(counts[counts.sum(axis=1) == steps] * (np.pi / 2 / steps))
        octant /= np.linalg.norm(octant, axis=1, keepdims=True)
    hull = convex((signs[:, None] * (2 + octant[None])).reshape(-1, 3))
    corners, faces = hull.vertices.astype(np.float64), hull.faces
    corners.setflags(write=False)
    faces.setflags(write=False)
    return corners, faces


def prism(polygon: ArrayLike, low: float, high: float, *, along: str = "z") -> Mesh:
    """A polygon extruded along an axis.

    Args:
        polygon: (N, 2) corners in order, meters; need not be convex. In x and y, in x and z if
            `along` is ``"y"``, in y and z if it is ``"x"``.
        low: Start along the axis, meters.
        high: End along the axis, meters.
        along: Axis of extrusion.
    """
    flat = np.asarray(polygon, np.float64)
    rings = np.stack([np.column_stack([flat, np.full(len(flat), at)]) for at in (low, high)])
    order = {"x": [2, 0, 1], "y": [0, 2, 1], "z": [0, 1, 2]}[along]
    return lofted(rings[..., order])


def circle(radius: float, segments: int = 24) -> NDArray[np.float64]:
    """(segments, 2) corners of a regular polygon around the origin, counter-clockwise."""
    angles = (np.arange(segments) + 0.5) * (2 * np.pi / segments)
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


def rounded_rectangle(
    width: float, depth: float, *, radius: float, steps: int = 3
) -> NDArray[np.float64]:
    """(4 * (steps + 1), 2) corners of a rectangle around the origin with round corners."""
    bevel = min(radius, 0.499 * min(width, depth))
    angles = np.linspace(0, np.pi / 2, steps + 1)
    corners = []
    for turn, sign in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        arc = np.column_stack(
            [np.cos(angles + turn * np.pi / 2), np.sin(angles + turn * np.pi / 2)]
        )
        corners.append(np.array(sign) * (width / 2 - bevel, depth / 2 - bevel) + bevel * arc)
    return np.concatenate(corners)


def lathe(profile: ArrayLike, *, segments: int = 24, loop: bool = False) -> Mesh:
    """A profile revolved around the z axis.

    Args:
        profile: (N, 2) radius and height, meters, from one end to the other. An end at radius 0
            closes in a point, any other end with a flat disc. The profile of a vessel goes up
            outside and down inside.
        segments: Facets around; a multiple of four keeps the 4-fold symmetry.
        loop: Whether the last point is joined to the first, as in a ring; no radius may be 0.
    """
    points = np.asarray(profile, np.float64)
    start = (0.0, 0.0, float(points[0, 1])) if not loop and points[0, 0] == 0 else None
    end = (0.0, 0.0, float(points[-1, 1])) if not loop and points[-1, 0] == 0 else None
    points = points[0 if start is None else 1 : len(points) if end is None else -1]
    around = circle(1.0, segments)
    rings = np.concatenate(
        [
            points[:, None, :1] * around[None],
            np.broadcast_to(points[:, None, 1:], (len(points), segments, 1)),
        ],
        axis=-1,
    )
    return lofted(rings, loop=loop, start=start, end=end)


def cylinder(
    radius: float, low: float, high: float, *, top: float | None = None, segments: int = 24
) -> Mesh:
    """A cylinder around the z axis, or a truncated cone if `top` gives another upper radius."""
    return lathe([(radius, low), (radius if top is None else top, high)], segments=segments)


def leg(
    foot: ArrayLike,
    head: ArrayLike,
    *,
    radius: float,
    top: float | None = None,
    segments: int = 8,
) -> Mesh:
    """A straight leg with horizontal ends, so that a slanted leg stands flat.

    Args:
        foot: (x, y, z) center of its lower end, meters.
        head: (x, y, z) center of its upper end, meters.
        radius: Radius at the foot, meters.
        top: Radius at the head; None = the same.
        segments: Facets around; 4 gives a square leg.
    """
    ring = _level_ring(radius, segments), _level_ring(radius if top is None else top, segments)
    ends = [np.asarray(foot, np.float64), np.asarray(head, np.float64)]
    return lofted(np.stack([end + one for end, one in zip(ends, ring, strict=True)]))


def _level_ring(radius: float, segments: int) -> NDArray[np.float64]:
    return np.column_stack([circle(radius, segments), np.zeros(segments)])


def rod(
    start: ArrayLike, end: ArrayLike, *, radius: float, top: float | None = None, segments: int = 8
) -> Mesh:
    """A straight round bar from one point to another; `top` is its radius at the end."""
    first, last = np.asarray(start, np.float64), np.asarray(end, np.float64)
    axes = _across(last - first)
    around = circle(1.0, segments) @ axes
    last_radius = radius if top is None else top
    return lofted(np.stack([first + radius * around, last + last_radius * around]))


def beam(start: ArrayLike, end: ArrayLike, *, size: tuple[float, float]) -> Mesh:
    """A straight rectangular bar; `size` is its extent sideways and upward, meters."""
    first, last = np.asarray(start, np.float64), np.asarray(end, np.float64)
    across = _across(last - first)
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * np.asarray(size) / 2
    return lofted(np.stack([first + square @ across, last + square @ across]))


def _across(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3) unit vectors perpendicular to a direction, the first of them horizontal."""
    forward = direction / np.linalg.norm(direction)
    level = np.cross((0.0, 0.0, 1.0), forward)
    if np.linalg.norm(level) < 1e-6:
        level = np.array((1.0, 0.0, 0.0))
    level = level / np.linalg.norm(level)
    return np.stack([level, np.cross(forward, level)])


def tube(
    path: ArrayLike,
    *,
    radius: float,
    end_radius: float | None = None,
    segments: int = 8,
    loop: bool = False,
) -> Mesh:
    """A round bar along a path.

    Args:
        path: (N, 3) points of its center line, meters.
        radius: Radius at the start, meters.
        end_radius: Radius at the end, interpolated linearly; None = the same.
        segments: Facets around.
        loop: Whether the end is joined to the start.
    """
    points = np.asarray(path, np.float64)
    if loop:
        forward = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    else:
        forward = np.gradient(points, axis=0)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    side = _across(forward[0])[0]
    around = circle(1.0, segments)
    radii = np.linspace(radius, radius if end_radius is None else end_radius, len(points))
    rings = []
    for point, ahead, wide in zip(points, forward, radii, strict=True):
        # Transporting the side vector from point to point keeps the tube from twisting.
        side = side - (side @ ahead) * ahead
        side /= np.linalg.norm(side)
        rings.append(point + wide * around @ np.stack([side, np.cross(ahead, side)]))
    return lofted(np.stack(rings), loop=loop)


def superellipsoid(
    size: Vector,
    center: Vector = (0.0, 0.0, 0.0),
    *,
    flat: float = 1.0,
    square: float = 1.0,
    segments: int = 24,
    rows: int = 10,
) -> Mesh:
    """An ellipsoid, a pillow, or anything between these and a box.

    Args:
        size: Extents, meters.
        center: Center, meters.
        flat: Exponent seen from the side; 1 = round, smaller is boxier.
        square: Exponent seen from above; 1 = round, smaller is boxier.
        segments: Facets around.
        rows: Facets from bottom to top.
    """
    around = circle(1.0, segments)
    outline = np.sign(around) * np.abs(around) ** square
    angles = np.linspace(-np.pi / 2, np.pi / 2, rows + 1)[1:-1]
    shares = np.cos(angles) ** flat
    heights = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** flat
    rings = np.concatenate(
        [
            shares[:, None, None] * outline[None],
            np.broadcast_to(heights[:, None, None], (rows - 1, segments, 1)),
        ],
        axis=-1,
    )
    half, middle = np.asarray(size, np.float64) / 2, np.asarray(center, np.float64)
    tips = [(float(middle[0]), float(middle[1]), float(middle[2] + z)) for z in (-half[2], half[2])]
    return lofted(rings * half + middle, start=tips[0], end=tips[1])


def sheet(path: ArrayLike, *, thickness: float, low: float, high: float, along: str = "z") -> Mesh:
    """A bent sheet: a curtain, a curved back, a seat and back in one piece.

    Args:
        path: (N, 2) center line of the cross-section, meters; axes as in `prism`.
        thickness: Meters.
        low: Start along the axis, meters.
        high: End along the axis, meters.
        along: Axis of extrusion.
    """
    line = np.asarray(path, np.float64)
    ahead = np.gradient(line, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    side = thickness / 2 * np.column_stack([ahead[:, 1], -ahead[:, 0]])
    return prism(np.concatenate([line + side, (line - side)[::-1]]), low, high, along=along)


def leaf(path: ArrayLike, *, widths: ArrayLike, thickness: float) -> Mesh:
    """A thin leaf along a path, with a pointed tip.

    Args:
        path: (N, 3) center line from the stem to the tip, meters.
        widths: (N - 1,) horizontal width at every point but the tip, meters.
        thickness: Thickness at the center line, meters.
    """
    line = np.asarray(path, np.float64)
    forward = np.gradient(line, axis=0)
    rings = []
    for point, ahead, wide in zip(line[:-1], forward, np.asarray(widths), strict=False):
        level, up = _across(ahead)
        rings.append(
            point
            + np.stack(
                [-level * wide / 2, -up * thickness / 2, level * wide / 2, up * thickness / 2]
            )
        )
    return lofted(np.stack(rings), end=tuple(line[-1]))


def arc(
    center: Sequence[float], radius: float, start: float, end: float, *, count: int = 9
) -> NDArray[np.float64]:
    """(count, 2) points on a circular arc, angles in degrees."""
    angles = np.radians(np.linspace(start, end, count))
    return np.asarray(center) + radius * np.column_stack([np.cos(angles), np.sin(angles)])
