"""Closed surfaces from signed distances at the corners of cubes, by a dual method.

As in surface nets (Gibson, MICCAI 1998), vertices lie inside cubes, at the mean of the zero
crossings on the edges, and each crossed edge has one quad between the cubes around it. As in dual
marching cubes (Nielson, VIS 2004), a cube that several sheets of the surface pass through has a
vertex per sheet, so that sheets do not touch. Corners need not lie on a regular grid.

Axis 0 of the corner number c of a cube is its bit 0: corner c is at cube + (c & 1, c >> 1 & 1,
c >> 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.geometry._corner_kernels import find_points, name_corners
from scenewright.geometry.voxel_hash import COORDINATE_LIMIT

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_LIMIT = COORDINATE_LIMIT - 2
_AROUND = ((1, 1), (0, 1), (0, 0), (1, 0))
"""Where an edge is in the four cubes around it, counter-clockwise seen from its upper end."""
_MOST_FLIPS = 16


@dataclass(frozen=True, eq=False)
class PointTable:
    """Numbers of integer points: a hash table of `voxel_hash`.

    Attributes:
        keys: (S,) keys of the points.
        rows: (S,) their numbers.
    """

    keys: Integers
    rows: NDArray[np.int32]

    @classmethod
    def of(
        cls, origins: Integers, *, sign: int = 1, num_corners: int = 8
    ) -> tuple[Integers, Integers, PointTable]:
        """Numbers the points at the corners of cubes.

        Args:
            origins: (N, 3).
            sign: 1 if a cube extends up from its origin, -1 if down.
            num_corners: 8, or 1 for the origins alone.

        Returns:
            The (M, 3) different points, the (N, num_corners) numbers, and the table.
        """
        rows = np.empty((len(origins), num_corners), np.int64)
        slots = 1 << (4 * len(origins) + 16).bit_length()
        while True:
            table = cls(np.full(slots, -1, np.int64), np.empty(slots, np.int32))
            points = np.empty((slots // 2, 3), np.int64)
            count = name_corners(origins, sign, num_corners, table.keys, table.rows, rows, points)
            if count >= 0:
                return points[:count].copy(), rows, table
            slots *= 2

    def find(self, points: Integers) -> Integers:
        """(P,) numbers of points (P, 3); -1 for those that are not in the table."""
        rows: Integers = find_points(np.ascontiguousarray(points), self.keys, self.rows)
        return rows


@dataclass(frozen=True, eq=False)
class CubeCorners:
    """The corners of a set of cubes.

    Attributes:
        points: (M, 3) int64 different integer coordinates, in the order of the cubes.
        of_cube: (N, 8) int64 rows of `points`.
        table: Rows of `points` by their coordinates.
    """

    points: Integers
    of_cube: Integers
    table: PointTable

    def mean(self, values: NDArray[np.floating]) -> Floats:
        """Averages values over all cubes that share a corner.

        Args:
            values: (N, 8, K) of the corners of each cube.

        Returns:
            (M, K).
        """
        given = as_array("values", values, shape=(*self.of_cube.shape, None), dtype=values.dtype)
        rows = self.of_cube.ravel()
        counts = np.bincount(rows, minlength=len(self.points))
        means = np.empty((len(counts), given.shape[2]))
        for column in range(given.shape[2]):
            sums = np.bincount(rows, given[..., column].ravel(), minlength=len(counts))
            means[:, column] = sums / counts
        return means

    def find(self, points: NDArray[np.integer]) -> Integers:
        """(P,) rows of some corners, given their (P, 3) coordinates; -1 where there is none."""
        return self.table.find(np.asarray(points, np.int64))


@dataclass(frozen=True, eq=False)
class DualSurface:
    """A surface of triangles.

    Attributes:
        vertices: (V, 3).
        faces: (F, 3) int64, counter-clockwise seen from the positive (outer) side.
        attributes: (V, K) values at the vertices.
    """

    vertices: Floats
    faces: Integers
    attributes: Floats


def cube_corners(cubes: NDArray[np.integer]) -> CubeCorners:
    """Finds the corners of cubes.

    Args:
        cubes: (N, 3) different integer coordinates of the lowest corners, at least -1.

    Raises:
        ShapeError: Not N rows of three integers.
        ConventionError: A coordinate is out of range, or a cube is listed twice.
    """
    lowest = as_array("cubes", cubes, shape=(None, 3), dtype=np.int64)
    if len(lowest) and (lowest.min() < -1 or lowest.max() >= _LIMIT):
        expected = f"coordinates from -1 to {_LIMIT - 1}"
        raise ConventionError("cubes", expected=expected, got=f"{lowest.min()} to {lowest.max()}")
    different, _, _ = PointTable.of(lowest, num_corners=1)
    if len(different) < len(lowest):
        got = f"{len(lowest) - len(different)} repeated"
        raise ConventionError("cubes", expected="each cube once", got=got)
    points, rows, table = PointTable.of(lowest)
    return CubeCorners(points, rows, table)


def cubes_around(cubes: NDArray[np.integer], corners: NDArray[np.integer]) -> Integers:
    """Cubes that touch some corners, as far as they are not among the given ones.

    A surface is closed if all cubes around all negative corners are there.

    Args:
        cubes: (N, 3) cubes that are there.
        corners: (M, 3) coordinates.

    Returns:
        (P, 3) further cubes.
    """
    known = np.asarray(cubes, np.int64)
    touching, _, _ = PointTable.of(np.asarray(corners, np.int64), sign=-1)
    _, _, table = PointTable.of(known, num_corners=1)
    return touching[table.find(touching) < 0]


def dual_surface(
    corners: CubeCorners,
    distances: NDArray[np.floating],
    positions: NDArray[np.floating],
    *,
    attributes: NDArray[np.floating] | None = None,
) -> DualSurface:
    """Extracts the surface where distances change their sign.

    The surface is closed where each crossed edge has all four cubes around it, which is so for all
    if each negative corner has all eight. Elsewhere it has a border.

    Args:
        corners: Corners of the cubes.
        distances: (M,) signed distances at the corners, negative inside.
        positions: (M, 3) positions of the corners. They may be moved from a regular grid by up to
            half an edge length; axes keep their orientation.
        attributes: (M, K) values to interpolate; None for none.

    Raises:
        ShapeError: The numbers of rows differ.
        ConventionError: A value is not finite.
    """
    count = len(corners.points)
    values = as_array("distances", distances, shape=(count,), dtype=np.float64)
    places = as_array("positions", positions, shape=(count, 3), dtype=np.float64)
    extras = np.zeros((count, 0)) if attributes is None else np.asarray(attributes, np.float64)
    if extras.ndim != 2 or len(extras) != count:
        raise ShapeError("attributes", expected=f"shape ({count}, N)", got=f"{extras.shape}")
    for name, array in (("distances", values), ("positions", places), ("attributes", extras)):
        check_finite(name, array)
    inside = values[corners.of_cube] < 0
    crossed = np.flatnonzero(inside.any(1) & ~inside.all(1))
    of_cube = corners.of_cube[crossed]
    signs = inside[crossed] @ (1 << np.arange(8))
    sheets = _sheets(of_cube, signs)
    cube, edge = np.nonzero(sheets >= 0)
    names, sheet_of = np.unique(cube * 12 + sheets[cube, edge], return_inverse=True)
    first, second = of_cube[cube[:, None], _tables().edges[edge]].T
    part = values[first] / (values[first] - values[second])
    columns = np.concatenate([places, extras], 1)
    crossings = columns[first] + part[:, None] * (columns[second] - columns[first])
    sizes = np.bincount(sheet_of, minlength=len(names))
    sums = [np.bincount(sheet_of, column, minlength=len(names)) for column in crossings.T]
    means = np.stack(sums, 1) / sizes[:, None]
    quads = _quads(first, edge, sheet_of, values)
    return DualSurface(means[:, :3], _triangles(quads, means[:, :3]), means[:, 3:])


@dataclass(frozen=True)
class _Tables:
    """Edges and faces of a cube.

    Attributes:
        edges: (12, 2) corners. Edge 4 * axis + b + 2 * c runs along its axis, at b on the next
            axis and at c on the one after.
        faces: (6, 4) corners in a circle. Face 2 * axis + side.
        face_edges: (6, 4) edge from each of these corners to the next.
        sheets: (256 * 64, 12) for the inside corners as bits, and the faces on which not inside
            but outside corners are separated as higher bits: a number per crossed edge, the same
            for edges of one sheet; -1 for other edges.
    """

    edges: Integers
    faces: Integers
    face_edges: Integers
    sheets: NDArray[np.int8]


@cache
def _tables() -> _Tables:
    edges = np.zeros((12, 2), np.int64)
    for axis in range(3):
        second, third = (axis + 1) % 3, (axis + 2) % 3
        for place in range(4):
            low = (place & 1) << second | (place >> 1) << third
            edges[4 * axis + place] = low, low | 1 << axis
    numbers = {frozenset(pair): number for number, pair in enumerate(edges.tolist())}
    faces = np.zeros((6, 4), np.int64)
    for axis in range(3):
        second, third = 1 << (axis + 1) % 3, 1 << (axis + 2) % 3
        for side in range(2):
            base = side << axis
            faces[2 * axis + side] = base, base | second, base | second | third, base | third
    face_edges = np.array(
        [
            [numbers[frozenset((int(a), int(b)))] for a, b in zip(f, np.roll(f, -1), strict=True)]
            for f in faces
        ]
    )
    return _Tables(edges, faces, face_edges, _sheet_table(edges, faces, face_edges))


def _sheet_table(edges: Integers, faces: Integers, face_edges: Integers) -> NDArray[np.int8]:
    """Joins the crossed edges of each face two by two, and so finds the sheets."""
    case = np.arange(256 * 64)
    inside = case[:, None] >> np.arange(8) & 1
    flipped = case[:, None] >> np.arange(8, 14) & 1
    crossed = inside[:, edges[:, 0]] != inside[:, edges[:, 1]]
    labels = np.where(crossed, np.arange(12), -1)
    links: list[tuple[int, int, NDArray[np.bool_]]] = []
    for face in range(6):
        circle, around = faces[face], face_edges[face]
        is_ambiguous = crossed[:, around].all(1)
        for turn in range(4):
            before, after = int(around[turn - 1]), int(around[turn])
            is_cut = (inside[:, circle[turn]] ^ flipped[:, face]).astype(bool)
            both = crossed[:, before] & crossed[:, after]
            links.append((before, after, both & (~is_ambiguous | is_cut)))
        for one, other in ((0, 2), (1, 3)):
            a, b = int(around[one]), int(around[other])
            links.append((a, b, crossed[:, a] & crossed[:, b] & ~is_ambiguous))
    for _ in range(12):
        for a, b, is_linked in links:
            low = np.minimum(labels[:, a], labels[:, b])
            labels[:, a] = np.where(is_linked, low, labels[:, a])
            labels[:, b] = np.where(is_linked, low, labels[:, b])
    return labels.astype(np.int8)


def _sheets(of_cube: Integers, signs: Integers) -> NDArray[np.int8]:
    """The sheet of each edge of each cube, (N, 12), such that no two sheets share two cubes' face.

    On a face whose corners alternate, two lines of the surface cross the face. If both belong to
    one sheet in the cube on either side, four quads would meet at one edge; then the other way to
    join the crossings of this face is tried.
    """
    tables = _tables()
    flips = np.zeros(len(signs), np.int64)
    first, second, axis = _ambiguous_faces(of_cube, signs)
    for _ in range(_MOST_FLIPS):
        sheets = tables.sheets[signs + (flips << 8)]
        is_bad = _is_single(sheets, first, 2 * axis + 1) & _is_single(sheets, second, 2 * axis)
        if not is_bad.any():
            break
        np.bitwise_xor.at(flips, first[is_bad], 1 << (2 * axis[is_bad] + 1))
        np.bitwise_xor.at(flips, second[is_bad], 1 << (2 * axis[is_bad]))
    return tables.sheets[signs + (flips << 8)]


def _ambiguous_faces(of_cube: Integers, signs: Integers) -> tuple[Integers, Integers, Integers]:
    """Faces with alternating corners: the cube below, the cube above, the axis between them."""
    tables = _tables()
    inside = signs[:, None] >> np.arange(8) & 1
    cubes, keys, upper = [], [], []
    for face in range(6):
        corners = inside[:, tables.faces[face]]
        found = np.flatnonzero((corners != np.roll(corners, 1, axis=1)).all(1))
        axis, side = divmod(face, 2)
        cubes.append(found)
        keys.append(of_cube[found, tables.faces[face, 0]] * 3 + axis)
        upper.append(np.full(len(found), 1 - side))
    cube, key, is_upper = (np.concatenate(parts) for parts in (cubes, keys, upper))
    order = np.lexsort((is_upper, key))
    cube, key = cube[order], key[order]
    pair = np.flatnonzero(key[1:] == key[:-1])
    return cube[pair], cube[pair + 1], key[pair] % 3


def _is_single(sheets: NDArray[np.int8], cube: Integers, face: Integers) -> NDArray[np.bool_]:
    """Whether all four crossings of a face belong to one sheet of a cube."""
    around = sheets[cube[:, None], _tables().face_edges[face]]
    single: NDArray[np.bool_] = (around == around[:, :1]).all(1)
    return single


def _quads(first: Integers, edge: Integers, vertex: Integers, values: Floats) -> Integers:
    """(Q, 4) vertices around each crossed edge that has four cubes, outside in front."""
    axis, place = edge // 4, edge % 4
    turn = np.zeros(4, np.int64)
    for number, (second, third) in enumerate(_AROUND):
        turn[second + 2 * third] = number
    key = (first * 3 + axis) * 4 + turn[place]
    order = np.argsort(key)
    starts = np.flatnonzero(key[order] % 4 == 0)
    starts = starts[starts + 3 < len(order)]
    is_whole = key[order[starts + 3]] == key[order[starts]] + 3
    rows = order[starts[is_whole, None] + np.arange(4)]
    quads = vertex[rows]
    is_up = values[first[rows[:, 0]]] < 0
    turned: Integers = np.where(is_up[:, None], quads, quads[:, ::-1])
    return turned


def _triangles(quads: Integers, vertices: Floats) -> Integers:
    """Cuts quads along their shorter diagonal."""
    a, b, c, d = quads.T
    is_first = _distance(vertices, a, c) <= _distance(vertices, b, d)
    one = np.where(is_first, (a, b, c), (b, c, d))
    two = np.where(is_first, (a, c, d), (b, d, a))
    return np.stack([one.T, two.T], 1).reshape(-1, 3)


def _distance(vertices: Floats, one: Integers, other: Integers) -> Floats:
    distance: Floats = np.linalg.norm(vertices[one] - vertices[other], axis=1)
    return distance
