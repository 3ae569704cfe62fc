"""A world filmed by a moving camera: frames rendered on demand, with exact ground truth."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, Frame, MaskSet, PointCloud, ShapeError
from scenewright.geometry.projection import unproject_pixels
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.trajectories import plan_trajectory
from scenewright.worlds.cameras.viewpoints import camera_with_fov
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.composing.world import World
from scenewright.worlds.kinds import backdrop
from scenewright.worlds.rendering.color_offset import ColorOffset
from scenewright.worlds.rendering.depth_sensor import DepthSensor
from scenewright.worlds.rendering.lighting import Lighting
from scenewright.worlds.rendering.pose_noise import PoseNoise
from scenewright.worlds.rendering.renderer import Renderer, View
from scenewright.worlds.rendering.sensor_effects import DepthCamera
from scenewright.worlds.rendering.sensor_kinds import make_sensor
from scenewright.worlds.rendering.silhouettes import amodal_masks

FOV_DEG = 62.7
"""Horizontal field of view of common structured-light cameras, degrees."""
_WIDEST_FOV_DEG = 170.0
_CACHE_BYTES = 192 * 2**20
_BYTES_PER_PIXEL = 26
"""Memory of one view: color, depth, normals, ids, and the color of another camera."""
_FRAMES_PER_SECOND = 10


class SyntheticCapture:
    """A world filmed along a trajectory, with its ground truth.

    It is a `FrameSource`: ``film[i]`` renders frame `i` on access. Meters, z up.

    Args:
        world: The world.
        camera: Intrinsics of every frame.
        world_from_cam: (N, 4, 4) true poses, N at least 1.
        sensor: Simulated depth sensor, or its name, one of `SENSORS`; None = exact depth.
        pose_noise: Errors added to the reported poses; None = exact poses.
        color_offset: Color camera that frames wrongly take as registered with depth; ground truth
            and the depth sensor do not depend on it. None = both cameras are one.
        lighting: Harder light and surfaces; None = those of the world.
        seed: Random seed of both kinds of errors.
        num_threads: Threads that render one frame; the result does not depend on it.

    Attributes:
        world: The world, in the light of the film.
        camera: Intrinsics of every frame.
        sensor: Simulated depth sensor; None = exact depth.
        color_offset: The color camera, if it is not the depth camera.
        true_world_from_cam: (N, 4, 4) float64 true poses.
        world_from_cam: (N, 4, 4) float64 poses reported by the frames.
        up: (3,) float64 unit vector against gravity.
        seed: Random seed of the errors.
    """

    def __init__(
        self,
        world: World,
        camera: Camera,
        *,
        world_from_cam: NDArray[np.float64],
        sensor: DepthCamera | str | None = None,
        pose_noise: PoseNoise | None = None,
        color_offset: ColorOffset | None = None,
        lighting: Lighting | None = None,
        seed: int = 0,
        num_threads: int = 1,
    ) -> None:
        poses = np.asarray(world_from_cam, np.float64)
        if poses.ndim != 3 or poses.shape[1:] != (4, 4) or not len(poses):
            raise ShapeError(
                "world_from_cam", expected="(N, 4, 4), N at least 1", got=f"{poses.shape}"
            )
        self.world = world if lighting is None else lighting.applied_to(world)
        self.camera = camera
        self.true_world_from_cam = poses
        self.sensor = make_sensor(sensor) if isinstance(sensor, str) else sensor
        self.color_offset = color_offset
        self.seed = seed
        self.up = np.array([0.0, 0.0, 1.0])
        self.world_from_cam = poses
        if pose_noise is not None:
            rng = np.random.default_rng([seed, 7])
            self.world_from_cam = pose_noise.disturb(poses, rng=rng)
        self._renderer = Renderer(
            self.world,
            num_threads=num_threads,
            background=backdrop(world),
            reflection=0.0 if lighting is None else lighting.reflection,
        )
        num_views = _CACHE_BYTES // (_BYTES_PER_PIXEL * camera.width * camera.height)
        self._view = functools.lru_cache(maxsize=max(num_views, 1))(self._render)
        self._image = functools.lru_cache(maxsize=max(num_views, 1))(self._render_color)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each frame."""
        return tuple(_frame_name(index) for index in range(len(self)))

    @property
    def labels(self) -> dict[int, str]:
        """Label per instance id."""
        return self.world.labels

    @property
    def stuff_ids(self) -> frozenset[int]:
        """Instance ids of stuff: floor, walls and ceiling."""
        return self.world.stuff_ids

    def __len__(self) -> int:
        return len(self.true_world_from_cam)

    def __iter__(self) -> Iterator[Frame]:
        return (self.frame(i) for i in range(len(self)))

    def __getitem__(self, index: int, /) -> Frame:
        return self.frame(index)

    def _render(self, index: int) -> View:
        return self._renderer.render(self.camera, self.true_world_from_cam[index])

    def _render_color(self, index: int) -> NDArray[np.uint8]:
        """The image that a frame has, from its color camera."""
        if self.color_offset is None:
            return self._view(index).image
        pose = self.true_world_from_cam[index] @ self.color_offset.depth_from_color
        return self._renderer.render(self.camera, pose).image

    def view(self, index: int) -> View:
        """The ground truth of one frame's pixels, from its true pose.

        Raises:
            IndexError: There is no such frame.
        """
        return self._view(range(len(self))[index])

    def frame(self, index: int) -> Frame:
        """One frame as a recording would hold it, with the errors of sensor and tracker.

        Raises:
            IndexError: There is no such frame.
        """
        index = range(len(self))[index]
        view = self.view(index)
        depth = view.depth
        if self.sensor is not None:
            rng = np.random.default_rng([self.seed, 8, index])
            depth = self.sensor.observe(view, self.camera, rng=rng)
        return Frame(
            index,
            self.camera,
            self.world_from_cam[index],
            image=self._image(index),
            depth=depth,
            time=index / _FRAMES_PER_SECOND,
            name=_frame_name(index),
        )

    def id_map(self, index: int) -> NDArray[np.int32]:
        """(H, W) int32 true instance id of each pixel of a frame, 0 = background."""
        return self.view(index).id_map

    def normals(self, index: int) -> NDArray[np.float32]:
        """(H, W, 3) float32 true unit normals, world frame, facing the camera; 0 = background."""
        return self.view(index).normals

    def masks(self, index: int, *, stuff: bool = True) -> MaskSet:
        """Ground-truth masks of a frame with their labels; `MaskSet.ids` are the instance ids.

        Args:
            index: Index of the frame.
            stuff: Whether to include masks of floor, walls and ceiling.
        """
        id_map = self.id_map(index)
        if not stuff:
            id_map = np.where(np.isin(id_map, list(self.stuff_ids)), 0, id_map)
        return MaskSet.from_id_map(id_map, labels=self.labels)

    def amodal_masks(self, index: int, *, ids: Sequence[int] | None = None) -> MaskSet:
        """Amodal masks of a frame: the full silhouette of each object, occluded parts included.

        Args:
            index: Index of the frame.
            ids: Instance ids; None = all objects, without floor, walls and ceiling.
        """
        pose = self.true_world_from_cam[range(len(self))[index]]
        return amodal_masks(self.world, self.camera, pose, ids=ids)

    def seen_surface(self, index: int, *, spacing: float) -> PointCloud:
        """Points on the surface visible in one frame, from true depth and pose.

        Args:
            index: Index of the frame.
            spacing: Edge of the grid cells that keep one point per instance, meters.
        """
        view = self.view(index)
        rows, columns = np.nonzero(view.depth)
        seen = unproject_pixels(rows, columns, view.depth[rows, columns], self.camera)
        pose = self.true_world_from_cam[index]
        points = (seen @ pose[:3, :3].T + pose[:3, 3]).astype(np.float32)
        cloud = PointCloud(
            points,
            colors=view.image[rows, columns],
            normals=view.normals[rows, columns],
            instance_id=view.id_map[rows, columns],
        )
        return thinned([cloud], spacing=spacing)

    def truth_points(self, *, spacing: float = 0.02) -> PointCloud:
        """Points on all surfaces visible in any frame, with their true instance ids.

        Args:
            spacing: Edge of the grid cells that keep one point per instance, meters.
        """
        return thinned(
            [self.seen_surface(i, spacing=spacing) for i in range(len(self))], spacing=spacing
        )


