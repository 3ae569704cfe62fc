"""Meshes whose sheets touch, made manifold again: simplification glues what is close together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]

_MOST_ROUNDS = 100


def is_closed(faces: NDArray[np.integer]) -> bool:
    """Whether each edge has exactly two faces, which run along it in opposite directions."""
    edges = _half_edges(np.asarray(faces, np.int64))
    if not len(edges):
        return False
    edge = _row_numbers(np.sort(edges, 1))
    forward = np.bincount(edge, edges[:, 0] < edges[:, 1])
    return bool(np.all(np.bincount(edge) == 2) and np.all(forward == 1))


def separated_sheets(vertices: Floats, faces: NDArray[np.integer]) -> tuple[Floats, Integers]:
    """Gives touching sheets of a surface vertices of their own.

    Two faces with the same corners that face each other vanish. Where more than two faces share an
    edge, those that enclose the same part of the inside stay together. The surface does not move;
    if each edge had as many faces in one direction as in the other, then it becomes closed and
    manifold.

    Args:
        vertices: (V, K) positions x, y, z, followed by any other values.
        faces: (F, 3), without faces that have a corner twice.

    Returns:
        The new vertices, of which each belongs to a face, and faces.
    """
    points, corners = np.asarray(vertices), _without_opposites(np.asarray(faces, np.int64))
    for _ in range(_MOST_ROUNDS):
        pairs = _paired(points, corners)
        numbers, first = _fans(corners, pairs)
        points, corners = points[corners.reshape(-1)[first]], numbers
        crowded = _crowded(corners, pairs)
        if not len(crowded):
            break
        points, corners = _with_midpoints(points, corners, crowded)
    return points, corners


def _half_edges(faces: Integers) -> Integers:
    """(3 F, 2) corners: half edge 3 f + k runs from corner k of face f to the next one."""
    return np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)


def _row_numbers(rows: Integers) -> Integers:
    """(N,) number of each row of integers of at least 0: equal rows have one, none is left out.

    Much faster than `numpy.unique` of rows, which compares them byte by byte.
    """
    numbers = rows[:, 0]
    for column in rows.T[1:]:
        keys = numbers * (int(column.max(initial=0)) + 1) + column
        numbers = np.unique(keys, return_inverse=True)[1].reshape(-1)
    return numbers


def _next(half_edges: Integers) -> Integers:
    """The next half edge of the same face."""
    following: Integers = half_edges + 1 - 3 * (half_edges % 3 == 2)
    return following


def _without_opposites(faces: Integers) -> Integers:
    if not len(faces):
        return faces
    turned = np.take_along_axis(faces, (faces.argmin(1)[:, None] + np.arange(3)) % 3, axis=1)
    is_even = turned[:, 1] < turned[:, 2]
    triple = _row_numbers(np.sort(faces, 1))
    keep = np.ones(len(faces), bool)
    order = np.lexsort((is_even, triple))
    starts, sizes = _groups(triple[order])
    for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
        members = order[start : start + size]
        odd, even = members[~is_even[members]], members[is_even[members]]
        vanishing = min(len(odd), len(even))
        keep[odd[:vanishing]] = keep[even[:vanishing]] = False
    return faces[keep]


def _groups(numbers: Integers) -> tuple[Integers, Integers]:
    """First position and size of each run of equal numbers."""
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    return starts, np.diff(np.append(starts, len(numbers)))


def _paired(points: Floats, faces: Integers) -> Integers:
    """(P, 2) half edges, forward and backward, of faces that continue each other."""
    edges = _half_edges(faces)
    is_forward = edges[:, 0] < edges[:, 1]
    edge = _row_numbers(np.sort(edges, 1))
    order = np.lexsort((~is_forward, edge))
    starts, sizes = _groups(edge[order])
    simple = starts[sizes == 2]
    pairs = np.stack([order[simple], order[simple + 1]], 1)
    pairs = pairs[is_forward[pairs[:, 0]] & ~is_forward[pairs[:, 1]]]
    is_crowded = np.repeat(sizes > 2, sizes)
    crowded = _paired_around(points, faces, order[is_crowded], sizes[sizes > 2], is_forward)
    return np.concatenate([pairs, crowded])


def _paired_around(
    points: Floats,
    faces: Integers,
    members: Integers,
    sizes: Integers,
    is_forward: NDArray[np.bool_],
) -> Integers:
    """Pairs the half edges of edges with more than two faces by the inside between them.

    Seen along the edge, the inside lies counterclockwise of a backward face and clockwise of a
    forward one, so that they match like opening and closing brackets on a circle.

    Args:
        points: (V, K) positions and other values.
        faces: (F, 3).
        members: Half edges of these edges, one edge after the other, forward ones first.
        sizes: Number of half edges of each edge.
        is_forward: Of all half edges.
    """
    if not len(members):
        return np.zeros((0, 2), np.int64)
    flat = faces.reshape(-1)
    group = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.cumsum(sizes) - sizes
    base = members[starts]
    start, end = points[flat[base], :3], points[flat[_next(base)], :3]
    length = np.linalg.norm(end - start, axis=1, keepdims=True)
    axis = (end - start) / np.maximum(length, np.finfo(np.float64).tiny)
    away = points[flat[_next(_next(members))], :3] - start[group]
    along = np.einsum("ij,ij->i", away, axis[group])
    away = away - along[:, None] * axis[group]
    farthest = np.lexsort((-np.linalg.norm(away, axis=1), group))[starts]
    side = away[farthest]
    across = np.einsum("ij,ij->i", away, np.cross(axis, side)[group])
    angles = np.arctan2(across, np.einsum("ij,ij->i", away, side[group]))
    around = members[np.lexsort((angles, group))]
    pairs: list[tuple[int, int]] = []
    forward = is_forward[around].tolist()
    ordered = around.tolist()
    for first, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        opened: list[int] = []
        closing: list[int] = []
        for n in range(first, first + size):
            if not forward[n]:
                opened.append(ordered[n])
            elif opened:
                pairs.append((ordered[n], opened.pop()))
            else:
                closing.append(ordered[n])
        pairs += [(half_edge, opened.pop()) for half_edge in closing if opened]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _fans(faces: Integers, pairs: Integers) -> tuple[Integers, Integers]:
    """Faces with a vertex per fan of continued faces, and a corner of each vertex."""
    forward, backward = pairs.T
    rows = np.concatenate([forward, _next(forward)])
    columns = np.concatenate([_next(backward), backward])
    size = faces.size
    links = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(size, size))
    _, numbers = connected_components(links, directed=False)
    _, first = np.unique(numbers, return_index=True)
    return numbers.reshape(-1, 3).astype(np.int64), first


def _crowded(faces: Integers, pairs: Integers) -> Integers:
    """Pairs of half edges whose edge still has other faces, at most one pair per face."""
    edge = _row_numbers(np.sort(_half_edges(faces), 1))
    found = pairs[np.bincount(edge)[edge[pairs[:, 0]]] > 2]
    taken: set[int] = set()
    chosen = []
    for forward, backward in found.tolist():
        owners = {forward // 3, backward // 3}
        if not owners & taken:
            taken |= owners
            chosen.append((forward, backward))
    return np.array(chosen, np.int64).reshape(-1, 2)


def _with_midpoints(points: Floats, faces: Integers, pairs: Integers) -> tuple[Floats, Integers]:
    """Splits the two faces of each pair at a new vertex in the middle of their edge."""
    flat = faces.reshape(-1)
    middles = (points[flat[pairs[:, 0]]] + points[flat[_next(pairs[:, 0])]]) / 2
    numbers = np.repeat(len(points) + np.arange(len(pairs)), 2)
    half_edges = pairs.reshape(-1)
    start, end, far = (flat[each] for each in _triangle(half_edges))
    keep = np.ones(len(faces), bool)
    keep[half_edges // 3] = False
    halves = [np.stack([start, numbers, far], 1), np.stack([numbers, end, far], 1)]
    return np.concatenate([points, middles]), np.concatenate([faces[keep], *halves])


def _triangle(half_edges: Integers) -> tuple[Integers, Integers, Integers]:
    following = _next(half_edges)
    return half_edges, following, _next(following)
