"""Which instance each pixel of each frame shows, by the frame's own depth."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import ConventionError, Frame, FrameSource, PointCloud, Scene
from scenewright.core.progress import Progress, no_progress
from scenewright.data import prefetch
from scenewright.geometry.lifting import pixel_voxels
from scenewright.geometry.neighborhood import nearest_marked
from scenewright.geometry.voxel_hash import BLOCK_SIDE, BLOCK_VOXELS, COORDINATE_LIMIT, BlockIndex

REACH = 2
"""Voxels between a pixel's voxel and a surface point that still speaks for it."""
MIN_VOXEL_SIZE = 0.01
"""Least edge of an estimated voxel, metres: depth is no more exact than that."""
_SAMPLE = 2000
_KEY_BITS = (2 * COORDINATE_LIMIT - 1).bit_length()
"""Bits of one block coordinate; three fit into 64."""


class SurfaceIds:
    """Looks up the instance of the surface point nearest to what a pixel shows.

    Args:
        scene: Its points must know their instances.
        voxel_size: Metres; None takes that of the scene's segmentation, or estimates it from the
            distances between the points.

    Attributes:
        voxel_size: Edge of a voxel, metres.

    Raises:
        ConventionError: The scene has no points, they know nothing about instances, or the voxel
            size is not positive.
    """

    def __init__(self, scene: Scene, *, voxel_size: float | None = None) -> None:
        cloud = scene.points
        if cloud is None or cloud.instance_id is None:
            raise ConventionError(
                "scene", expected="points with instance ids", got="none", do="Segment it first."
            )
        if voxel_size is not None and not 0 < voxel_size < np.inf:
            raise ConventionError(
                "Voxel size", expected="a positive number of metres", got=str(voxel_size)
            )
        self.voxel_size = voxel_size or _segmented_at(scene) or _spacing(cloud)
        voxels = _voxels(cloud, self.voxel_size)
        self._index = BlockIndex()
        self._index.add(_blocks_around(voxels))
        self._neighbors = self._index.neighbors()
        block = self._index.find(voxels // BLOCK_SIDE)
        i, j, k = (voxels % BLOCK_SIDE).T
        address, ids = _most_frequent(
            block * BLOCK_VOXELS + i * BLOCK_SIDE**2 + j * BLOCK_SIDE + k, cloud.instance_id
        )
        self._is_surface = np.zeros((len(self._index), BLOCK_VOXELS), np.bool_)
        self._is_surface.reshape(-1)[address] = True
        self._ids = np.zeros(len(self._index) * BLOCK_VOXELS, np.int32)
        self._ids[address] = ids

    def id_map(self, frame: Frame) -> NDArray[np.int32]:
        """The instance that each pixel of a frame shows.

        Args:
            frame: With a pose; without depth nothing is known of any pixel.

        Returns:
            (H, W) int32 instance ids. 0 where there is no depth, where no surface point is near,
            and where the nearest one belongs to no instance.

        Raises:
            ConventionError: The frame has no pose.
        """
        if frame.world_from_cam is None:
            raise ConventionError(
                f"frame {frame.name or frame.index}", expected="a pose", got="none"
            )
        ids = np.zeros(frame.camera.size, np.int32)
        if frame.depth is None:
            return ids
        addresses = np.empty(frame.camera.size, np.int32)
        # Neither limit of the fusion holds here: what is far or thin is known from other frames.
        pixel_voxels(
            frame.depth, frame.camera.K, frame.world_from_cam, self.voxel_size, np.inf, np.inf,
            self._index.table_keys, self._index.table_blocks, addresses,
        )  # fmt: skip
        is_inside = addresses >= 0
        source = nearest_marked(
            self._neighbors, self._is_surface, addresses[is_inside].astype(np.int64), REACH
        )
        ids[is_inside] = np.where(source >= 0, self._ids[source], 0)
        return ids


class FrameIdMaps(Iterator[tuple[str, NDArray[np.int32]]]):
    """The id maps of a capture's frames, made when they are asked for; see `frame_id_maps`.

    Attributes:
        num_frames: Id maps that were made so far.
        without_pose: Names of the frames that were left out so far.
    """

    def __init__(
        self, surface: SurfaceIds, capture: FrameSource | Sequence[Frame], progress: Progress
    ) -> None:
        self.num_frames = 0
        self.without_pose: list[str] = []
        self._maps = self._make(surface, capture, progress)

    def __next__(self) -> tuple[str, NDArray[np.int32]]:
        return next(self._maps)

    def _make(
        self, surface: SurfaceIds, capture: FrameSource | Sequence[Frame], progress: Progress
    ) -> Iterator[tuple[str, NDArray[np.int32]]]:
        total = len(capture)
        progress("id maps", 0, total, "frames")
        for done, frame in enumerate(prefetch(capture), start=1):
            name = frame.name or f"{frame.index:06d}"
            if frame.world_from_cam is None:
                self.without_pose.append(name)
            else:
                self.num_frames += 1
                yield name, surface.id_map(frame)
            progress("id maps", done, total, "frames")


def frame_id_maps(
    scene: Scene,
    capture: FrameSource | Sequence[Frame],
    *,
    voxel_size: float | None = None,
    progress: Progress = no_progress,
) -> FrameIdMaps:
    """Tells for each frame which instance each of its pixels shows.

    A pixel takes the id of the surface point nearest to it in space, so what the frame's depth
    does not hit (glass, what is behind) shows nothing. Frames without pose are left out.

    Args:
        scene: The segmented capture, in its world frame.
        capture: The frames.
        voxel_size: See `SurfaceIds`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        An iterator over (name of the frame, (H, W) int32 ids, 0 = nothing), which counts the frames
        that it makes and leaves out.

    Raises:
        ConventionError: The scene has no points, or they know nothing about instances.
    """
    return FrameIdMaps(SurfaceIds(scene, voxel_size=voxel_size), capture, progress)


def _segmented_at(scene: Scene) -> float | None:
    """Voxel size of the last segmentation that the scene's history knows, metres."""
    for step in reversed(scene.provenance):
        size = step.config.get("voxel_size") if step.name == "segment" else None
        if isinstance(size, int | float) and 0 < size < np.inf:
            return float(size)
    return None


def _spacing(cloud: PointCloud) -> float:
    """Typical distance from a point to its nearest neighbor, metres."""
    points = cloud.points.astype(np.float64)
    if len(points) < 2:
        return MIN_VOXEL_SIZE
    sample = points[:: -(-len(points) // _SAMPLE)]
    distance = cKDTree(points).query(sample, k=2)[0][:, 1]
    return max(float(np.median(distance)), MIN_VOXEL_SIZE)


def _voxels(cloud: PointCloud, voxel_size: float) -> NDArray[np.int64]:
    """(N, 3) coordinates of the points' voxels."""
    scaled = np.floor(cloud.points.astype(np.float64) / voxel_size)
    limit = BLOCK_SIDE * (COORDINATE_LIMIT - 2)
    if len(scaled) and np.abs(scaled).max() > limit:
        raise ConventionError(
            "Points of the scene",
            expected=f"within {limit * voxel_size:.0f} m of the origin",
            got=f"{np.abs(cloud.points).max():.0f} m",
        )
    return scaled.astype(np.int64)


def _blocks_around(voxels: NDArray[np.int64]) -> NDArray[np.int32]:
    """(B, 3) coordinates of the blocks that hold a voxel from which one of these is in reach."""
    keys = np.zeros(0, np.int64)
    for corner in itertools.product((-REACH, REACH), repeat=3):
        x, y, z = ((voxels + corner) // BLOCK_SIDE + COORDINATE_LIMIT).T
        keys = np.union1d(keys, (x << 2 * _KEY_BITS) | (y << _KEY_BITS) | z)
    mask = (1 << _KEY_BITS) - 1
    parts = (keys >> 2 * _KEY_BITS, (keys >> _KEY_BITS) & mask, keys & mask)
    return (np.stack(parts, axis=1) - COORDINATE_LIMIT).astype(np.int32)


def _most_frequent(
    address: NDArray[np.int64], ids: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Each address once, with the id that is on it most often (the larger of equals)."""
    order = np.lexsort((ids, address))
    address, ids = address[order], ids[order]
    first = np.flatnonzero(
        np.diff(address, prepend=-1).astype(bool) | np.diff(ids, prepend=-1).astype(bool)
    )
    count = np.diff(np.append(first, len(ids)))
    order = np.lexsort((ids[first], count, address[first]))
    address, ids = address[first][order], ids[first][order]
    is_last = np.diff(address, append=-1).astype(bool)
    return address[is_last], ids[is_last]
