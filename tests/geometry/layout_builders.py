"""Random layouts of boxes, and what a camera sees of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.layouts import placed_points, similarity
from scenewright.geometry.similarity_fit import visible_points

Floats = NDArray[np.float64]


def yaw(angle: float) -> Floats:
    """Rotation around z."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def random_similarity(rng: np.random.Generator, *, upright: bool = False) -> Floats:
    """Any rotation (or one around z), a scale from 0.4 to 2.7, any translation."""
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn = turn * np.sign(np.linalg.det(turn))
    turn = yaw(rng.uniform(0, 2 * np.pi)) if upright else turn
    return similarity(float(np.exp(rng.uniform(-1, 1))), turn, rng.normal(size=3))


def box_scene(rng: np.random.Generator, *, count: int = 3, points: int = 1200) -> list[Floats]:
    """Points on boxes of different sizes that stand on z = 0 side by side."""
    objects = []
    for number in range(count):
        unit = rng.uniform(-0.5, 0.5, (points, 3))
        side = rng.integers(0, 3, points)
        unit[np.arange(points), side] = np.sign(rng.normal(size=points)) * 0.5
        box = unit * rng.uniform(0.2, 0.5, 3) @ yaw(rng.uniform(0, 2 * np.pi)).T
        box[:, 2] -= box[:, 2].min()
        offset = np.array([0.7 * number, rng.uniform(-0.5, 0.5), 0])
        objects.append(box + offset)
    return objects


def seen_from(objects: list[Floats], eye: Floats, rng: np.random.Generator) -> list[Floats]:
    """The visible points of each object with noise; one in twelve is far off."""
    size = float(np.linalg.norm(np.ptp(np.concatenate(objects), axis=0)))
    visible = visible_points(np.concatenate(objects), eye)
    parts = np.split(visible, np.cumsum([len(each) for each in objects])[:-1])
    result = []
    for each, is_visible in zip(objects, parts, strict=True):
        seen = each[is_visible] + rng.normal(scale=0.001 * size, size=(int(is_visible.sum()), 3))
        wrong = len(seen) // 12
        seen[:wrong] += rng.normal(scale=0.2 * size, size=(wrong, 3))
        result.append(rng.permutation(seen))
    return result


def moved(objects: list[Floats], matrix: Floats) -> list[Floats]:
    """All objects by one similarity."""
    return placed_points(objects, np.tile(matrix, (len(objects), 1, 1)))