def _frame_name(index: int) -> str:
    return f"{index:06d}"


def thinned(clouds: Sequence[PointCloud], *, spacing: float) -> PointCloud:
    """Concatenates clouds and keeps the first point per instance in each cell of a cubic grid.

    Args:
        clouds: With colors, normals and instance ids; at least one.
        spacing: Edge of a cell, meters.
    """
    if not spacing > 0:
        raise ConventionError("spacing", expected="above 0", got=f"{spacing:g}")
    points, colors, normals, ids = (
        np.concatenate([getattr(cloud, name) for cloud in clouds])
        for name in ("points", "colors", "normals", "instance_id")
    )
    cells = np.floor(points.astype(np.float64) / spacing).astype(np.int64)
    cells -= cells.min(axis=0, initial=0)
    spans = cells.max(axis=0, initial=0) + 1
    keys = np.ravel_multi_index(tuple(cells.T), tuple(spans.tolist()))
    keys = keys * (int(ids.max(initial=0)) + 1) + ids
    keep = np.sort(np.unique(keys, return_index=True)[1])
    return PointCloud(points[keep], colors[keep], normals[keep], ids[keep])


def film_world(
    world: World,
    *,
    trajectory: str = "sweep",
    num_frames: int = 60,
    width: int = 320,
    height: int = 240,
    fov_deg: float = FOV_DEG,
    sensor: DepthCamera | str | None = None,
    pose_noise: PoseNoise | None = None,
    color_offset: ColorOffset | None = None,
    lighting: Lighting | None = None,
    seed: int = 0,
    num_threads: int = 1,
) -> SyntheticCapture:
    """Films a world along a trajectory.

    Args:
        world: The world.
        trajectory: One of `TRAJECTORIES`.
        num_frames: 1 or more; more frames sample the same trajectory more densely.
        width: Image width, pixels.
        height: Image height, pixels.
        fov_deg: Horizontal field of view, degrees; 62.7 is that of common depth cameras.
        sensor: Simulated depth sensor, or its name, one of `SENSORS`; None = exact depth.
        pose_noise: Errors added to the reported poses; None = exact poses.
        color_offset: Color camera that frames wrongly take as registered with depth.
        lighting: Harder light and surfaces; None = those of the world.
        seed: Random seed of trajectory and errors.
        num_threads: Threads that render one frame; the result does not depend on it.

    Raises:
        UnknownNameError: There is no such trajectory or sensor.
        ConventionError: The world has no free space for it, or a number is out of range.
    """
    if not 0 < fov_deg < _WIDEST_FOV_DEG:
        raise ConventionError(
            "fov_deg", expected=f"above 0 and below {_WIDEST_FOV_DEG:g}", got=f"{fov_deg:g}"
        )
    camera = camera_with_fov(fov_deg, width=width, height=height)
    poses = plan_trajectory(
        Probe(world), trajectory, camera=camera, seed=seed, num_frames=num_frames
    )
    return SyntheticCapture(
        world,
        camera,
        world_from_cam=poses,
        sensor=sensor,
        pose_noise=pose_noise,
        color_offset=color_offset,
        lighting=lighting,
        seed=seed,
        num_threads=num_threads,
    )


def film_room(
    seed: int = 0,
    *,
    num_frames: int = 60,
    width: int = 320,
    height: int = 240,
    depth_noise: bool = False,
    trajectory: str = "sweep",
    config: RoomConfig | None = None,
    num_threads: int = 1,
) -> SyntheticCapture:
    """Makes a furnished room and films it.

    Args:
        seed: Random seed of furniture, trajectory and noise. The same seed makes the same bytes.
        num_frames: 1 or more; more frames sample the same trajectory more densely.
        width: Image width, pixels.
        height: Image height, pixels.
        depth_noise: Whether to simulate the errors of a structured-light camera.
        trajectory: One of `TRAJECTORIES`.
        config: Settings of the room; None = a medium-sized room with 12 to 22 objects.
        num_threads: Threads that render one frame; the result does not depend on it.
    """
    room = RoomConfig(num_objects=(12, 22), size=(4.0, 5.5)) if config is None else config
    return film_world(
        make_room_world(seed, room),
        trajectory=trajectory,
        num_frames=num_frames,
        width=width,
        height=height,
        sensor=DepthSensor() if depth_noise else None,
        seed=seed,
        num_threads=num_threads,
    )
