"""Which surfels the cameras saw, and which only float in front of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import SurfelCloud, Views
from scenewright.splats.rasterizer import SurfelArrays, blend_weights, near_plane

MOST_VIEWS = 24
"""Views that are rendered to find out what is seen."""
_WIDTH = 240
"""Pixels that these views are wide at most."""
_LEAST_WEIGHT = 0.05
"""A pixel shows a surfel if the surfel makes up at least this much of it."""
_HUGE = 0.5
"""Share of the extent of the scene from which a surfel is huge."""
_FAINT = 0.3
"""A huge surfel with less opacity is haze, not a surface."""
_LEAST_VIEWS = 2


def seen_by(surfels: SurfelCloud, views: Views) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """How many of a sample of views show each surfel, and from where.

    Args:
        surfels: N surfels.
        views: The cameras, of which at most `MOST_VIEWS` are rendered.

    Returns:
        (N,) int32 number of rendered views that show a surfel, and (N, 3) sum of unit vectors
        towards their cameras, weighted by the pixels; zero for surfels that none shows.
    """
    arrays, near = SurfelArrays.of(surfels), near_plane(surfels.means)
    counts = np.zeros(len(surfels), np.int32)
    towards = np.zeros((len(surfels), 3))
    for number in sampled_views(views):
        camera, pose = views.camera(number), views.world_from_cam[number]
        if camera.width > _WIDTH:
            height = max(round(camera.height * _WIDTH / camera.width), 1)
            camera = camera.resized(_WIDTH, height)
        blend = blend_weights(arrays, camera, world_from_cam=pose, near=near, top=2)
        there = (blend.ids >= 0) & (blend.weights >= _LEAST_WEIGHT)
        weight = np.bincount(blend.ids[there], weights=blend.weights[there], minlength=len(surfels))
        seen = np.flatnonzero(weight)
        counts[seen] += 1
        ray = pose[:3, 3] - surfels.means[seen]
        ray /= np.maximum(np.linalg.norm(ray, axis=1, keepdims=True), 1e-12)
        towards[seen] += weight[seen, None] * ray
    return counts, towards


def sampled_views(views: Views) -> list[int]:
    """At most `MOST_VIEWS` indices, evenly spaced."""
    spaced = np.linspace(0, len(views) - 1, MOST_VIEWS).round().astype(int)
    return [int(number) for number in np.unique(spaced)]


def not_floating(surfels: SurfelCloud, views: Views) -> NDArray[np.bool_]:
    """Which surfels are surface: several views show them, and they are not haze.

    A surfel that fewer than two views show (one, if there are fewer than eight views) is not held
    in place by anything, and one that is as large as half of the scene and faint only fogs it.

    Args:
        surfels: N surfels.
        views: The cameras that they were fitted to.

    Returns:
        (N,) bool. All are kept if fewer than a tenth would be.
    """
    if not len(views) or not len(surfels):
        return np.ones(len(surfels), bool)
    counts, _ = seen_by(surfels, views)
    is_sparse = len(sampled_views(views)) < 8
    kept = counts >= (1 if is_sparse else _LEAST_VIEWS)
    low, high = np.quantile(surfels.means[kept] if kept.any() else surfels.means, (0.05, 0.95), 0)
    extent = float(np.linalg.norm(high - low))
    kept &= (surfels.scales.max(axis=1) < _HUGE * extent) | (surfels.opacities >= _FAINT)
    enough = 10 * np.count_nonzero(kept) >= len(surfels)
    result: NDArray[np.bool_] = kept if enough else np.ones(len(surfels), bool)
    return result
