"""Colors of instances."""

from __future__ import annotations

import numpy as np

from scenewright.core import InstanceTable, instance_color, instance_colors


def test_neighboring_ids_have_far_colors() -> None:
    colors = np.array([instance_color(i) for i in range(1, 40)], float)
    assert np.linalg.norm(np.diff(colors, axis=0), axis=1).min() > 60
    assert len({instance_color(i) for i in range(200)}) == 200
    assert len(set(instance_color(0))) <= 2


def cubes(ids: list[int], centers: list[float], *, size: float = 0.2) -> InstanceTable:
    """Cubes along the x axis."""
    n = len(ids)
    center = np.zeros((n, 3))
    center[:, 0] = centers
    return InstanceTable(
        np.array(ids),
        np.ones(n, np.float32),
        ("",) * n,
        center,
        np.full((n, 3), size),
        np.tile(np.eye(3), (n, 1, 1)),
    )


def test_instances_that_touch_have_clearly_different_colors() -> None:
    # The colors of these ids are close, and they touch.
    table = cubes([25, 51, 106], [0.0, 0.4, 0.2])
    plain = np.array([instance_color(i) for i in (25, 51, 106)], float)
    assert np.linalg.norm(plain[2] - plain[:2], axis=1).max() < 30
    found = instance_colors(table)
    assert list(found) == [0, 25, 51, 106] and found[0] == instance_color(0)
    assert found[25] == instance_color(25)
    colors = np.array([found[i] for i in (25, 51, 106)], float)
    for a, b in ((0, 2), (1, 2)):
        assert np.linalg.norm(colors[a] - colors[b]) > 70


def test_instances_that_are_far_apart_keep_the_colors_of_their_ids() -> None:
    found = instance_colors(cubes([106, 25], [0.0, 9.0]))
    assert found[25] == instance_color(25) and found[106] == instance_color(106)
    assert instance_colors(InstanceTable.empty()) == {0: instance_color(0)}


def test_a_crowd_gets_colors_too() -> None:
    table = cubes(list(range(1, 301)), np.linspace(0, 30, 300).tolist())
    found = instance_colors(table)
    assert found == instance_colors(table[::-1]) and len(found) == 301
    colors = np.array([found[i] for i in range(1, 301)], float)
    for step in (1, 2, 3):
        assert np.linalg.norm(colors[step:] - colors[:-step], axis=1).min() > 40
