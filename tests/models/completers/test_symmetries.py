"""Planes and axes of symmetry of partly seen bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import OCCUPIED, UNKNOWN
from scenewright.models.completers.symmetries import MOST_WRONG, SymmetrySearch
from tests.models.completers.completer_builders import CELL, N, box, cylinder, partial, seen_from


def test_a_box_seen_from_its_corner_has_two_planes_and_their_pair() -> None:
    body = box((8, 12, 0), (30, 26, 15))
    shape = partial(seen_from(body, (0, 1), (1, 1), (2, -1)))
    search = SymmetrySearch(shape)
    planes = search.planes()
    assert len(planes) >= 2 and all(one.is_sound for one in planes)
    middle = CELL * np.array([19, 19, 0])
    for axis in (0, 1):
        # Some plane sends the middle of the body to itself, and turns one axis around.
        found = [p.maps[0] for p in planes if p.maps[0][axis, axis] < -0.99]
        assert found, f"no plane across axis {axis}"
        image = found[0] @ [*middle, 1]
        assert abs(image[axis] - middle[axis]) < 1.1 * CELL
    pairs = search.pairs(planes)
    assert pairs and pairs[0].maps.shape == (3, 4, 4) and pairs[0].wrong <= MOST_WRONG


def test_a_cylinder_seen_from_one_side_has_an_axis() -> None:
    shape = partial(seen_from(cylinder(9, 2, 30), (0, 1), (2, -1)))
    axis = SymmetrySearch(shape).axis()
    assert axis is not None and axis.name == "axis"
    center = CELL * N / 2
    # A turn by 120 degrees moves the true center by sqrt(3) times the error of the axis.
    image = axis.maps[2] @ [center, center, 0.5, 1]
    assert image[:3] == pytest.approx([center, center, 0.5], abs=np.sqrt(3) * CELL)


def test_a_long_strip_has_no_axis() -> None:
    strip = box((4, 14, 0), (36, 22, 2))
    shape = partial(seen_from(strip, (2, -1), (0, 1), (0, -1), (1, 1)))
    free = shape.grid.states != OCCUPIED
    unknown = replace(shape.grid, states=np.where(free, UNKNOWN, OCCUPIED).astype(np.uint8))
    assert SymmetrySearch(replace(shape, grid=unknown)).axis() is None


def test_a_plane_that_contradicts_free_space_is_not_found() -> None:
    # An L: the mirror image of its long arm would stand in space that was seen through.
    body = box((8, 8, 0), (14, 32, 14)) | box((8, 8, 0), (30, 14, 14))
    shape = partial(seen_from(body, (0, 1), (0, -1), (1, 1), (1, -1), (2, -1)))
    planes = SymmetrySearch(shape).planes()
    assert all(abs(p.maps[0][0, 1]) > 0.3 for p in planes)  # only the diagonal, at most
    for one in planes:
        assert one.wrong <= MOST_WRONG


def test_a_plane_in_a_flat_face_is_no_symmetry() -> None:
    # A picture on a wall: its mirror image in its own face would say that it is a sheet.
    picture = box((6, 18, 8), (34, 24, 32))
    planes = SymmetrySearch(partial(seen_from(picture, (1, 1)))).planes()
    assert planes
    for one in planes:
        assert abs(one.maps[0][1, 1] - 1) < 0.2  # across its width, not its depth


def test_nothing_seen_has_no_symmetry() -> None:
    search = SymmetrySearch(partial(np.zeros((N, N, N), np.uint8)))
    assert search.planes() == [] and search.axis() is None and search.pairs([]) == []
