"""Extracted objects as a scene."""

from __future__ import annotations

import numpy as np

from scenewright.core import (
    PointCloud,
)
from scenewright.splats.extraction import (
    ObjectSet,
    objects_to_scene,
)
from tests.splats.extraction.ball_builders import two_balls


def test_scene_of_objects_is_whole_and_valid(objects: ObjectSet) -> None:
    surfels, views = two_balls()
    assert surfels.instance_id is not None
    small = surfels.instance_id.copy()
    small[:3] = 9  # too few surfels for an object
    points = PointCloud(np.zeros((2, 3), np.float32), instance_id=np.array([9, 2], np.int32))
    up = np.array([0.0, 0, 1])
    scene = objects_to_scene(objects, surfels.with_instances(small), views, up=up, points=points)
    assert scene.instances.id.tolist() == [1, 2]
    counts, seen = scene.instances.num_points, scene.instances.num_frames
    assert counts is not None and seen is not None
    assert counts.tolist() == [700, 700]
    frames = [thing.num_frames for thing in objects.objects]
    assert seen.tolist() == frames
    assert set(scene.assets) == set(scene.grids) == {1, 2}
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    assert scene.surfels.instance_id[:3].tolist() == [0, 0, 0]
    assert scene.points is not None and scene.points.instance_id is not None
    assert scene.points.instance_id.tolist() == [0, 2]
    assert scene.views is views
