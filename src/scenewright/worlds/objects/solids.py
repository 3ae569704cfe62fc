"""Closed solids made from numbers: vertices shared, faces counter-clockwise seen from outside.

Every function returns a mesh that bounds a volume. Turned and lofted solids take few segments
(multiples of four, so that they keep their quarter turns), because a room holds dozens of objects.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import manifold3d
import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core import ConventionError, Mesh

Vector = tuple[float, float, float]


def closed_mesh(vertices: ArrayLike, faces: ArrayLike) -> Mesh:
    """A mesh with its faces turned outwards.

    Args:
        vertices: (V, 3) metres.
        faces: (F, 3) indices of a closed surface of one orientation, inwards or outwards.

    Raises:
        ConventionError: The surface holds no volume.
    """
    points = np.asarray(vertices, np.float64).reshape(-1, 3)
    triangles = np.asarray(faces, np.int32).reshape(-1, 3)
    volume = mesh_volume(points, triangles)
    if volume == 0:
        raise ConventionError("closed_mesh", expected="a volume above 0", got="0")
    if volume < 0:
        triangles = triangles[:, ::-1]
    return Mesh(points.astype(np.float32), np.ascontiguousarray(triangles))


def mesh_volume(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> float:
    """Signed volume inside a closed surface, cubic metres; positive if it faces outwards.

    Args:
        vertices: (V, 3) metres.
        faces: (F, 3) indices.
    """
    points = vertices.astype(np.float64) - vertices.mean(axis=0)
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    return float(np.einsum("fi,fi->", a, np.cross(b, c)) / 6)


def is_closed(faces: NDArray[np.integer]) -> bool:
    """Whether each edge of some (F, 3) faces belongs to exactly two, which run it oppositely."""
    ends = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    span = int(ends.max(initial=0)) + 1
    forward = np.sort(ends[:, 0] * span + ends[:, 1])
    backward = np.sort(ends[:, 1] * span + ends[:, 0])
    return bool(len(faces) > 3 and (np.diff(forward) > 0).all() and (forward == backward).all())


def lofted(
    rings: ArrayLike,
    *,
    loop: bool = False,
    start: Vector | None = None,
    end: Vector | None = None,
) -> Mesh:
    """A skin over rings of points.

    Args:
        rings: (N, M, 3) points; the M points of each ring go round it.
        loop: Whether the last ring joins the first; there are no ends then.
        start: A point in which the skin closes before the first ring; None = a flat end.
        end: The same behind the last ring.
    """
    points = np.asarray(rings, np.float64)
    num_rings, num_points = points.shape[:2]
    flat = points.reshape(-1, 3)
    faces = [_skin(num_rings, num_points, loop=loop)]
    vertices = [flat]
    if not loop:
        for first, tip, is_end in ((0, start, False), (len(flat) - num_points, end, True)):
            if tip is None:
                cap = first + _flat_triangles(flat[first : first + num_points])
            else:
                around = np.arange(num_points)
                apex = np.full(num_points, len(flat) + len(vertices) - 1)
                cap = np.stack([first + around, first + (around + 1) % num_points, apex], -1)
                vertices.append(np.asarray(tip, np.float64)[None])
            faces.append(cap if is_end else cap[:, ::-1])
    return closed_mesh(np.concatenate(vertices), np.concatenate(faces))


@functools.lru_cache(maxsize=256)
def _skin(num_rings: int, num_points: int, *, loop: bool) -> NDArray[np.intp]:
    """(F, 3) triangles between neighboring rings."""
    index = np.arange(num_rings * num_points).reshape(num_rings, num_points)
    lower = index if loop else index[:-1]
    upper = np.roll(index, -1, axis=0) if loop else index[1:]
    after, after_upper = np.roll(lower, -1, axis=1), np.roll(upper, -1, axis=1)
    triangles = [(lower, after, after_upper), (lower, after_upper, upper)]
    faces = np.concatenate([np.stack(three, -1).reshape(-1, 3) for three in triangles])
    faces.setflags(write=False)
    return faces


def _flat_triangles(ring: NDArray[np.float64]) -> NDArray[np.intp]:
    """(F, 3) triangles that fill a flat ring, turning as the ring does."""
    count = len(ring)
    ahead = np.concatenate([ring[1:], ring[:1]])
    # Twice the area seen along each axis; the ring is laid flat along the largest.
    areas = [float(ring[:, i] @ ahead[:, j] - ring[:, j] @ ahead[:, i])
             for i, j in ((1, 2), (2, 0), (0, 1))]  # fmt: skip
    axis = int(np.abs(areas).argmax())
    flat = ring[:, [one for one in range(3) if one != axis]]
    edges = np.concatenate([flat[1:], flat[:1]]) - flat
    following = np.concatenate([edges[1:], edges[:1]])
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    if (turns >= -1e-12).all() or (turns <= 1e-12).all():
        # Strips across from both ends of the ring: rounder triangles than a fan's.
        order = np.empty(count, np.intp)
        order[0::2] = np.arange((count + 1) // 2)
        order[1::2] = count - 1 - np.arange(count // 2)
        strips = np.stack([order[:-2], order[1:-1], order[2:]], -1)
        strips[0::2] = strips[0::2][:, [0, 2, 1]]
        return strips
    clockwise = turns.sum() < 0
    polygon = flat[::-1] if clockwise else flat
    triangles = np.asarray(manifold3d.triangulate([np.ascontiguousarray(polygon)]), np.intp)
    return np.ascontiguousarray((count - 1 - triangles)[:, ::-1]) if clockwise else triangles


def convex(points: ArrayLike) -> Mesh:
    """The convex hull of (N, 3) points."""
    solid = manifold3d.Manifold.hull_points(np.asarray(points, np.float64))
    mesh = solid.to_mesh()
    return closed_mesh(mesh.vert_properties[:, :3], mesh.tri_verts)


def box(
    size: Vector, center: Vector = (0.0, 0.0, 0.0), *, edge: float = 0.0, steps: int = 1
) -> Mesh:
    """A box along the axes.

    Args:
        size: Extents, metres.
        center: Its middle.
        edge: Width of the bevel of all edges, metres; held below half the smallest extent.
        steps: Facets of each bevel; 1 is a chamfer, 3 looks round.
    """
    half = np.asarray(size, np.float64) / 2
    bevel = min(edge, 0.98 * float(half.min()))
    corners, faces = _box_form(steps if bevel > 0 else 0)
    signs, octant = np.sign(corners), np.abs(corners) - 2
    points = signs * (half - bevel + bevel * octant) if bevel > 0 else signs * half
    return Mesh((points + np.asarray(center)).astype(np.float32), faces)


@functools.lru_cache(maxsize=8)
def _box_form(steps: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Corners and faces of a box from -3 to 3 with a bevel 1 wide of `steps` facets."""
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
    """A flat shape given thickness.

    Args:
        polygon: (N, 2) corners in order, metres; need not be convex. In x and y, in x and z if
            `along` is ``"y"``, in y and z if it is ``"x"``.
        low: Where it begins along the axis.
        high: Where it ends.
        along: The axis that it is drawn out along.
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
    """A profile turned around the z axis.

    Args:
        profile: (N, 2) radius and height, metres, from one end to the other. An end at radius 0
            closes in a point, another end with a flat disc. A vessel goes up outside and down
            inside.
        segments: Facets around; a multiple of four keeps the quarter turns.
        loop: Whether the last point joins the first, as in a ring; no radius may be 0 then.
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
    """A cylinder around the z axis, or a cone cut off if `top` gives another radius above."""
    return lathe([(radius, low), (radius if top is None else top, high)], segments=segments)


