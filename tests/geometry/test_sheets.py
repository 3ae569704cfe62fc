"""Separation of sheets that touch."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.geometry.sheets import is_closed, separated_sheets

CUBE = np.array([[c & 1, c >> 1 & 1, c >> 2] for c in range(8)], np.float64)
BOX_FACES = np.array([
    [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4],
    [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5],
])  # fmt: skip


def cube(*offset: float) -> NDArray[np.float64]:
    """The corners of a unit cube."""
    return np.asarray(CUBE + np.array(offset))


def welded(
    *parts: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Meshes as one, whose vertices at the same point are one vertex."""
    starts = np.cumsum([0, *(len(points) for points, _ in parts)])
    points = np.concatenate([points for points, _ in parts])
    faces = np.concatenate(
        [faces + start for (_, faces), start in zip(parts, starts, strict=False)]
    )
    unique, number = np.unique(points, axis=0, return_inverse=True)
    return unique, number.reshape(-1)[faces]


def volume(points: NDArray[np.floating], faces: NDArray[np.integer]) -> float:
    """Enclosed by a closed mesh."""
    a, b, c = points[faces, :3].astype(np.float64).transpose(1, 0, 2)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_a_closed_box_stays_as_it_is() -> None:
    assert is_closed(BOX_FACES)
    points, faces = separated_sheets(CUBE, BOX_FACES)
    assert is_closed(faces)
    assert len(points) == 8 and len(faces) == 12
    assert volume(points, faces) == pytest.approx(1)


def test_open_and_empty_meshes_are_not_closed() -> None:
    assert not is_closed(BOX_FACES[1:])
    assert not is_closed(np.zeros((0, 3), np.int64))
    turned = BOX_FACES.copy()
    turned[0] = turned[0, ::-1]
    assert not is_closed(turned)


@pytest.mark.parametrize("offset", [(1, 1, 0), (1, 1, 1)], ids=["at an edge", "at a corner"])
def test_boxes_that_touch_become_two(offset: tuple[int, int, int]) -> None:
    points, faces = welded((CUBE, BOX_FACES), (cube(*offset), BOX_FACES))
    assert len(points) < 16
    apart, separate = separated_sheets(points, faces)
    assert is_closed(separate)
    assert len(apart) == 16
    assert volume(apart, separate) == pytest.approx(2)
    first = np.isin(separate, separate[:1]).any(axis=1)
    assert first.sum() < 24


def test_boxes_side_by_side_lose_the_wall_between_them() -> None:
    moved = cube(0, 0, 1)
    points, faces = welded((CUBE, BOX_FACES), (moved, BOX_FACES))
    joined, whole = separated_sheets(points, faces)
    assert is_closed(whole)
    assert volume(joined, whole) == pytest.approx(2)


def test_an_edge_of_one_piece_gets_a_vertex_per_sheet() -> None:
    # Two boxes that touch at an edge, joined by a third around the corner: both ends of the edge
    # belong to a single fan, so that only new vertices in the middle can separate the sheets.
    parts = [CUBE, cube(1, 1, 0), cube(0, 0, 1), cube(1, 0, 1), cube(1, 1, 1)]
    parts += [cube(0, 0, -1), cube(1, 0, -1), cube(1, 1, -1)]
    points, faces = welded(*((part, BOX_FACES) for part in parts))
    apart, separate = separated_sheets(points, faces)
    assert is_closed(separate)
    assert volume(apart, separate) == pytest.approx(8)
    assert (apart[:, 2] == 0.5).sum() == 2


def test_values_of_vertices_follow() -> None:
    values = np.column_stack([CUBE, 10 * CUBE[:, 0]])
    points, _ = separated_sheets(values, BOX_FACES)
    np.testing.assert_allclose(points[:, 3], 10 * points[:, 0])


def test_faces_that_cancel_vanish() -> None:
    flap = np.array([[0, 1, 2], [2, 1, 0]])
    points, faces = separated_sheets(CUBE, np.concatenate([BOX_FACES, flap]))
    assert len(faces) == 12 and is_closed(faces)
    points, faces = separated_sheets(CUBE, flap)
    assert faces.shape == (0, 3) and len(points) == 0


def test_an_open_surface_keeps_its_border() -> None:
    points, faces = separated_sheets(CUBE, BOX_FACES[2:])
    assert len(points) == 8 and len(faces) == 10
    assert not is_closed(faces)
