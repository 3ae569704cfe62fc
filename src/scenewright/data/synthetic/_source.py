"""The synthetic room as a sequence of frames with their truth."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, Frame, MaskSet, PointCloud
from scenewright.data.synthetic import _write
from scenewright.data.synthetic._layout import furnish
from scenewright.data.synthetic._noise import sensor_depth
from scenewright.data.synthetic._path import walk
from scenewright.data.synthetic._render import render
from scenewright.geometry.projection import unproject_pixels

_FOCAL_SHARE = 525 / 640
"""Focal length over image width of the usual structured-light cameras."""
_CACHED_PIXELS = 16_000_000
"""Pixels of views that are kept (11 bytes each), so that truth needs no second rendering."""


class SyntheticRoom:
    """A furnished room that is made, filmed and labelled by the package itself.

    It is a `FrameSource`: ``room[i]`` renders frame `i` when it is asked for. The world is in
    metres, z up, floor at z = 0, origin at the floor's middle.

    Args:
        seed: Decides the furniture, the way of the camera and the noise. The same seed makes the
            same bytes.
        num_frames: Frames of one loop through the room.
        width: Image width, pixels.
        height: Image height, pixels.
        depth_noise: Whether depth carries the errors of a structured-light camera.

    Attributes:
        camera: Intrinsics of every frame.
        world_from_cam: (num_frames, 4, 4) float64 poses.
        size: Room extents x, y and wall height, metres.
        labels: Word per instance id.
        stuff_ids: Ids of the floor and the walls, which are not objects.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        num_frames: int = 60,
        width: int = 320,
        height: int = 240,
        depth_noise: bool = False,
    ) -> None:
        if num_frames < 1:
            raise ConventionError("num_frames", expected="1 or more", got=str(num_frames))
        self.seed = seed
        self.depth_noise = depth_noise
        focal = width * _FOCAL_SHARE
        self.camera = Camera.from_focal(
            focal, focal, width / 2, height / 2, width=width, height=height
        )
        self.world, self.size = furnish(seed)
        self.world_from_cam = walk(self.size, num_frames=num_frames, seed=seed)
        self.labels = self.world.labels
        self.stuff_ids = self.world.stuff_ids
        num_views = max(_CACHED_PIXELS // (width * height), 2)
        self._view = functools.lru_cache(maxsize=num_views)(self._render)

    def __len__(self) -> int:
        return len(self.world_from_cam)

    def __iter__(self) -> Iterator[Frame]:
        return (self.frame(i) for i in range(len(self)))

    def __getitem__(self, index: int) -> Frame:
        return self.frame(index)

    def _render(
        self, index: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.uint8]]:
        return render(self.world, camera=self.camera, world_from_cam=self.world_from_cam[index])

    def frame(self, index: int) -> Frame:
        """Renders one frame.

        Raises:
            IndexError: There is no such frame.
        """
        index = range(len(self))[index]
        depth, _, image = self._view(index)
        if self.depth_noise:
            rng = np.random.default_rng([self.seed, 2, index])
            depth = sensor_depth(depth, rng=rng)
        return Frame(
            index,
            self.camera,
            self.world_from_cam[index],
            image=image,
            depth=depth,
            time=index / 10,
            name=f"{index:06d}",
        )

    def id_map(self, index: int) -> NDArray[np.int32]:
        """(H, W) int32 true instance id of every pixel of a frame, 0 where nothing is."""
        return self._view(range(len(self))[index])[1]

    def masks(self, index: int, *, stuff: bool = True) -> MaskSet:
        """The true masks of a frame; `MaskSet.ids` are the instance ids.

        Args:
            index: Number of the frame.
            stuff: Whether floor and walls have masks too.
        """
        id_map = self.id_map(index)
        if not stuff:
            id_map = np.where(np.isin(id_map, list(self.stuff_ids)), 0, id_map)
        return MaskSet.from_id_map(id_map)

    def truth_points(self, *, spacing: float = 0.02) -> PointCloud:
        """Points of all surface that any frame sees, with the true instance id of each.

        Args:
            spacing: Edge of the cells that keep one point of each instance, metres.
        """
        found = [self._surface(i, spacing) for i in range(len(self))]
        points = np.concatenate([part[0] for part in found])
        colors = np.concatenate([part[1] for part in found])
        ids = np.concatenate([part[2] for part in found])
        keep = _one_per_cell(points, ids, spacing)
        return PointCloud(points[keep], colors=colors[keep], instance_id=ids[keep])

    def _surface(
        self, index: int, spacing: float
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.int32]]:
        depth, id_map, image = self._view(index)
        rows, columns = np.nonzero(depth)
        seen = unproject_pixels(rows, columns, depth[rows, columns], self.camera)
        pose = self.world_from_cam[index]
        points = (seen @ pose[:3, :3].T + pose[:3, 3]).astype(np.float32)
        ids = id_map[rows, columns]
        keep = _one_per_cell(points, ids, spacing)
        return points[keep], image[rows, columns][keep], ids[keep]

    def write_capture(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        progress: _write.Progress | None = None,
    ) -> Path:
        """Writes the frames as a plain capture folder, and the truth beside them.

        The folder gets ``color/ depth/ pose/ intrinsics.txt capture.json`` and, as truth,
        ``instance/`` (16-bit id maps), ``instances.json`` and ``gt_points.ply``.

        Args:
            path: Folder to make.
            overwrite: Whether an older capture of that name may be replaced.
            progress: Called with step, frames done, frames in all, and the unit.

        Returns:
            The folder.
        """
        return _write.write_capture(self, Path(path), overwrite=overwrite, progress=progress)


def _one_per_cell(
    points: NDArray[np.float32], ids: NDArray[np.int32], spacing: float
) -> NDArray[np.int64]:
    """Rows of the first point of each instance in each cell of a cubic grid, rising."""
    cells = np.floor(points.astype(np.float64) / spacing).astype(np.int64)
    cells -= cells.min(axis=0, initial=0)
    spans = cells.max(axis=0, initial=0) + 1
    keys = np.ravel_multi_index(tuple(cells.T), tuple(spans.tolist())) * (
        int(ids.max(initial=0)) + 1
    )
    first: NDArray[np.int64] = np.sort(np.unique(keys + ids, return_index=True)[1])
    return first
