"""Examples for names: objects of all families, seen in part, and what is no object of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scenewright.models.tiny.object_features import JITTER, object_features
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.language.scenes import sample_surface
from scenewright.worlds.objects.registry import FAMILIES, make_object

OTHER = "other"
_SIZE = (0.88, 1.14)
_VIEWS = (2, 6)
_POINTS = 1600
Points = tuple[NDArray[np.float64], NDArray[np.uint8]]


def examples(seeds: range, *, variants: int = 3) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Labels and features of one object of each family per seed, and of as many unions and cuts.

    Args:
        seeds: Seeds of the objects.
        variants: Descriptions per object: complete, and seen from some sides only.
    """
    labels = list(FAMILIES)
    for seed in seeds:
        rng = np.random.default_rng([seed, 41])
        before: Points | None = None
        for number, label in enumerate(labels):
            cloud, bottom = _object(label, seed, rng)
            for variant in range(variants):
                seen = cloud if variant == 0 else _seen(cloud, rng)
                yield label, _described(seen, bottom, rng)
            if before is not None and number % 6 == 0:
                yield OTHER, _described(_union(cloud, before, rng), bottom, rng)
                yield OTHER, _described(_cut(cloud, rng), bottom, rng)
            before = cloud


def _object(label: str, seed: int, rng: np.random.Generator) -> tuple[Points, float]:
    """Points of an object that stands at the origin, and the height at which it stands."""
    factor = float(rng.uniform(*_SIZE))
    model = make_object(label, seed=seed * 1000 + list(FAMILIES).index(label), size_factor=factor)
    angle = rng.uniform(0, 2 * np.pi)
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    where = FAMILIES[label].where
    if where == "hanging":
        bottom = float(rng.uniform(0.6, 1.9))
    elif where == "top":
        bottom = float(rng.uniform(0.3, 1.9)) if rng.random() < 0.9 else 0.0
    else:
        bottom = 0.0
    return sample_surface(PlacedObject(1, model, pose), _POINTS, rng=rng), bottom


def _seen(cloud: Points, rng: np.random.Generator) -> Points:
    """The points that some viewers see: those in front, cell by cell of a coarse picture."""
    points, colors = cloud
    middle = points.mean(axis=0)
    visible = np.zeros(len(points), bool)
    extent = float(np.ptp(points, axis=0).max())
    for _ in range(int(rng.integers(_VIEWS[0], _VIEWS[1] + 1))):
        turn, tilt = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.9)
        ahead = -np.array([np.cos(turn) * np.cos(tilt), np.sin(turn) * np.cos(tilt), np.sin(tilt)])
        side = np.array([-np.sin(turn), np.cos(turn), 0.0])
        across = np.cross(ahead, side)
        local = points - middle
        cell = np.floor(np.stack([local @ side, local @ across], axis=1) / extent * 20).astype(int)
        key = (cell[:, 0] + 64) * 128 + cell[:, 1] + 64
        depth = local @ ahead
        nearest = np.full(128 * 128, np.inf)
        np.minimum.at(nearest, key, depth)
        visible |= depth <= nearest[key] + 0.06 * extent
    return points[visible], colors[visible]


def _union(first: Points, second: Points, rng: np.random.Generator) -> Points:
    """Two objects beside each other, as a bad segmentation joins them."""
    reach = float(np.ptp(first[0][:, 0]) + np.ptp(second[0][:, 0])) / 2
    moved = second[0] + np.array([reach, rng.uniform(-0.2, 0.2), 0.0])
    return np.concatenate([first[0], moved]), np.concatenate([first[1], second[1]])


def _cut(cloud: Points, rng: np.random.Generator) -> Points:
    """A piece of an object."""
    points, colors = cloud
    direction = rng.normal(size=3)
    along = points @ direction
    kept = along < np.quantile(along, rng.uniform(0.15, 0.4))
    return points[kept], colors[kept]


def _described(cloud: Points, bottom: float, rng: np.random.Generator) -> NDArray[np.float32]:
    points, colors = cloud
    noisy = points + rng.normal(0, JITTER, points.shape)
    noisy[:, 2] += bottom
    light = rng.uniform(0.75, 1.1)
    shaded = np.clip(colors * light + rng.normal(0, 6, (1, 3)), 0, 255).astype(np.uint8)
    known = None if rng.random() < 0.05 else shaded
    return object_features(noisy, known, floor=0.0, seed=int(rng.integers(1 << 30)))
