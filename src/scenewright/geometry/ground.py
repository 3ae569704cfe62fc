"""The plane that objects stand on: from surfaces that face up, or from the objects themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.camera import Camera
from scenewright.core.checks import as_array, as_direction
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.geometry.depth_normals import surface_normals
from scenewright.geometry.gravity import estimate_up
from scenewright.geometry.projection import unproject
from scenewright.geometry.transforms import upright_frame

Floats = NDArray[np.float64]

LEAST_SHARE = 0.05
"""Share of all points that a floor must have."""
_FACING_UP_DEG = 15.0
_THICKNESS = 0.01
"""Half thickness of the layer of points that belong to a plane, relative to the depth of the scene,
the distance from the 5th to the 95th percentile of the points."""
_ROUNDS = 4
_LOWEST = 0.005
"""Quantile of the heights of an object's points that counts as its lowest point."""


@dataclass(frozen=True, eq=False)
class GroundPlane:
    """The points x with ``normal @ x == offset``.

    Attributes:
        normal: (3,) unit vector, upward.
        offset: Distance of the plane from the origin along the normal.
        share: Share of the points that lie on it; 0 if it comes from lowest points.
    """

    normal: Floats
    offset: float
    share: float

    def floor_from_world(self) -> Floats:
        """(4, 4) rigid transform to a frame in which the plane is z = 0, with z up."""
        turn = upright_frame(self.normal).T
        matrix = np.eye(4)
        matrix[:3, :3] = turn
        matrix[2, 3] = -self.offset
        return matrix


def ground_in_depth(
    depth: NDArray[np.floating],
    camera: Camera,
    *,
    world_from_cam: Floats | None = None,
    ignored: NDArray[np.bool_] | None = None,
) -> GroundPlane | None:
    """The floor or table top that a depth image shows, if there is one.

    Args:
        depth: (H, W) meters, 0 = none.
        camera: Camera of the depth image.
        world_from_cam: (4, 4) pose; None for the identity, so that the plane is in the frame of the
            camera.
        ignored: (H, W) pixels that are not searched, such as those of objects.

    Raises:
        ShapeError: The images differ in size.
    """
    if ignored is not None and ignored.shape != depth.shape:
        raise ShapeError("ignored pixels", expected=f"{depth.shape}", got=f"{ignored.shape}")
    pose = np.eye(4) if world_from_cam is None else world_from_cam
    normals = surface_normals(np.asarray(depth, np.float64), camera)
    used = (depth > 0) & (np.abs(normals).sum(axis=2) > 0)
    if ignored is not None:
        used &= ~ignored
    turned = normals[used] @ pose[:3, :3].T
    up = estimate_up(pose[None], turned)
    if up is None:
        return None
    return ground_in_points(unproject(depth, camera, world_from_cam=pose)[used], turned, up=up)


def ground_in_points(
    points: NDArray[np.floating], normals: NDArray[np.floating], *, up: NDArray[np.floating]
) -> GroundPlane | None:
    """The lowest large plane among points whose normals face up.

    Args:
        points: (P, 3) meters.
        normals: (P, 3) unit normals.
        up: (3,) rough direction against gravity.

    Returns:
        The plane, or None if no plane has `LEAST_SHARE` of the points.
    """
    given = as_array("points", points, shape=(None, 3), dtype=np.float64)
    facing = as_array("normals", normals, shape=(len(given), 3), dtype=np.float64)
    normal = as_direction("up", up)
    level = given[facing @ normal > np.cos(np.deg2rad(_FACING_UP_DEG))]
    if len(level) < max(LEAST_SHARE * len(given), 3):
        return None
    low, high = np.quantile(given, [0.05, 0.95], axis=0)
    thickness = _THICKNESS * max(float(np.linalg.norm(high - low)), np.finfo(np.float64).tiny)
    offset = _lowest_peak(level @ normal, thickness, least=LEAST_SHARE * len(given))
    if offset is None:
        return None
    for _ in range(_ROUNDS):
        layer = level[np.abs(level @ normal - offset) < thickness]
        if len(layer) < 3:
            return None
        middle = layer.mean(axis=0)
        fitted = np.linalg.svd(layer - middle, full_matrices=False)[2][2]
        fitted = fitted if fitted @ normal > 0 else -fitted
        if fitted @ normal < np.cos(np.deg2rad(_FACING_UP_DEG)):
            break
        normal, offset = fitted, float(np.median(layer @ fitted))
    on_plane = np.abs(given @ normal - offset) < thickness
    return GroundPlane(normal, offset, float(on_plane.mean()))


def ground_below(
    objects: Sequence[NDArray[np.floating]], *, up: NDArray[np.floating]
) -> GroundPlane:
    """The plane through the lowest point of all objects, so that none is below it.

    The lowest of an object's points is a low quantile of their heights.

    Args:
        objects: (P, 3) points of each.
        up: (3,) unit vector against gravity.

    Raises:
        ConventionError: There are no objects, or one has no points.
    """
    if not len(objects) or any(not len(points) for points in objects):
        got = "none" if not len(objects) else "an object without points"
        raise ConventionError("objects above the ground", expected="at least 1", got=got)
    normal = as_direction("up", up)
    lowest = [float(np.quantile(np.asarray(each) @ normal, _LOWEST)) for each in objects]
    return GroundPlane(normal, min(lowest), 0.0)


def _lowest_peak(heights: Floats, thickness: float, *, least: float) -> float | None:
    """The middle of the lowest layer with many points, or None."""
    cells = np.floor(heights / thickness).astype(np.int64)
    first = int(cells.min())
    counts = np.bincount(cells - first)
    layers = np.convolve(counts, [1, 1])
    found = np.flatnonzero(layers >= least)
    if not len(found):
        return None
    # The layer may grow for some cells above the first one that is large enough.
    start = best = int(found[0])
    while best + 1 < len(layers) and layers[best + 1] > layers[best]:
        best += 1
    near = heights[(cells - first >= start - 1) & (cells - first <= best)]
    return float(np.median(near))
