"""Vertex clustering."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.geometry.simplification import clusters, group_means, simplified
from tests.builders import make_cube


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), num=st.integers(0, 200), cell=st.sampled_from([0.1, 0.5, 3.0]))
def test_groups_are_cells(seed: int, num: int, cell: float) -> None:
    points = np.random.default_rng(seed).uniform(-2, 2, (num, 3))
    group, count = clusters(points, cell)
    assert len(group) == num and sorted(set(group.tolist())) == list(range(count))
    for i in range(count):
        assert np.ptp(points[group == i], axis=0).max() <= cell
    first = [int(np.flatnonzero(group == i)[0]) for i in range(count)]
    assert first == sorted(first)
    means = group_means(points, group, count)
    assert np.allclose(means, [points[group == i].mean(axis=0) for i in range(count)] or means)


def make_sheet(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A flat square with `side` vertices along each edge, 1 apart."""
    rows, columns = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    vertices = np.stack([rows, columns, 0 * rows], axis=-1).reshape(-1, 3).astype(float)
    a = (rows[:-1, :-1] * side + columns[:-1, :-1]).reshape(-1)
    faces = np.concatenate(
        [np.stack([a, a + side, a + 1], 1), np.stack([a + 1, a + side, a + side + 1], 1)]
    )
    return vertices, faces


def test_a_sheet_stays_a_sheet_with_fewer_faces() -> None:
    vertices, faces = make_sheet(40)
    coarse, kept, group = simplified(vertices, faces, cell_size=4.0)
    assert len(coarse) == 100 and len(kept) < len(faces) / 10
    assert np.allclose(coarse[:, 2], 0) and kept.dtype == np.int32
    a, b, c = coarse[kept].transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    assert (normal[:, 2] > 0).all(), "the winding stays"
    assert np.isclose(normal[:, 2].sum() / 2, 36.0**2), "without holes"
    assert len(np.unique(np.sort(kept, axis=1), axis=0)) == len(kept)
    assert np.array_equal(coarse[group[:1]][0], vertices[group == group[0]].mean(axis=0))


def test_fine_cells_change_nothing_and_large_ones_leave_nothing() -> None:
    cube = make_cube()
    vertices, faces, _ = simplified(cube.vertices, cube.faces, cell_size=1e-3)
    assert np.allclose(vertices, cube.vertices) and np.array_equal(faces, cube.faces)
    vertices, faces, group = simplified(cube.vertices, cube.faces, cell_size=10.0)
    assert len(vertices) == 1 and faces.shape == (0, 3) and not group.any()
    empty = simplified(np.zeros((0, 3)), np.zeros((0, 3), np.int32), cell_size=1.0)
    assert len(empty[0]) == 0 and empty[1].shape == (0, 3)
