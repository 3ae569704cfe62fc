"""Surfels, views and grids for tests, and scenes that hold them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import Scene, StateGrid, SurfelCloud, Views
from tests.builders import make_scene


def make_surfels(
    n: int = 12,
    *,
    degree: int = 3,
    ids: bool = True,
    scores: bool = True,
    features: int = 0,
    seed: int = 0,
    scale: float = 1.0,
) -> SurfelCloud:
    """Random surfels; ids are those of `make_scene` and 0."""
    rng = np.random.default_rng(seed)
    quats = rng.normal(size=(n, 4))
    return SurfelCloud(
        (rng.normal(size=(n, 3)) * scale).astype(np.float32),
        (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32),
        (rng.uniform(0.01, 0.1, (n, 2)) * scale).astype(np.float32),
        rng.uniform(0, 1, n).astype(np.float32),
        rng.normal(0, 0.3, (n, (degree + 1) ** 2, 3)).astype(np.float32),
        rng.choice(np.array([0, 3, 7], np.int32), n) if ids else None,
        rng.uniform(0, 1, n).astype(np.float32) if scores else None,
        rng.normal(size=(n, features)).astype(np.float32) if features else None,
    )


def make_views(n: int = 3) -> Views:
    poses = np.tile(np.eye(4), (n, 1, 1))
    poses[:, 0, 3] = np.arange(n) / 3
    cameras = np.array([[500.1 / 3, 0, 4.25], [0, 499.7, 3.5], [0, 0, 1]])
    names = tuple(f"größe {i}.jpg" for i in range(n))
    sizes = np.tile(np.array([8, 6], np.int32), (n, 1))
    return Views(names, np.tile(cameras, (n, 1, 1)), sizes, poses)


def make_grid(seed: int = 0) -> StateGrid:
    rng = np.random.default_rng(seed)
    states = rng.integers(0, 3, (4, 5, 6)).astype(np.uint8)
    support = None if seed % 2 else -1 / 3
    return StateGrid(states, np.array([0.1, -0.2, 1 / 3]), 0.013, 2 / 3, support)


def make_surfel_scene(*, points: bool = False, assets: bool = False, degree: int = 3) -> Scene:
    """`make_scene` with surfels, views and two grids."""
    return replace(
        make_scene(points=points, assets=assets),
        surfels=make_surfels(degree=degree, features=5),
        views=make_views(),
        grids={12: make_grid(1), 7: make_grid(2)},
    )


def assert_close_surfels(left: SurfelCloud, right: SurfelCloud, *, tolerance: float) -> None:
    """Fails unless two clouds agree, row by row; signs of quaternions may differ."""
    assert len(left) == len(right)
    for name in ("means", "scales", "opacities", "sh"):
        a, b = getattr(left, name), getattr(right, name)
        assert a.shape == b.shape, name
        assert np.allclose(a, b, rtol=tolerance, atol=tolerance * np.abs(b).max(initial=0)), name
    assert np.allclose(np.abs((left.quats * right.quats).sum(axis=1)), 1, atol=tolerance)
