"""The measured points of a picture with depth, in level axes of its camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import ConventionError
from scenewright.geometry.ground import ground_in_depth
from scenewright.geometry.layouts import view_axes
from scenewright.geometry.projection import unproject
from scenewright.models.generated import ScenePicture
from scenewright.models.generators.crops import dense_mask
from scenewright.pipelines.generate.masks import SceneInput


def with_points(source: SceneInput) -> tuple[ScenePicture, ...]:
    """The pictures, the first with the points of its depth.

    The vertical is that of the ground where one is seen, else the upward axis of the camera.

    Args:
        source: Pictures, masks, and depth where it is known.
    """
    if source.depth is None:
        return source.pictures
    first = source.pictures[0]
    pose = np.eye(4)
    covered = np.zeros(source.depth.shape, bool)
    for index in range(len(first.masks)):
        covered |= dense_mask(first.masks, index)
    ground = ground_in_depth(source.depth, source.camera, world_from_cam=pose, ignored=covered)
    try:
        axes = view_axes(pose, up=None if ground is None else ground.normal)
    except ConventionError:  # The camera looks straight down.
        return source.pictures
    points = unproject(source.depth, source.camera, world_from_cam=pose) @ axes
    return (replace(first, points=points.astype(np.float32)), *source.pictures[1:])
