"""Open3D's sparse TSDF volume behind the few calls that the benchmarks need.

Open3D is no dependency of Scenewright: this module is imported where it happens to be installed.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from scenewright.core import Frame

STORAGES = ("float32", "uint16")
"""How weights and colors are kept; distances are float32 in both, as ours are."""
_BLOCK_SIDE = 8
_MILLIMETERS = 1000.0


def import_open3d(*, threads: int) -> tuple[ModuleType | None, str]:
    """Open3D, or None and why it cannot be imported.

    Its loops run on OpenMP, which reads the number of threads when it starts: call this before
    any parallel loop has run.
    """
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        open3d = importlib.import_module("open3d")
    except (ImportError, OSError) as error:
        return None, str(error)
    return open3d, ""


class Open3DFrames:
    """Frames in Open3D's types; making them is not part of what is timed.

    Args:
        open3d: The package.
        frames: With depth, image and pose.
    """

    def __init__(self, open3d: ModuleType, frames: Sequence[Frame]) -> None:
        core, image = open3d.core, open3d.t.geometry.Image
        self.depth: list[Any] = []
        self.color: list[Any] = []
        self.K: list[Any] = []
        self.cam_from_world: list[Any] = []
        for frame in frames:
            assert frame.depth is not None and frame.image is not None
            assert frame.world_from_cam is not None
            stored = np.rint(frame.depth * _MILLIMETERS).astype(np.uint16)
            # Open3D has pixel centers at integers.
            K = frame.camera.K.copy()
            K[:2, 2] -= 0.5
            self.depth.append(image(core.Tensor(stored)))
            self.color.append(image(core.Tensor(np.ascontiguousarray(frame.image))))
            self.K.append(core.Tensor(K))
            self.cam_from_world.append(core.Tensor(np.linalg.inv(frame.world_from_cam)))

    def __len__(self) -> int:
        return len(self.depth)


class Open3DVolume:
    """A `VoxelBlockGrid` on the CPU.

    Args:
        open3d: The package.
        voxel_size: Meters.
        truncation_voxels: Half width of the band.
        max_depth: Meters.
        storage: One of `STORAGES`.
        num_blocks: Blocks to make room for; too few would cost it a copy in mid-run.
    """

    def __init__(
        self,
        open3d: ModuleType,
        *,
        voxel_size: float,
        truncation_voxels: float,
        max_depth: float,
        storage: str,
        num_blocks: int = 20_000,
    ) -> None:
        core = open3d.core
        rest = getattr(core.Dtype, "Float32" if storage == "float32" else "UInt16")
        self._truncation_voxels = truncation_voxels
        self._max_depth = max_depth
        self._grid = open3d.t.geometry.VoxelBlockGrid(
            attr_names=("tsdf", "weight", "color"),
            attr_dtypes=(core.Dtype.Float32, rest, rest),
            attr_channels=((1,), (1,), (3,)),
            voxel_size=voxel_size,
            block_resolution=_BLOCK_SIDE,
            block_count=num_blocks,
            device=core.Device("CPU:0"),
        )

    @property
    def num_blocks(self) -> int:
        """Blocks in use."""
        return int(self._grid.hashmap().size())

    def integrate(self, frames: Open3DFrames, index: int) -> None:
        """Fuses one frame: finds the blocks that it touches, and updates their voxels."""
        depth, K, pose = frames.depth[index], frames.K[index], frames.cam_from_world[index]
        blocks = self._grid.compute_unique_block_coordinates(
            depth, K, pose, _MILLIMETERS, self._max_depth, self._truncation_voxels
        )
        self._grid.integrate(
            blocks, depth, frames.color[index], K, pose,
            _MILLIMETERS, self._max_depth, self._truncation_voxels,
        )  # fmt: skip

    def surface(self) -> Any:
        """The points where the distance is zero, as a legacy cloud; in an order that does not
        depend on threads, as that of the blocks does."""
        cloud = self._grid.extract_point_cloud().to_legacy()
        return cloud.select_by_index(np.lexsort(np.asarray(cloud.points).T))
