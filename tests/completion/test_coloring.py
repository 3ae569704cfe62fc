"""Colors of hidden vertices."""

from __future__ import annotations

import numpy as np

from scenewright.completion.coloring import hidden_colors
from scenewright.completion.seen_surface import GRAY, SeenSurface

RED, BLUE = (200, 0, 0), (0, 0, 200)
SURFACE = SeenSurface(
    np.array([[1.0, 0, 0], [0, 1.0, 0]]),
    np.array([[1.0, 0, 0], [0, 1.0, 0]]),
    np.array([RED, BLUE], np.uint8),
)
MIRROR = np.diag([-1.0, 1, 1, 1])[None]
NONE = np.zeros((0, 4, 4))


def colors(
    vertices: list[list[float]], normals: list[list[float]], maps: np.ndarray
) -> list[tuple[int, ...]]:
    found = hidden_colors(
        np.array(vertices), np.array(normals), seen=np.zeros(len(vertices), np.bool_),
        surface=SURFACE, symmetries=maps, cell_size=0.1,
    )  # fmt: skip
    return [tuple(row) for row in found.tolist()]


def test_a_hidden_vertex_takes_the_color_of_its_mirror_image() -> None:
    assert colors([[-1, 0.05, 0]], [[-1, 0, 0]], MIRROR) == [RED]


def test_without_a_symmetry_near_surface_decides() -> None:
    one = SeenSurface(SURFACE.points[:1], SURFACE.normals[:1], SURFACE.colors[:1])
    found = hidden_colors(
        np.array([[0.0, 0.9, 0]]), np.array([[0.0, 1, 0]]), seen=np.array([False]), surface=one,
        symmetries=NONE, cell_size=0.1,
    )  # fmt: skip
    assert tuple(found[0]) == RED
    # Two samples: their mean, as there are no others.
    assert colors([[0, 0.9, 0]], [[0, 1, 0]], NONE) == [(100, 0, 100)]


def test_seen_vertices_keep_their_color_and_nothing_seen_is_gray() -> None:
    seen = hidden_colors(
        np.array([[1.0, 0, 0.01]]), np.array([[0.0, 1, 0]]), seen=np.array([True]),
        surface=SURFACE, symmetries=MIRROR, cell_size=0.1,
    )  # fmt: skip
    assert tuple(seen[0]) == RED
    nothing = SeenSurface(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3), np.uint8))
    gray = hidden_colors(
        np.zeros((2, 3)), np.zeros((2, 3)), seen=np.zeros(2, np.bool_), surface=nothing,
        symmetries=NONE, cell_size=0.1,
    )  # fmt: skip
    assert (gray == GRAY).all()