def leg(
    foot: ArrayLike,
    head: ArrayLike,
    *,
    radius: float,
    top: float | None = None,
    segments: int = 8,
) -> Mesh:
    """A leg cut level at both ends, so that it stands on its whole foot however it slants.

    Args:
        foot: (x, y, z) middle of its lower end, metres.
        head: (x, y, z) middle of its upper end.
        radius: At the foot.
        top: At the head; None = the same.
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
    """A straight square bar; `size` is its extent sideways and upwards, metres."""
    first, last = np.asarray(start, np.float64), np.asarray(end, np.float64)
    across = _across(last - first)
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * np.asarray(size) / 2
    return lofted(np.stack([first + square @ across, last + square @ across]))


def _across(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 3) unit vectors at right angles to a direction, the first of them level."""
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
    """A round bar bent along a path.

    Args:
        path: (N, 3) points of its middle line, metres.
        radius: At the start.
        end_radius: At the end, reached evenly; None = the same.
        segments: Facets around.
        loop: Whether the end joins the start.
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
        # Carrying the side along from point to point keeps the tube from twisting.
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
    """A ball, a pillow, or anything between them and a box.

    Args:
        size: Extents, metres.
        center: Its middle.
        flat: 1 = round seen from the side; smaller is boxier.
        square: 1 = round seen from above; smaller is boxier.
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
        path: (N, 2) middle line across the sheet, metres; axes as in `prism`.
        thickness: Metres.
        low: Where the sheet begins along the axis.
        high: Where it ends.
        along: The axis that it is drawn out along.
    """
    line = np.asarray(path, np.float64)
    ahead = np.gradient(line, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    side = thickness / 2 * np.column_stack([ahead[:, 1], -ahead[:, 0]])
    return prism(np.concatenate([line + side, (line - side)[::-1]]), low, high, along=along)


def leaf(path: ArrayLike, *, widths: ArrayLike, thickness: float) -> Mesh:
    """A thin blade along a path, pointed at the far end, wide across the level.

    Args:
        path: (N, 3) middle line from the stem to the tip, metres.
        widths: (N - 1,) width at every point but the tip.
        thickness: In its middle, metres.
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
    """(count, 2) points of a circle's arc, angles in degrees."""
    angles = np.radians(np.linspace(start, end, count))
    return np.asarray(center) + radius * np.column_stack([np.cos(angles), np.sin(angles)])
