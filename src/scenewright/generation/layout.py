"""Generated objects at their places in the world: centered, metric, on the floor.

SceneGen's objects have poses (`geometry.layouts.poses_to_scene`); those of I-Scene are made in the
cube of the scene already, so that their placements are identities. What a camera measured makes the
scene metric and levels it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, ShapeError
from scenewright.geometry.ground import GroundPlane, ground_below, ground_in_depth
from scenewright.geometry.layouts import (
    PUBLISHED_EXTENT,
    normalized_frame,
    placed_points,
    similarity,
)
from scenewright.geometry.projection import unproject
from scenewright.geometry.similarity_fit import fit_scene

Floats = NDArray[np.float64]

LEAST_PIXELS = 30
"""Pixels with depth below which an object counts as not measured."""
LARGEST_ERROR = 0.03
"""Mean distance to what was measured, relative to its size, above which a fit is not used."""


@dataclass(frozen=True, eq=False)
class Observation:
    """What a camera measured of the objects.

    Attributes:
        objects: (P_i, 3) points of each object, meters; empty where too few pixels have depth.
        ground: Floor or table top below them, or None if none is seen.
        eye: (3,) center of the camera.
        up: (3,) direction against gravity: that of the ground, or the upward axis of the camera.
    """

    objects: tuple[Floats, ...]
    ground: GroundPlane | None
    eye: Floats
    up: Floats


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the objects of a scene are.

    Attributes:
        world_from_object: (N, 4, 4) similarities from the frames of the objects; the world has z up
            and the ground at z = 0.
        world_from_observed: (4, 4) rigid transform from the frame of the observation, so that the
            camera can be placed in the world too; None if the scene is not metric.
        is_metric: Whether lengths are meters; otherwise the longest extent is that of the settings.
        ground: Where the ground comes from: ``"seen"``, or ``"objects"`` if it is at their lowest
            point.
        error: Mean distance between the objects and what was measured, relative to its size; None
            without a measurement.
    """

    world_from_object: Floats
    world_from_observed: Floats | None
    is_metric: bool
    ground: Literal["seen", "objects"]
    error: float | None = None


def observe(
    depth: NDArray[np.floating],
    camera: Camera,
    masks: Sequence[NDArray[np.bool_]],
    *,
    world_from_cam: Floats | None = None,
) -> Observation:
    """Measured points of the objects, and the ground below them, from a depth image.

    Args:
        depth: (H, W) meters, 0 = none.
        camera: Camera of the depth image.
        masks: (H, W) pixels of each object.
        world_from_cam: (4, 4) pose; None for the identity.

    Raises:
        ShapeError: A mask or the depth has another size than the camera.
    """
    for number, mask in enumerate(masks):
        if mask.shape != depth.shape:
            got = f"{mask.shape}"
            raise ShapeError(f"mask {number + 1}", expected=f"{depth.shape}, as depth", got=got)
    pose = np.eye(4) if world_from_cam is None else np.asarray(world_from_cam, np.float64)
    covered = np.any(masks, axis=0) if len(masks) else np.zeros(depth.shape, bool)
    ground = ground_in_depth(depth, camera, world_from_cam=pose, ignored=covered)
    points = unproject(depth, camera, world_from_cam=pose)
    return observation_of(points, masks, eye=pose[:3, 3], up=-pose[:3, 1], ground=ground)


def observation_of(
    points: NDArray[np.floating],
    masks: Sequence[NDArray[np.bool_]],
    *,
    eye: Floats,
    up: Floats,
    ground: GroundPlane | None = None,
) -> Observation:
    """An observation from a point map.

    Args:
        points: (H, W, 3) meters; NaN where nothing is known.
        masks: (H, W) pixels of each object.
        eye: (3,) center of the camera.
        up: (3,) unit vector, rough direction against gravity.
        ground: The ground, if it is known; its normal then is the direction against gravity.

    Raises:
        ShapeError: A mask has another size than the point map.
    """
    is_known = np.isfinite(points).all(axis=2)
    parts = []
    for number, mask in enumerate(masks):
        if mask.shape != is_known.shape:
            expected = f"{is_known.shape}, as the point map"
            raise ShapeError(f"mask {number + 1}", expected=expected, got=f"{mask.shape}")
        part = np.asarray(points[mask & is_known], np.float64)
        parts.append(part if len(part) >= LEAST_PIXELS else np.zeros((0, 3)))
    upward = np.asarray(up, np.float64) if ground is None else ground.normal
    return Observation(tuple(parts), ground, np.asarray(eye, np.float64), upward)


def lay_out(
    objects: Sequence[NDArray[np.floating]],
    scene_from_object: Floats,
    *,
    observation: Observation | None = None,
    extent: float = PUBLISHED_EXTENT,
) -> Layout:
    """Places a scene in the world.

    Without an observation the whole scene is scaled to an extent. With one it is fitted to the
    measured points, which makes it metric; if they do not fit, it is treated as if there were none.
    In both cases the middle of the scene is above the origin, and the ground is at z = 0.

    Args:
        objects: (P_i, 3) points on the surface of each object, in its frame, such as the vertices
            of its mesh.
        scene_from_object: (N, 4, 4) similarities into a common frame with z up.
        observation: From `observe` or `observation_of`, for the same objects.
        extent: Longest extent of a scene that is not metric.

    Raises:
        ConventionError: There are no objects, an object has no points, or there is not a placement
            for each.
        ShapeError: The observation is one of another number of objects.
    """
    placed = placed_points(objects, scene_from_object)
    for number, points in enumerate(placed):
        if not len(points):
            raise ConventionError(f"object {number + 1}", expected="points", got="none")
    if observation is not None and any(len(each) for each in observation.objects):
        fit = fit_scene(placed, observation.objects, eye=observation.eye, up=observation.up)
        if fit.error <= LARGEST_ERROR:
            return _metric(placed, scene_from_object, observation, fit.observed_from_scene,
                           fit.error)  # fmt: skip
        return _scaled(placed, scene_from_object, extent, fit.error)
    return _scaled(placed, scene_from_object, extent, None)


def _scaled(
    placed: list[Floats], scene_from_object: Floats, extent: float, error: float | None
) -> Layout:
    points = np.concatenate(placed)
    frame = normalized_frame(points, extent=extent)
    frame[2, 3] = 0
    moved = [each @ frame[:3, :3].T + frame[:3, 3] for each in placed]
    frame[2, 3] = -ground_below(moved, up=np.array([0.0, 0, 1])).offset
    return Layout(frame @ scene_from_object, None, False, "objects", error)


def _metric(
    placed: list[Floats],
    scene_from_object: Floats,
    observation: Observation,
    observed_from_scene: Floats,
    error: float,
) -> Layout:
    measured = placed_points(placed, np.tile(observed_from_scene, (len(placed), 1, 1)))
    ground = observation.ground or ground_below(measured, up=observation.up)
    floor = ground.floor_from_world()
    points = np.concatenate(measured) @ floor[:3, :3].T
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    shift = similarity(1.0, np.eye(3), -np.array([middle[0], middle[1], 0.0]))
    world_from_observed = shift @ floor
    return Layout(
        world_from_observed @ observed_from_scene @ scene_from_object,
        world_from_observed,
        True,
        "objects" if observation.ground is None else "seen",
        error,
    )
