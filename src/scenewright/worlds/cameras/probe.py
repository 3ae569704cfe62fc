"""Geometric queries of a world: ray casts, distances, and what a camera would see."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError
from scenewright.worlds.composing.triangles import world_triangles
from scenewright.worlds.composing.world import World

_DIRECTIONS = np.array(
    [
        [0.13, 0.21, 1.0],
        [0.17, -0.11, -1.0],
        [1.0, 0.19, 0.07],
        [-1.0, 0.05, 0.23],
        [0.09, 1.0, 0.1],
    ],
    np.float32,
)
"""Rays that test whether a point is inside; skewed, so that they miss edges of upright boxes."""

_WALLS_OF_A_ROOM = 3
"""With fewer walls a world has no inside that a camera could leave."""


class Probe:
    """Geometric queries of the surfaces of one world, without lighting.

    Args:
        world: The world.

    Attributes:
        world: The world.
        bounds: (2, 3) float64 lowest and highest corner of all objects, meters.
    """

    def __init__(self, world: World) -> None:
        if not world.objects:
            raise ConventionError("World to film", expected="at least one object", got="none")
        self.world = world
        self._triangles = world_triangles(world)
        self._scene = rtcore_scene.EmbreeScene()
        TriangleMesh(self._scene, self._triangles.corners)
        corners = self._triangles.corners
        self._low, self._high = corners.min(axis=1), corners.max(axis=1)
        self.bounds = np.stack([self._low.min(axis=0), self._high.max(axis=0)]).astype(np.float64)

    @property
    def is_room(self) -> bool:
        """Whether the world is enclosed by walls."""
        num_walls = sum(one.is_stuff and one.label == "wall" for one in self.world.objects)
        return num_walls >= _WALLS_OF_A_ROOM

    def bounds_of(self, instance_id: int) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner of one object, meters, world frame."""
        of_object = self._triangles.instance_ids[self._triangles.owner] == instance_id
        corners = np.stack([self._low[of_object].min(axis=0), self._high[of_object].max(axis=0)])
        return corners.astype(np.float64)

    def cast(
        self, start: NDArray[np.floating], directions: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.bool_]]:
        """Casts rays to the first hit.

        Args:
            start: (N, 3) origins, meters.
            directions: (N, 3), of any length.

        Returns:
            (N,) float32 distances as multiples of the direction, infinite where nothing is hit;
            (N,) int32 instance ids, 0 = no hit; (N,) whether the back of a surface was hit.
        """
        rays = np.ascontiguousarray(directions, np.float32)
        found = self._scene.run(np.ascontiguousarray(start, np.float32), rays, output=True)
        prim = found["primID"]
        missed = prim < 0
        distance = np.where(missed, np.float32(np.inf), found["tfar"]).astype(np.float32)
        owners = self._triangles.instance_ids[self._triangles.owner[prim]]
        behind = np.einsum("ij,ij->i", self._triangles.normals[prim], rays) > 0
        return distance, np.where(missed, 0, owners).astype(np.int32), behind & ~missed

    def glimpse(
        self, camera: Camera, world_from_cam: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Depth and ids that a camera would see.

        Returns:
            (H, W) float32 meters along +z, 0 = background, and (H, W) int32 instance ids.
        """
        rows, columns = np.mgrid[: camera.height, : camera.width]
        rays = np.stack(
            [
                (columns + 0.5 - camera.cx) / camera.fx,
                (rows + 0.5 - camera.cy) / camera.fy,
                np.ones(camera.size),
            ],
            axis=-1,
        ).reshape(-1, 3)
        start = np.broadcast_to(world_from_cam[:3, 3], rays.shape)
        depth, ids, _ = self.cast(start, rays @ world_from_cam[:3, :3].T)
        depth[ids == 0] = 0
        return depth.reshape(camera.size), ids.reshape(camera.size)

    def clearance(self, points: NDArray[np.float64], *, limit: float = 1.0) -> NDArray[np.float64]:
        """Exact distance to the nearest surface.

        Args:
            points: (N, 3) meters.
            limit: Upper bound of the distances; smaller values are faster.

        Returns:
            (N,) meters, at most `limit`; 0 inside an object.
        """
        spots = np.ascontiguousarray(points, np.float64)
        low, high = spots.min(axis=0) - limit, spots.max(axis=0) + limit
        near = ((self._high >= low) & (self._low <= high)).all(axis=1)
        result = np.empty(len(spots))
        _nearest(
            spots, self._triangles.corners[near], self._low[near], self._high[near], limit, result
        )
        result[self.is_inside(spots)] = 0
        return result

    def is_outdoors(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each of (N, 3) points is outside the room: walls exist, and no floor is below."""
        if not self.is_room:
            return np.zeros(len(points), np.bool_)
        down = np.broadcast_to((0.0, 0.0, -1.0), (len(points), 3))
        outdoors: NDArray[np.bool_] = np.isinf(self.cast(points, down)[0])
        return outdoors

    def is_inside(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each of (N, 3) points is inside an object: most rays first hit a back face."""
        votes = np.zeros(len(points), np.int64)
        for direction in _DIRECTIONS:
            votes += self.cast(points, np.broadcast_to(direction, (len(points), 3)))[2]
        return votes > len(_DIRECTIONS) // 2


@numba.njit(cache=True, nogil=True)
def _nearest(points: Any, corners: Any, low: Any, high: Any, limit: float, result: Any) -> None:
    """Distance of each point to the nearest triangle.

    Args:
        points: (N, 3) float64.
        corners: (T, 3, 3) float32.
        low: (T, 3) float32 lowest corner of each triangle's bounds.
        high: (T, 3) float32 highest corner.
        limit: Upper bound.
        result: (N,) float64, output.
    """
    for i in range(len(points)):
        best = limit * limit
        px, py, pz = points[i]
        for t in range(len(corners)):
            dx = max(low[t, 0] - px, 0.0, px - high[t, 0])
            dy = max(low[t, 1] - py, 0.0, py - high[t, 1])
            dz = max(low[t, 2] - pz, 0.0, pz - high[t, 2])
            if dx * dx + dy * dy + dz * dz < best:
                best = min(best, _squared_distance(px, py, pz, corners[t]))
        result[i] = np.sqrt(best)


@numba.njit(cache=True, nogil=True)
def _squared_distance(px: float, py: float, pz: float, triangle: Any) -> Any:
    """Squared distance of a point to a triangle: to its plane if it projects inside, else edges."""
    a, b, c = triangle[0], triangle[1], triangle[2]
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    wx, wy, wz = px - a[0], py - a[1], pz - a[2]
    uu, uv, vv = (
        ux * ux + uy * uy + uz * uz,
        ux * vx + uy * vy + uz * vz,
        vx * vx + vy * vy + vz * vz,
    )
    wu, wv = wx * ux + wy * uy + wz * uz, wx * vx + wy * vy + wz * vz
    area = uu * vv - uv * uv
    if area > 1e-18:
        s, t = (vv * wu - uv * wv) / area, (uu * wv - uv * wu) / area
        if s >= 0 and t >= 0 and s + t <= 1:
            dx, dy, dz = wx - s * ux - t * vx, wy - s * uy - t * vy, wz - s * uz - t * vz
            return dx * dx + dy * dy + dz * dz
    best = np.inf
    for k in range(3):
        p, q = triangle[k], triangle[(k + 1) % 3]
        ex, ey, ez = q[0] - p[0], q[1] - p[1], q[2] - p[2]
        length = ex * ex + ey * ey + ez * ez
        dx, dy, dz = px - p[0], py - p[1], pz - p[2]
        share = 0.0
        if length > 0:
            share = min(max((dx * ex + dy * ey + dz * ez) / length, 0.0), 1.0)
        dx, dy, dz = dx - share * ex, dy - share * ey, dz - share * ez
        best = min(best, dx * dx + dy * dy + dz * dz)
    return best
