"""Renders a world by ray casting with Embree: color, depth, normals, ids."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError
from scenewright.core.checks import as_rigid
from scenewright.worlds.composing.triangles import world_triangles
from scenewright.worlds.composing.world import AreaLight, Light, World
from scenewright.worlds.rendering import ray_kernels, shading
from scenewright.worlds.rendering.material_table import linear_from_srgb, material_table
from scenewright.worlds.rendering.ray_kernels import TILE


@dataclass(frozen=True, eq=False)
class View:
    """What a virtual camera sees.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        depth: (H, W) float32 meters along +z, 0 = background.
        normals: (H, W, 3) float32 unit, world frame, facing the camera; 0 = background.
        id_map: (H, W) int32 instance id, 0 = background.
    """

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    id_map: NDArray[np.int32]


class Renderer:
    """Renders one world.

    Args:
        world: The world.
        shadows: Whether lights cast shadows.
        occlusion: Whether nearby surfaces occlude ambient light.
        num_threads: Threads that share the rows of an image.
        background: sRGB color where no surface is hit.
        reflection: How much glossy surfaces mirror an imaginary surrounding, 0 to 1.
    """

    def __init__(
        self,
        world: World,
        *,
        shadows: bool = True,
        occlusion: bool = True,
        num_threads: int = 1,
        background: tuple[float, float, float] = (0.0, 0.0, 0.0),
        reflection: float = 0.0,
    ) -> None:
        if not world.objects:
            raise ConventionError("World to render", expected="at least one object", got="none")
        if num_threads < 1:
            raise ConventionError("num_threads", expected="1 or more", got=str(num_threads))
        self.world = world
        self.shadows = shadows
        self.occlusion = occlusion
        self.num_threads = num_threads
        self.background = linear_from_srgb(np.asarray(background, np.float32))
        self.reflection = reflection
        self._triangles = world_triangles(world)
        self._materials = material_table(world)
        self._srgb = shading.srgb_bytes()
        self._scene = rtcore_scene.EmbreeScene()
        TriangleMesh(self._scene, self._triangles.corners)
        self._light_samples = _light_targets(world)

    def render(self, camera: Camera, world_from_cam: NDArray[np.float64]) -> View:
        """Renders one view.

        Args:
            camera: Intrinsics.
            world_from_cam: (4, 4) rigid pose.
        """
        pose = as_rigid("world_from_cam", world_from_cam)
        height, width = camera.size
        work = _Buffers(height, width, len(self.world.lights) + 1)
        bands = _bands(height, self.num_threads)
        if self.num_threads == 1:
            self._cast(camera, pose, bands[0], work)
            return self._finish(pose, bands, work, map)
        with ThreadPoolExecutor(self.num_threads) as pool:
            list(pool.map(lambda band: self._cast(camera, pose, band, work), bands))
            return self._finish(pose, bands, work, pool.map)

    def _cast(
        self, camera: Camera, pose: NDArray[np.float64], band: tuple[int, int], work: _Buffers
    ) -> None:
        """First hits of a band of rows, and their light samples."""
        first, last = band
        part = slice(first * camera.width, last * camera.width)
        num = (last - first) * camera.width
        start, rays = np.empty((num, 3), np.float32), np.empty((num, 3), np.float32)
        ray_kernels.primary_rays(
            pose, camera.fx, camera.fy, camera.cx, camera.cy, first, camera.width, start, rays
        )
        found = self._scene.run(start, rays, output=True)
        work.prim[part] = found["primID"]
        work.bary[part, 0], work.bary[part, 1] = found["u"], found["v"]
        ray_kernels.record_hits(
            found["primID"], found["tfar"], rays, self._triangles.normals, start,
            work.depth[part], work.hit[part], work.normals[part],
        )  # fmt: skip
        self._sample_light(camera.width, first, work, part)

    def _sample_light(self, width: int, first: int, work: _Buffers, part: slice) -> None:
        """One shadow ray per pixel, and one occlusion ray per second pixel."""
        samples = work.samples[part]
        seen = (work.prim[part], work.hit[part], work.normals[part])
        if self.shadows and len(self._light_samples):
            self._cast_occluded(
                ray_kernels.shadow_rays, seen, self._light_samples, width, first, samples
            )
        if self.occlusion:
            self._cast_occluded(ray_kernels.occlusion_rays, seen, _SPHERE, width, first, samples)

    def _cast_occluded(
        self, make_rays: Any, seen: Any, targets: NDArray[np.float32], width: int, first: int,
        samples: NDArray[np.float32],
    ) -> None:  # fmt: skip
        """Casts the rays that a kernel sets up, and records which of them are unoccluded."""
        num = len(samples)
        start, towards = np.empty((num, 3), np.float32), np.empty((num, 3), np.float32)
        reach, where = np.empty(num, np.float32), np.empty((num, 2), np.int32)
        count = make_rays(*seen, targets, width, first, start, towards, reach, where)
        if count == 0:
            return
        found = self._scene.run(
            start[:count], towards[:count], dists=reach[:count], query="OCCLUDED"
        )
        channel = where[:count, 1]
        samples[where[:count, 0], channel] = found < 0

    def _finish(
        self, pose: NDArray[np.float64], bands: list[tuple[int, int]], work: _Buffers, run: Any
    ) -> View:
        """Averages the light samples and shades the pixels, band by band."""
        height, width = work.shape
        image = np.empty((height * width, 3), np.uint8)
        list(run(lambda band: self._shade(pose, band, work, image), bands))
        id_map = np.zeros(height * width, np.int32)
        seen = work.prim >= 0
        id_map[seen] = self._triangles.instance_ids[self._triangles.owner[work.prim[seen]]]
        return View(
            image.reshape(height, width, 3),
            work.depth.reshape(height, width),
            work.normals.reshape(height, width, 3),
            id_map.reshape(height, width),
        )

    def _shade(
        self,
        pose: NDArray[np.float64],
        band: tuple[int, int],
        work: _Buffers,
        image: NDArray[np.uint8],
    ) -> None:
        height, width = work.shape
        part = slice(band[0] * width, band[1] * width)
        tri, mat = self._triangles, self._materials
        prim, hit = work.prim[part], work.hit[part]
        albedo = np.empty((len(prim), 3), np.float32)
        shading.surface_colors(
            prim, hit, work.bary[part], tri.uv, tri.normals, tri.owner, tri.part,
            tri.object_from_world, mat.colors, mat.pattern, mat.values, mat.image_of, mat.texels,
            albedo,
        )  # fmt: skip
        channels = work.samples.shape[1]
        shading.smooth_visibility(
            work.depth.reshape(height, width), work.prim.reshape(height, width), tri.normals,
            work.samples.reshape(height, width, channels), band[0], band[1],
            work.visible.reshape(height, width, channels),
        )  # fmt: skip
        lights, colors = _light_table(self.world)
        shading.light_pixels(
            prim, hit, pose[:3, 3].astype(np.float32), tri.normals, tri.part, mat.values,
            albedo, lights, colors, np.asarray(self.world.ambient, np.float32),
            work.visible[part], self.background, self._srgb, self.reflection, image[part],
        )  # fmt: skip


class _Buffers:
    """Per-pixel arrays of one image in row-major order, filled by the threads."""

    def __init__(self, height: int, width: int, channels: int) -> None:
        num = height * width
        self.shape = (height, width)
        self.prim = np.empty(num, np.int32)
        self.depth = np.empty(num, np.float32)
        self.normals = np.empty((num, 3), np.float32)
        self.hit = np.empty((num, 3), np.float32)
        self.bary = np.empty((num, 2), np.float32)
        self.samples = np.full((num, channels), -1, np.float32)
        self.visible = np.empty((num, channels), np.float32)


def _bands(height: int, num: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, height, num + 1).astype(int).tolist()
    return list(itertools.pairwise(edges))


def _light_targets(world: World) -> NDArray[np.float32]:
    """(L, 16, 4) points on area lights (last value 1) or directions to suns (0)."""
    targets = np.zeros((len(world.lights), TILE**2, 4), np.float32)
    for row, light in enumerate(world.lights):
        targets[row, :, :3] = _light_points(light)
        targets[row, :, 3] = isinstance(light, AreaLight)
    return targets


def _light_points(light: Light) -> NDArray[np.float32]:
    """(16, 3) points on an area light, or directions to a sun, in scrambled order."""
    cells = (np.arange(TILE) + 0.5) / TILE - 0.5
    u, v = (grid.ravel()[_ORDER] for grid in np.meshgrid(cells, cells))
    if isinstance(light, AreaLight):
        center = np.asarray(light.center)
        offsets = np.stack([u * light.size[0], v * light.size[1], np.zeros_like(u)], axis=1)
        return (center + offsets).astype(np.float32)
    towards = np.asarray(light.direction, np.float64)
    towards = towards / np.linalg.norm(towards)
    side = np.cross(towards, (0.0, 0.0, 1.0) if abs(towards[2]) < 0.9 else (1.0, 0.0, 0.0))
    side /= np.linalg.norm(side)
    other = np.cross(towards, side)
    wide = 2 * np.tan(light.spread)
    directions: NDArray[np.float64] = towards + wide * (u[:, None] * side + v[:, None] * other)
    return directions.astype(np.float32)


def _light_table(world: World) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rows, colors = np.zeros((len(world.lights), 4)), np.zeros((len(world.lights), 3))
    for index, light in enumerate(world.lights):
        if isinstance(light, AreaLight):
            rows[index] = *light.center, 1
        else:
            towards = np.asarray(light.direction, np.float64)
            rows[index] = *(towards / np.linalg.norm(towards)), 0
        colors[index] = light.color
    return rows.astype(np.float32), colors.astype(np.float32)


def _spread_directions(num: int) -> NDArray[np.float32]:
    """(num, 3) unit directions, evenly distributed over the sphere (Fibonacci lattice)."""
    steps = np.arange(num) + 0.5
    z = 1 - 2 * steps / num
    angle = np.pi * (1 + 5**0.5) * steps
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], 1).astype(np.float32)


_ORDER = (np.arange(TILE**2) * 7) % TILE**2
"""Neighboring pixels use samples that are far apart."""
_SPHERE = _spread_directions(TILE**2)[_ORDER]
