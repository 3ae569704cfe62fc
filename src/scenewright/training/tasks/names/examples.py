"""Examples for names: objects of all families, seen in part, and what is no object of them.

A scan shows few sides of an object, things in front of it hide some of these, and a segmentation
takes points of its neighbors in and loses some of its own. Each of this is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scenewright.models.tiny.object_features import JITTER, object_features
from scenewright.worlds.composing.surface_samples import sample_surface
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.objects.registry import FAMILIES, make_object

OTHER = "other"
_SIZE = (0.88, 1.14)
_VIEWS = (2, 6)
_LEAST_POINTS = 40
_HIDDEN = (0.1, 0.5)
"""Share of the points of an object that something in front of it hides."""
_TAKEN = (0.02, 0.2)
"""Points of a neighbor that a segmentation takes in, per point of the object."""
_LOST = 0.15
"""Largest share of the points that a segmentation loses at random."""
_POINTS = 1600
Points = tuple[NDArray[np.float64], NDArray[np.uint8]]


def examples(seeds: range, *, variants: int = 5) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Labels and features of one object of each family per seed, and of as many unions and cuts.

    Args:
        seeds: Seeds of the objects.
        variants: Descriptions per object: complete, seen from some sides, from one, partly hidden
            as well, and as a segmentation finds it; then again from the second on.
    """
    labels = list(FAMILIES)
    for seed in seeds:
        rng = np.random.default_rng([seed, 41])
        before: Points | None = None
        for number, label in enumerate(labels):
            cloud, bottom = _object(label, seed, rng)
            for variant in range(variants):
                seen = _shown(cloud, before, variant, rng)
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


def _shown(
    cloud: Points, neighbor: Points | None, variant: int, rng: np.random.Generator
) -> Points:
    """An object as one of the variants of `examples` shows it."""
    if variant == 0:
        return cloud
    kind = (variant - 1) % 4
    seen = _seen(cloud, rng, views=1 if kind else int(rng.integers(*_VIEWS, endpoint=True)))
    if kind == 3 and rng.random() < 0.7:
        seen = _seen(cloud, rng, views=int(rng.integers(1, 4)))
    if kind >= 2 and rng.random() < 0.8:
        seen = _hidden(seen, rng)
    return _segmented(seen, neighbor, rng) if kind == 3 else seen


def _hidden(cloud: Points, rng: np.random.Generator) -> Points:
    """What is left when something hides the object from below or from a side."""
    points, colors = cloud
    if len(points) < 2 * _LEAST_POINTS:
        return cloud
    turn = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(turn), np.sin(turn), rng.uniform(0, 1.5)])
    along = points @ direction
    kept = along >= np.quantile(along, rng.uniform(*_HIDDEN))
    return points[kept], colors[kept]


def _segmented(cloud: Points, neighbor: Points | None, rng: np.random.Generator) -> Points:
    """The points that a segmentation gives to the object: some lost, some of a neighbor."""
    points, colors = cloud
    kept = rng.random(len(points)) >= rng.uniform(0, _LOST)
    if kept.sum() >= _LEAST_POINTS:
        points, colors = points[kept], colors[kept]
    count = int(len(points) * rng.uniform(*_TAKEN))
    if not count:
        return points, colors
    low, high = points.min(axis=0), points.max(axis=0)
    if neighbor is None or rng.random() < 0.5:
        # A strip of what it stands on.
        spread = 0.15 * float((high - low)[:2].max())
        strip = rng.uniform(low - spread, high + spread, (count, 3))
        strip[:, 2] = low[2]
        shade = rng.integers(40, 230, 3)
        found = strip, np.tile(shade, (count, 1)).astype(np.uint8)
    else:
        # An edge of what stands beside it.
        others, shades = neighbor
        rows = np.argsort(others[:, 0])[:count]
        place = np.array([high[0], rng.uniform(low[1], high[1]), low[2]])
        shift = place - others[rows].min(axis=0)
        found = others[rows] + shift, shades[rows]
    return np.concatenate([points, found[0]]), np.concatenate([colors, found[1]])


def _seen(cloud: Points, rng: np.random.Generator, *, views: int) -> Points:
    """The points that some viewers see: those in front, cell by cell of a coarse picture."""
    points, colors = cloud
    middle = points.mean(axis=0)
    visible = np.zeros(len(points), bool)
    extent = float(np.ptp(points, axis=0).max())
    for _ in range(views):
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
