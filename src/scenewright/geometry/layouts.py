"""Where generated objects are: poses of networks and cubes of views as similarities.

Objects are made in a cube [-0.5, 0.5]^3 with z up. Similarities are (4, 4) float64: rotation, one
uniform scale, translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, as_direction, as_rigid, check_finite
from scenewright.core.errors import ConventionError
from scenewright.geometry.quaternions import quaternion_from_rotation, rotation_from_quaternion
from scenewright.geometry.transforms import transform_points

Floats = NDArray[np.float64]

PUBLISHED_EXTENT = 1.96
"""Longest extent of a whole scene in the published pipelines."""
LEAST_SCALE = 1e-3
"""Smallest scale of an object relative to the first one; the published head may give 0."""
_LEAST_LENGTH = 1e-6
_Z_UP_FROM_Y_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
_SIDES = 3


@dataclass(frozen=True, eq=False)
class ObjectPoses:
    """Placements of objects in the frame of the first one.

    Attributes:
        scene_from_object: (N, 4, 4) similarities from the cubes of the objects, z up.
        repaired: (N,) whether a scale was raised to `LEAST_SCALE`, or a quaternion of length 0
            replaced by no rotation.
    """

    scene_from_object: Floats
    repaired: NDArray[np.bool_]


def similarity(scale: float, rotation: Floats, translation: Floats) -> Floats:
    """(4, 4) of ``x -> scale * rotation @ x + translation``."""
    matrix = np.eye(4)
    matrix[:3, :3] = scale * np.asarray(rotation)
    matrix[:3, 3] = translation
    return matrix


def poses_to_scene(poses: NDArray[np.floating]) -> ObjectPoses:
    """Placements from poses as SceneGen (arXiv 2508.15769) predicts them.

    A pose maps the cube of an object, turned to y up, into the cube of the first object, turned
    likewise: ``s R(q) v + t``. Here both cubes have z up, so that pose (0, 0, 0, 1, 0, 0, 0, 1) is
    the identity.

    Args:
        poses: (N, 8): translation x, y, z (y up), quaternion w, x, y, z of any length, scale.

    Raises:
        ShapeError: Not eight columns.
        ConventionError: A value is not finite.
    """
    values = as_array("poses", poses, shape=(None, 8), dtype=np.float64)
    check_finite("poses", values)
    lengths = np.linalg.norm(values[:, 3:7], axis=1)
    is_turned = lengths > _LEAST_LENGTH
    quats = np.zeros((len(values), 4))
    quats[:, 0] = 1
    quats[is_turned] = values[is_turned, 3:7] / lengths[is_turned, None]
    turns = _Z_UP_FROM_Y_UP @ rotation_from_quaternion(quats) @ _Z_UP_FROM_Y_UP.T
    scales = np.maximum(values[:, 7], LEAST_SCALE)
    placed = np.tile(np.eye(4), (len(values), 1, 1))
    placed[:, :3, :3] = scales[:, None, None] * turns
    placed[:, :3, 3] = values[:, :3] @ _Z_UP_FROM_Y_UP.T
    return ObjectPoses(placed, ~is_turned | (values[:, 7] < LEAST_SCALE))


def scene_to_poses(scene_from_object: Floats) -> Floats:
    """(N, 8) poses relative to the first object, the inverse of `poses_to_scene`."""
    given = as_array("scene_from_object", scene_from_object, shape=(None, 4, 4), dtype=np.float64)
    relative = np.linalg.inv(given[0]) @ given
    scales = np.cbrt(np.linalg.det(relative[:, :3, :3]))
    turns = relative[:, :3, :3] / scales[:, None, None]
    turns = _Z_UP_FROM_Y_UP.T @ turns @ _Z_UP_FROM_Y_UP
    quats = np.stack([quaternion_from_rotation(turn) for turn in turns])
    quats *= np.where(quats[:, :1] < 0, -1.0, 1.0)
    return np.concatenate([relative[:, :3, 3] @ _Z_UP_FROM_Y_UP, quats, scales[:, None]], axis=1)


def normalized_frame(points: NDArray[np.floating], *, extent: float = 1.0) -> Floats:
    """The similarity that centers points and gives their bounding box a longest edge.

    It moves the center to the origin first and then scales, so that the result is centered; the
    released SceneGen scales first and then subtracts the center of before.

    Args:
        points: (P, 3), P at least 1.
        extent: Longest edge afterwards.

    Raises:
        ConventionError: There are no points, all are equal, or the extent is not above 0.
    """
    if not extent > 0:
        raise ConventionError("extent", expected="above 0", got=f"{extent:g}")
    low, high = _bounds(points)
    scale = extent / float((high - low).max())
    return similarity(scale, np.eye(_SIDES), -scale * (low + high) / 2)


def view_axes(
    world_from_cam: Floats, *, up: NDArray[np.floating] | None, level: bool = True
) -> Floats:
    """Axes that follow a camera: x to its right, y away from it, z up.

    I-Scene (arXiv 2512.13683) makes scenes in such axes; whether the published ones are level is
    not known.

    Args:
        world_from_cam: (4, 4) pose.
        up: (3,) unit vector against gravity; None for the upward axis of the camera.
        level: Whether z is exactly up, so that only the direction in which the camera looks counts;
            otherwise the axes are those of the camera.

    Returns:
        (3, 3) rotation with the axes as columns.

    Raises:
        ConventionError: The pose is not rigid, or the camera looks along the vertical.
    """
    pose = as_rigid("world_from_cam", world_from_cam)
    right, down, forward = pose[:3, :3].T
    if not level:
        return np.stack([right, forward, -down], axis=1)
    z = -down if up is None else as_direction("up", up)
    y = forward - (forward @ z) * z
    length = float(np.linalg.norm(y))
    if length < _LEAST_LENGTH:
        raise ConventionError(
            "level axes of a camera", expected="a camera that does not look straight up or down",
            got="one that does", do="Use axes that are not level.",
        )  # fmt: skip
    y = y / length
    return np.stack([np.cross(y, z), y, z], axis=1)


def view_cube(points: NDArray[np.floating], axes: Floats) -> Floats:
    """(4, 4) world from the cube of a view: the bounding cube of points, with the given axes.

    Args:
        points: (P, 3) of the objects, world frame; where only the visible surface is known, the
            cube is that much smaller than that of the whole objects.
        axes: (3, 3) from `view_axes`.

    Raises:
        ConventionError: There are no points, or all are equal.
    """
    turned = np.asarray(points, np.float64) @ axes
    low, high = _bounds(turned)
    return similarity(float((high - low).max()), axes, axes @ ((low + high) / 2))


def voxel_centers(coords: NDArray[np.integer], *, resolution: int) -> Floats:
    """(V, 3) centers of voxels (V, 3) in the cube [-0.5, 0.5]^3."""
    return (np.asarray(coords, np.float64) + 0.5) / resolution - 0.5


def placed_points(
    objects: Sequence[NDArray[np.floating]], scene_from_object: Floats
) -> list[Floats]:
    """The points of each object in the frame of the scene.

    Raises:
        ConventionError: There are no objects, or not a placement for each.
    """
    if not len(objects) or len(objects) != len(scene_from_object):
        raise ConventionError(
            "placements", expected=f"one for each of {max(len(objects), 1)} objects",
            got=str(len(scene_from_object)),
        )  # fmt: skip
    return [
        transform_points(np.asarray(points, np.float64), matrix)
        for points, matrix in zip(objects, scene_from_object, strict=True)
    ]


def _bounds(points: NDArray[np.floating]) -> tuple[Floats, Floats]:
    given = as_array("points", points, shape=(None, 3), dtype=np.float64)
    check_finite("points", given)
    if not len(given) or not np.ptp(given, axis=0).max() > 0:
        got = "none" if not len(given) else "points that are all equal"
        raise ConventionError("points of the scene", expected="at least 2 different ones", got=got)
    return given.min(axis=0), given.max(axis=0)
