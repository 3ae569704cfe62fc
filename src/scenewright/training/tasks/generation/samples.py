"""Random batches for the flow, from shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.models.generators.tiny.cubes import (
    ROOM,
    cube_map,
    moved_grid,
    object_cube,
    seen_voxels,
)
from scenewright.models.generators.tiny.design import GRID
from scenewright.models.generators.tiny.inputs import (
    CHANNELS,
    PLACE,
    POINTS,
    SIDE,
    Crop,
    measured_points,
    place_channels,
)
from scenewright.training.tasks.generation.shards import packed, read_shard, unpacked

_SLOTS = ("in_scene", "scene_grid", "shape")
"""Arrays of the grids of the slots, in their order."""
_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0]).astype(np.float32)
_CROPS = ("image", "masks", "points")


@dataclass(frozen=True, eq=False)
class FlowBatch:
    """A batch of B objects of S scenes.

    Attributes:
        scenes: (S, channels, side, side) crops of the scenes.
        objects: (B, channels, side, side) crops of the objects.
        grids: (B, 3, 32, 32, 32) bool voxels of the slots.
        cubes: (B, 4) centers and edges of the cubes of the objects in the scene cube.
        seen: (B, 32, 32, 32) bool voxels of the cubes of the objects that hold measured points.
        canonical: (B, 32, 32, 32) bool voxels in the canonical cubes.
        occupied: (B, 32, 32, 32) bool voxels of the canonical cubes that a scan found occupied.
        free: (B, 32, 32, 32) bool voxels of the canonical cubes that a scan found free.
        poses: (B, 4, 4) from canonical to scene cubes.
        boxes: (B, 2, 3) in the scene cube.
        turns: (B,) order of the symmetry about z.
        rows: (B,) numbers of the objects.
        scene_of: (B,) number of the scene of each object among `scenes`.
    """

    scenes: Tensor
    objects: Tensor
    grids: Tensor
    cubes: Tensor
    seen: Tensor
    canonical: Tensor
    occupied: Tensor
    free: Tensor
    poses: Tensor
    boxes: Tensor
    turns: Tensor
    rows: NDArray[np.int64]
    scene_of: Tensor


class FlowSamples:
    """The objects of shards in memory.

    Args:
        shards: Files of shards.
    """

    def __init__(self, shards: Sequence[Path]) -> None:
        parts = [read_shard(path) for path in shards]
        first = 0
        for part in parts:
            part["scene"] = part["scene"] + first
            first += len(part["scene_grid"])
        self._arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        self._add_shapes()
        self._firsts = np.searchsorted(self._arrays["scene"], np.arange(first + 1))

    def _add_shapes(self) -> None:
        """The cubes of the objects, their shapes there, and what is seen of these."""
        arrays = self._arrays
        count = len(arrays["pose"])
        cubes = np.zeros((count, 4), np.float32)
        shape, seen = np.zeros((2, count, arrays["canonical"].shape[1]), np.uint8)
        for row in range(count):
            points = measured_points(Crop(*(arrays[name][row] for name in (*_CROPS, "place"))))
            cube = object_cube(points)
            if cube is None:
                low, high = arrays["box"][row].astype(np.float64)
                cube = np.array([*(low + high) / 2, ROOM * float((high - low).max())])
            cubes[row] = cube
            canonical = unpacked(arrays["canonical"][row][None])[0]
            shape[row] = packed(moved_grid(canonical, cube_map(arrays["pose"][row], cube)))
            seen[row] = packed(seen_voxels(points, cube))
        arrays |= {"shape": shape, "seen": seen, "cube": cubes}

    def __len__(self) -> int:
        return len(self._arrays["scene"])

    @property
    def families(self) -> NDArray[np.int32]:
        """(N,) family of each object, see `shards.family_names`."""
        families: NDArray[np.int32] = self._arrays["family"]
        return families

    @property
    def num_scenes(self) -> int:
        """Number of views."""
        return len(self._firsts) - 1

    def of_scenes(self, scenes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Numbers of the objects of scenes."""
        parts = [np.arange(self._firsts[one], self._firsts[one + 1]) for one in scenes]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def batch(
        self, rows: NDArray[np.integer[Any]], *, mirror: bool = False, with_points: bool = True
    ) -> FlowBatch:
        """A batch of objects.

        Args:
            rows: (B,) numbers of objects.
            mirror: Whether left and right are exchanged in every other scene.
            with_points: Whether the positions of pixels are given.
        """
        arrays = self._arrays
        scenes, scene_of = np.unique(arrays["scene"][rows], return_inverse=True)
        is_turned = np.arange(len(scenes)) % 2 == 1 if mirror else np.zeros(len(scenes), bool)
        mirrored = is_turned[scene_of]
        slots = [
            _voxels(arrays[name][arrays["scene"][rows] if name == "scene_grid" else rows], mirrored)
            for name in _SLOTS
        ]
        poses, boxes = arrays["pose"][rows].copy(), arrays["box"][rows].copy()
        poses[mirrored] = _MIRROR @ poses[mirrored] @ _MIRROR
        boxes[mirrored, :, 0] = -boxes[mirrored, ::-1, 0]
        cubes = arrays["cube"][rows].copy()
        cubes[mirrored, 0] *= -1
        places = np.tile(np.array([0, 0, 1], np.float32), (len(scenes), 1))
        return FlowBatch(
            torch.from_numpy(self._crops("scene_", scenes, places, is_turned, with_points)),
            torch.from_numpy(self._crops("", rows, arrays["place"][rows], mirrored, with_points)),
            torch.from_numpy(np.stack(slots, axis=1)),
            torch.from_numpy(cubes),
            torch.from_numpy(_voxels(arrays["seen"][rows], mirrored) & with_points),
            torch.from_numpy(_voxels(arrays["canonical"][rows], mirrored)),
            torch.from_numpy(_voxels(arrays["occupied"][rows], mirrored)),
            torch.from_numpy(_voxels(arrays["free"][rows], mirrored)),
            torch.from_numpy(poses),
            torch.from_numpy(boxes),
            torch.from_numpy(arrays["turns"][rows]),
            np.asarray(rows, np.int64),
            torch.from_numpy(scene_of.astype(np.int64)),
        )

    def _crops(
        self,
        prefix: str,
        rows: NDArray[np.integer[Any]],
        places: NDArray[np.float32],
        mirrored: NDArray[np.bool_],
        with_points: bool,
    ) -> NDArray[np.float32]:
        image, masks, points = (self._arrays[f"{prefix}{name}"][rows] for name in _CROPS)
        result = np.zeros((len(rows), CHANNELS, SIDE, SIDE), np.float32)
        result[:, :3] = image.transpose(0, 3, 1, 2) / np.float32(127.5) - 1
        result[:, 3:5] = masks.transpose(0, 3, 1, 2) / np.float32(255)
        result[:, PLACE] = place_channels(places, SIDE)
        if with_points:
            where = points.astype(np.float32).transpose(0, 3, 1, 2)
            known = np.isfinite(where).all(axis=1)
            result[:, POINTS] = np.where(known[:, None], np.nan_to_num(where), 0) * 2
            result[:, 10] = known
        result[mirrored] = result[mirrored][..., ::-1]
        for channel in (5, 7):  # u and x change their sign
            result[mirrored, channel] *= -1
        return result


def _voxels(bits: NDArray[np.uint8], mirrored: NDArray[np.bool_]) -> NDArray[np.bool_]:
    grids = unpacked(bits)
    grids[mirrored] = grids[mirrored][:, ::-1]
    assert grids.shape[-1] == GRID
    return grids
