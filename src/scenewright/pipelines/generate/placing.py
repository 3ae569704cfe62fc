"""Placement of generated objects in the world, and the camera from which they look as in a picture.

World axes are those of the camera's picture: x right, y away from the camera, z up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, MaskSet
from scenewright.generation.layout import Layout, Observation, lay_out, observe
from scenewright.geometry.similarity_fit import fit_scene
from scenewright.geometry.transforms import upright_frame
from scenewright.models.generated import GeneratedObject
from scenewright.models.generators.crops import dense_mask
from scenewright.pipelines.generate.masks import SceneInput

WORLD_FROM_CAM_AXES = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""Rotation of a camera that looks along y, with z up."""


def scene_placements(
    objects: Sequence[GeneratedObject], masks: MaskSet, *, seen: Observation | None = None
) -> NDArray[np.float64]:
    """(N, 4, 4) similarities from the cube of each object to a common frame with z up.

    Objects without a pose are fitted to their own measured points if all have some. Otherwise they
    stand side by side as in the picture, in units of its width.

    Args:
        objects: Of a generator.
        masks: Of the first picture.
        seen: What was measured of the objects, in their order, or None.
    """
    if all(each.pose is None for each in objects) and seen is not None:
        if all(len(points) for points in seen.objects):
            return _fitted_one_by_one(objects, seen)
    boxes = masks.boxes().astype(np.float64)
    result = np.tile(np.eye(4), (len(objects), 1, 1))
    for matrix, each in zip(result, objects, strict=True):
        if each.pose is not None:
            matrix[:] = each.pose
            continue
        x0, y0, x1, y1 = boxes[each.number] / masks.width
        matrix[:3, :3] *= max(x1 - x0, y1 - y0)
        matrix[:3, 3] = ((x0 + x1) / 2, 0.0, -(y0 + y1) / 2)
    return result


def _fitted_one_by_one(
    objects: Sequence[GeneratedObject], seen: Observation
) -> NDArray[np.float64]:
    level = np.eye(4)
    level[:3, :3] = upright_frame(seen.up).T
    fits = [
        fit_scene([each.mesh.vertices], [points], eye=seen.eye, up=seen.up).observed_from_scene
        for each, points in zip(objects, seen.objects, strict=True)
    ]
    return level @ np.stack(fits)


def world_layout(objects: Sequence[GeneratedObject], source: SceneInput) -> Layout:
    """Where the objects are in the world; metric if the depth of the picture fits them.

    Args:
        objects: Of a generator, each with a surface.
        source: Pictures, masks, and depth where it is known.
    """
    masks = source.pictures[0].masks
    seen = None
    if source.depth is not None:
        dense = [dense_mask(masks, each.number) for each in objects]
        seen = observe(source.depth, source.camera, dense)
    vertices = [each.mesh.vertices for each in objects]
    placements = scene_placements(objects, masks, seen=seen)
    return lay_out(vertices, placements, observation=seen)


def camera_pose(
    layout: Layout, points: NDArray[np.floating], source: SceneInput
) -> NDArray[np.float64]:
    """world_from_cam of the first picture if lengths are meters, else of a camera that fits it.

    Args:
        layout: Where the objects are.
        points: (N, 3) of the scene, world.
        source: Pictures and masks.
    """
    if layout.world_from_observed is not None:
        return layout.world_from_observed
    return fitted_pose(points, source.pictures[0].masks, source.camera)


def fitted_pose(
    points: NDArray[np.floating], masks: MaskSet, camera: Camera
) -> NDArray[np.float64]:
    """world_from_cam of a level camera in whose picture the scene is as large as its masks.

    Args:
        points: (N, 3) of the scene, world.
        masks: Of the picture.
        camera: Its intrinsics.
    """
    boxes = masks.boxes().astype(np.float64)
    x0, y0 = boxes[:, :2].min(0)
    x1, y1 = boxes[:, 2:].max(0)
    low, high = points.min(0), points.max(0)
    extent = np.maximum(high - low, 1e-6)
    distance = max(extent[0] * camera.fx / (x1 - x0), extent[2] * camera.fy / (y1 - y0))
    distance += extent[1] / 2
    u, v = (x0 + x1) / 2, (y0 + y1) / 2
    center = np.array([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, 1.0]) * distance
    pose = np.eye(4)
    pose[:3, :3] = WORLD_FROM_CAM_AXES
    pose[:3, 3] = (low + high) / 2 - WORLD_FROM_CAM_AXES @ center
    return pose


def pose_from_above(points: NDArray[np.floating], camera: Camera) -> NDArray[np.float64]:
    """world_from_cam of a camera that looks down on the whole scene; far is at the top."""
    low, high = points.min(0), points.max(0)
    extent = np.maximum(high - low, 1e-6)
    distance = 1.1 * max(
        extent[0] * camera.fx / camera.width, extent[1] * camera.fy / camera.height
    )
    pose = np.eye(4)
    pose[:3, :3] = np.diag([1.0, -1.0, -1.0])
    pose[:3, 3] = (low + high) / 2
    pose[2, 3] = high[2] + distance
    return pose
