"""The constant transform between the camera and another body whose poses were stored.

Motion capture, robots and navigation systems track markers, a base or an antenna, which move with
the camera but are not the camera. If X places the camera in that body, the motion of the camera
between two frames is X^-1 A X, where A is the motion of the body. This is the equation of
hand-eye calibration. X is found without features: points of one frame, moved so, must lie on the
surface that the other frame measured (Gauss-Newton on point-to-plane distances with robust
weights), from each of the 24 orientations along the axes, since mounts are rarely small turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import Camera
from scenewright.data.checking.readings import Reading, View, relative
from scenewright.geometry.depth_normals import surface_normals
from scenewright.geometry.projection import pixel_rays
from scenewright.geometry.transforms import invert_rigid

_ROUGH_STEPS, _FINE_STEPS = 14, 20
_ROUGH, _FINE = 16, 4
"""Every n-th point of the grids is used."""
_MOST_FINE = 4
"""Starts that are refined."""
_WIDTHS = (0.3, 0.02)
"""Distances beyond which a point counts little, at the start and at the end, relative to its depth.
"""
_DAMPING = 1e-4
"""Keeps what the motion does not show: a body that turns about one axis only tells nothing of the
offset along it."""

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Surfaces:
    """The pixels of all views, one after the other.

    Attributes:
        rays: (P, 3) float32, points of the pixels at a depth of 1.
        depth: (P,) float32 meters.
        normals: (P, 3) float32, camera frame; zero where there is none.
        start: (V,) number of the first pixel of each view.
        cameras: (V, 6) fx, fy, cx, cy, width, height.
    """

    rays: NDArray[np.float32]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    start: Numbers
    cameras: Matrix

    @classmethod
    def of(cls, views: Sequence[View], reading: Reading) -> _Surfaces:
        """The surfaces that the views measured."""
        rays, depths, normals, cameras = [], [], [], []
        for view in views:
            camera, depth = view.camera_as(reading), view.depth_as(reading.depth)
            x, y = np.broadcast_arrays(*_grid(camera))
            rays.append(np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3))
            depths.append(depth.ravel())
            normals.append(surface_normals(depth, camera).reshape(-1, 3))
            cameras.append(
                (camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height)
            )
        starts = np.cumsum([0, *(len(depth) for depth in depths)])[:-1]
        return cls(
            np.concatenate(rays).astype(np.float32),
            np.concatenate(depths),
            np.concatenate(normals),
            starts,
            np.array(cameras, np.float64),
        )

    def look_up(self, points: Matrix, view: Numbers) -> tuple[Flags, Numbers]:
        """Which (N, 3) points are seen by their (N,) views, and at which pixels."""
        fx, fy, cx, cy, width, height = self.cameras[view].T
        ahead = points[:, 2] > 1e-6
        z = np.where(ahead, points[:, 2], 1.0)
        column = np.floor(points[:, 0] / z * fx + cx)
        row = np.floor(points[:, 1] / z * fy + cy)
        inside = ahead & (column >= 0) & (column < width) & (row >= 0) & (row < height)
        pixel = self.start[view] + np.where(inside, row * width + column, 0).astype(np.intp)
        return inside, pixel


@dataclass(frozen=True, eq=False)
class _Points:
    """Points of some views, to be compared with others.

    Attributes:
        points: (N, 3) meters, camera frame of the view that measured them.
        direction: (N,) number of the pair of views.
        motions: (D, 4, 4) `second_from_first` of each pair, as the poses tell.
        target: (D,) number of the second view of each pair.
    """

    points: Matrix
    direction: Numbers
    motions: Matrix
    target: Numbers

    def every(self, step: int) -> _Points:
        """The same with few points."""
        return _Points(self.points[::step], self.direction[::step], self.motions, self.target)


def find_offset(pairs: Sequence[tuple[View, View]], reading: Reading) -> Matrix | None:
    """(4, 4) camera as it is interpreted from the true camera, meters, or None without points.

    The poses of the true camera are those as interpreted, times this matrix. The parts of it that
    the motion does not show are as small as possible.

    Args:
        pairs: Pairs of frames that overlap.
        reading: How depth, intrinsics and poses are interpreted.
    """
    views = list({id(view): view for pair in pairs for view in pair}.values())
    points = _points(pairs, views, reading)
    if points is None:
        return None
    surfaces = _Surfaces.of(views, reading)
    few, more = points.every(_ROUGH), points.every(_FINE)
    rough = [_fit(few, surfaces, start, _ROUGH_STEPS) for start in _axis_turns()]
    rough = sorted(rough, key=lambda found: -found[1])[:_MOST_FINE]
    fine = [_fit(more, surfaces, matrix, _FINE_STEPS) for matrix, _ in rough]
    return max(fine, key=lambda found: found[1])[0]


def _grid(camera: Camera) -> tuple[Matrix, Matrix]:
    x, y = pixel_rays(camera)
    return x[None, :], y[:, None]


def _points(
    pairs: Sequence[tuple[View, View]], views: list[View], reading: Reading
) -> _Points | None:
    number = {id(view): i for i, view in enumerate(views)}
    points: list[Matrix] = []
    direction: list[Numbers] = []
    motions: list[Matrix] = []
    target: list[int] = []
    for first, second in (side for pair in pairs for side in (pair, pair[::-1])):
        motion = relative(first, second, reading)
        if motion is None:
            continue
        points.append(first.points_as(reading))
        direction.append(np.full(len(points[-1]), len(motions), np.intp))
        motions.append(motion)
        target.append(number[id(second)])
    if not motions or not sum(map(len, points)):
        return None
    return _Points(
        np.concatenate(points), np.concatenate(direction), np.stack(motions), np.array(target)
    )


def _axis_turns() -> list[Matrix]:
    """The 24 rotations that map axes to axes, the identity first."""
    turns = []
    for order, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        matrix = np.eye(4)
        matrix[:3, :3] = np.eye(3)[list(order)] * np.array(signs)
        if np.linalg.det(matrix[:3, :3]) > 0:
            turns.append(matrix)
    return sorted(turns, key=lambda m: -float(np.trace(m)))


def _fit(points: _Points, surfaces: _Surfaces, start: Matrix, steps: int) -> tuple[Matrix, float]:
    """The best offset near a start, and the share of all points that lie on the other surface."""
    offset, share = start, 0.0
    for width in np.geomspace(*_WIDTHS, steps):
        rows, errors, depth = _linearized(points, surfaces, offset)
        robust = 1 / (1 + (errors / (width * depth)) ** 2) ** 2
        normal = (rows * robust[:, None]).T @ rows + _DAMPING * len(points.points) * np.eye(6)
        offset = offset @ _exponential(np.linalg.solve(normal, -rows.T @ (robust * errors)))
        share = float(robust.sum()) / len(points.points)
    return offset, share


def _linearized(
    points: _Points, surfaces: _Surfaces, offset: Matrix
) -> tuple[Matrix, Matrix, Matrix]:
    """(N, 6) derivatives, (N,) distances from the planes and (N,) depths, meters.

    The derivatives are by a small turn and a small move of the camera in its own frame.
    """
    motions = (invert_rigid(offset) @ points.motions @ offset)[points.direction]
    turns = motions[:, :3, :3]
    moved = np.einsum("nij,nj->ni", turns, points.points) + motions[:, :3, 3]
    known, pixel = surfaces.look_up(moved, points.target[points.direction])
    known &= (surfaces.depth[pixel] > 0) & surfaces.normals[pixel].any(axis=1)
    pixel, moved = pixel[known], moved[known]
    normals = surfaces.normals[pixel].astype(np.float64)
    depth = surfaces.depth[pixel].astype(np.float64)
    turned = np.einsum("ni,nij->nj", normals, turns[known])
    by_turn = np.cross(points.points[known], turned) - np.cross(moved, normals)
    errors = ((moved - depth[:, None] * surfaces.rays[pixel]) * normals).sum(axis=1)
    return np.concatenate([by_turn, turned - normals], axis=1), errors, depth


def _exponential(change: Matrix) -> Matrix:
    """A small turn and move as a (4, 4) matrix."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(change[:3]).as_matrix()
    matrix[:3, 3] = change[3:]
    return matrix
