"""Interpretations of depth, intrinsics and poses, and how well each makes pairs of frames agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.data.encodings import DepthEncoding, rotate_bits
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.data.recording import Recording
from scenewright.geometry.projection import along_axis, project, unproject_pixels
from scenewright.geometry.transforms import invert_rigid, transform_points

DepthReading = Literal["stored", "ray", "rotated", "swapped", "disparity"]

TOLERANCES = np.array([0.0075, 0.015, 0.03])
"""Errors up to which a point matches, as shares of the depth; sensors differ in their noise."""
_GRID = 32
"""Points per side of the grid that is transformed."""
_COARSE = 4
"""Every n-th of these points is used to search a factor."""
_MIN_INSIDE = 0.1


@dataclass(frozen=True)
class Reading:
    """An interpretation.

    Attributes:
        pose: How the poses are stored.
        factor: Factor of the translations.
        depth: What the depth is, or `stored` for what it is taken for.
        focal: Factor of the focal lengths.
        center: Shift of the principal point, as shares of the width and the height.
    """

    pose: PoseEncoding
    factor: float = 1.0
    depth: DepthReading = "stored"
    focal: float = 1.0
    center: tuple[float, float] = (0.0, 0.0)

    def num_changes(self, present: PoseEncoding) -> int:
        """In how many ways it differs from how the capture is interpreted."""
        changed = [
            getattr(self.pose, n) != getattr(present, n)
            for n in ("direction", "axes", "roll", "body_from_cam")
        ]
        changed.append(self.pose.quaternion != present.quaternion)
        changed += [self.factor != 1, self.depth != "stored", self.focal != 1, any(self.center)]
        return sum(changed)


@dataclass(frozen=True, eq=False)
class View:
    """A frame that others are compared with.

    Attributes:
        depth: (H, W) float32 meters, as the capture is interpreted.
        camera: Camera of the depth.
        stored: (4, 4) pose as stored.
        encoding: How depth is taken to be stored.
    """

    depth: NDArray[np.float32]
    camera: Camera
    stored: NDArray[np.float64]
    encoding: DepthEncoding
    _depths: dict[DepthReading, NDArray[np.float32]] = field(default_factory=dict)
    _poses: dict[PoseEncoding, NDArray[np.float64] | None] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        recording: Recording,
        index: int,
        *,
        depth: NDArray[np.float32],
        stored: NDArray[np.float64],
    ) -> View:
        """The view of a frame with depth, pose and intrinsics."""
        height, width = depth.shape
        camera = recording.intrinsics_of(recording.entries[index]).camera(width, height)
        return cls(depth, camera, stored, recording.depth)

    def depth_as(self, reading: DepthReading) -> NDArray[np.float32]:
        """(H, W) meters along the axis under an interpretation of the depth."""
        if reading not in self._depths:
            self._depths[reading] = self._converted(reading)
        return self._depths[reading]

    def _converted(self, reading: DepthReading) -> NDArray[np.float32]:
        if reading == "ray":
            return along_axis(self.depth, self.camera)
        if reading == "disparity":
            known = self.depth > 0
            return np.where(known, 1 / np.where(known, self.depth, 1), 0).astype(np.float32)
        if reading == "rotated":
            units = np.round(self.depth * self.encoding.scale)
            bits = rotate_bits(np.clip(units, 0, 65535).astype(np.uint16), left=False)
            return (bits / self.encoding.scale).astype(np.float32)
        if reading == "swapped":
            units = np.round(self.depth * self.encoding.scale)
            swapped = np.clip(units, 0, 65535).astype(np.uint16).byteswap()
            depth: NDArray[np.float32] = (swapped / self.encoding.scale).astype(np.float32)
            return depth
        return self.depth

    def pose_as(self, encoding: PoseEncoding) -> NDArray[np.float64] | None:
        """(4, 4) `world_from_cam` under an interpretation of the poses, or None if not rigid."""
        if encoding not in self._poses:
            self._poses[encoding] = encoding.world_from_cam(self.stored)
        return self._poses[encoding]

    def camera_as(self, reading: Reading) -> Camera:
        """The camera under an interpretation of its focal lengths and its principal point."""
        if reading.focal == 1 and not any(reading.center):
            return self.camera
        K = self.camera.K.copy()
        K[0, 0] *= reading.focal
        K[1, 1] *= reading.focal
        K[0, 2] += reading.center[0] * self.camera.width
        K[1, 2] += reading.center[1] * self.camera.height
        return Camera(K, self.camera.width, self.camera.height)

    def points_as(self, reading: Reading, *, step: int = 1) -> NDArray[np.float64]:
        """(N, 3) points of a grid of pixels, meters, camera frame."""
        height, width = self.depth.shape
        rows = np.linspace(0, height - 1, _GRID).astype(int)[::step, None]
        columns = np.linspace(0, width - 1, _GRID).astype(int)[None, ::step]
        sampled = self.depth_as(reading.depth)[rows, columns]
        points = unproject_pixels(rows, columns, sampled, self.camera_as(reading))
        known: NDArray[np.float64] = points[sampled > 0]
        return known


def relative(first: View, second: View, reading: Reading) -> NDArray[np.float64] | None:
    """`second_from_first` camera under an interpretation, or None if a pose is not rigid."""
    world_from_first = first.pose_as(reading.pose)
    world_from_second = second.pose_as(reading.pose)
    if world_from_first is None or world_from_second is None:
        return None
    found: NDArray[np.float64] = invert_rigid(world_from_second) @ world_from_first
    found[:3, 3] *= reading.factor
    return found


def score_pair(first: View, second: View, reading: Reading) -> NDArray[np.float64]:
    """(T,) shares of matching points for each of `TOLERANCES`, over both directions of a pair.

    NaN if a view has too few readings; 0 if too few points are inside of the other image.
    """
    second_from_first = relative(first, second, reading)
    if second_from_first is None:
        return np.zeros(len(TOLERANCES))
    forward = _score(first, second, reading, second_from_first)
    backward = _score(second, first, reading, invert_rigid(second_from_first))
    mean: NDArray[np.float64] = (forward + backward) / 2
    return mean


def _score(
    source: View, target: View, reading: Reading, target_from_source: NDArray[np.float64]
) -> NDArray[np.float64]:
    points = source.points_as(reading)
    if len(points) < _GRID:
        return np.full(len(TOLERANCES), np.nan)
    moved = transform_points(points, target_from_source)
    moved = moved[moved[:, 2] > 1e-9]
    camera = target.camera_as(reading)
    u, v = np.floor(project(moved, camera)).T
    inside = (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
    measured = target.depth_as(reading.depth)[v[inside].astype(int), u[inside].astype(int)]
    expected = moved[inside, 2][measured > 0]
    measured = measured[measured > 0]
    if len(measured) < _MIN_INSIDE * len(points):
        return np.zeros(len(TOLERANCES))
    errors = np.abs(expected - measured) / measured
    shares: NDArray[np.float64] = (errors[:, None] < TOLERANCES).mean(axis=0)
    return shares


def scan_factors(
    first: View, second: View, reading: Reading, factors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(F,) share of the points of one view that match the other, for each factor.

    The widest of `TOLERANCES` counts, and a sparse grid of points.
    """
    found = relative(first, second, reading)
    points = first.points_as(reading, step=_COARSE)
    if found is None or not len(points):
        return np.zeros(len(factors))
    turned = points @ found[:3, :3].T
    moved = turned[None] + factors[:, None, None] * found[:3, 3]
    camera, depth = second.camera_as(reading), second.depth_as(reading.depth)
    z = np.where(moved[..., 2] > 1e-9, moved[..., 2], np.nan)
    with np.errstate(invalid="ignore"):
        u = np.floor(moved[..., 0] / z * camera.fx + camera.cx)
        v = np.floor(moved[..., 1] / z * camera.fy + camera.cy)
        inside = (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
    rows, columns = np.where(inside, v, 0).astype(int), np.where(inside, u, 0).astype(int)
    measured = np.where(inside, depth[rows, columns], 0)
    compared = measured > 0
    matching = compared & (np.abs(moved[..., 2] - measured) < TOLERANCES[-1] * measured)
    count = compared.sum(axis=1)
    enough = count >= _MIN_INSIDE * len(points)
    return np.where(enough, matching.sum(axis=1) / np.maximum(count, 1), 0.0)
