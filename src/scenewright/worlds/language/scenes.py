"""A world as a scene without the errors of cameras: true boxes, labels and colored points."""

from __future__ import annotations

import numpy as np

from scenewright.core import Instance, InstanceTable, PointCloud, Scene
from scenewright.worlds.composing.ground_truth import true_extent
from scenewright.worlds.composing.surface_samples import sample_surface
from scenewright.worlds.composing.world import World

_STUFF = ("floor", "wall", "ceiling")


def true_scene(world: World, *, points_per_object: int = 1500, seed: int = 0) -> Scene:
    """The scene that a perfect reconstruction of a world would be.

    Points are drawn evenly over the surface of each object, hidden parts included, in the colors of
    its materials, without light. Relations are left out, since they would be an answer.

    Args:
        world: Any world.
        points_per_object: Number of points on each object.
        seed: Random seed of the points.
    """
    rng = np.random.default_rng([seed, 21])
    rows, points, colors, ids = [], [], [], []
    for placed in world.objects:
        role = placed.label if placed.is_stuff and placed.label in _STUFF else "object"
        role = "surface" if placed.is_stuff and role == "object" else role
        box = true_extent(placed).oriented
        rows.append(
            Instance(placed.instance_id, placed.label, 1.0, box, points_per_object, role=role)
        )
        places, shades = sample_surface(placed, points_per_object, rng=rng)
        points.append(places)
        colors.append(shades)
        ids.append(np.full(len(places), placed.instance_id, np.int32))
    cloud = PointCloud(
        np.concatenate(points).astype(np.float32),
        np.concatenate(colors),
        instance_id=np.concatenate(ids),
    )
    return Scene(InstanceTable.from_rows(rows), points=cloud, up=np.array([0.0, 0.0, 1.0]))
