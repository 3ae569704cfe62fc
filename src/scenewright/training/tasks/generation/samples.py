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

from scenewright.models.generators.tiny.design import GRID
from scenewright.models.generators.tiny.inputs import CHANNELS, SIDE
from scenewright.models.generators.tiny.mirroring import mirrored_crops
from scenewright.training.tasks.generation.shards import read_shard

_SLOTS = ("in_scene", "scene_grid", "shape")
"""Arrays of the grids of the slots, in their order."""
_CROPS = ("image", "masks", "points")
_GRIDS = ("in_scene", "shape", "seen", "canonical", "occupied", "free")
_FACTS = ("pose", "box", "cube", "turns", "place", "colors")
_STORED = (*_GRIDS, *_FACTS, *_CROPS, *(f"scene_{name}" for name in _CROPS), "scene_grid", "family")


@dataclass(frozen=True, eq=False)
class FlowBatch:
    """A batch of B objects of S scenes, on the device of the samples.

    Attributes:
        scenes: (S, channels, side, side) crops of the scenes.
        objects: (B, channels, side, side) crops of the objects.
        grids: (B, 3, 32, 32, 32) bool voxels of the slots.
        cubes: (B, 4) centers and edges of the cubes of the objects in the scene cube.
        seen: (B, 32, 32, 32) bool voxels of the cubes of the objects that hold measured points.
        canonical: (B, 32, 32, 32) bool voxels in the canonical cubes.
        occupied: (B, 32, 32, 32) bool voxels of the canonical cubes that a scan found occupied.
        free: (B, 32, 32, 32) bool voxels of the canonical cubes that a scan found free.
        colors: (B, 3, 8, 8, 8) mean colors of the surface in the cells of the cubes of the objects,
            -1 to 1; NaN where there is none.
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
    colors: Tensor
    poses: Tensor
    boxes: Tensor
    turns: Tensor
    rows: NDArray[np.int64]
    scene_of: Tensor


class FlowSamples:
    """The objects of shards, in the memory of the device that trains.

    Args:
        shards: Files of shards.
        device: Torch device of the batches.

    Raises:
        FormatError: A shard is damaged or of another version.
    """

    def __init__(self, shards: Sequence[Path], *, device: torch.device | str = "cpu") -> None:
        self._device = torch.device(device)
        self._arrays: dict[str, Tensor] = {}
        self._scene = np.zeros(0, np.int64)
        self._firsts = np.zeros(1, np.int64)
        self.add(shards)

    def add(self, shards: Sequence[Path]) -> None:
        """Takes in the objects of further shards, as in `FlowSamples`."""
        scenes = [self._scene]
        parts = {name: [each] for name, each in self._arrays.items()}
        first = self.num_scenes
        for path in shards:
            arrays = read_shard(path)
            scenes.append(arrays["scene"] + first)
            first += len(arrays["scene_grid"])
            for name in _STORED:
                moved = torch.from_numpy(arrays[name]).to(self._device)
                parts.setdefault(name, []).append(moved)
        self._arrays = {name: torch.cat(each) for name, each in parts.items()}
        self._scene = np.concatenate(scenes)
        self._firsts = np.searchsorted(self._scene, np.arange(first + 1))

    def __len__(self) -> int:
        return len(self._scene)

    @property
    def families(self) -> NDArray[np.int32]:
        """(N,) family of each object, see `shards.family_names`."""
        families: NDArray[np.int32] = self._arrays["family"].cpu().numpy()
        return families

    @property
    def num_scenes(self) -> int:
        """Number of views."""
        return len(self._firsts) - 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """(S,) number of objects of each view."""
        counts: NDArray[np.int64] = np.diff(self._firsts)
        return counts

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
        device = self._device
        scenes, scene_of = np.unique(self._scene[rows], return_inverse=True)
        is_turned = np.arange(len(scenes)) % 2 == 1 if mirror else np.zeros(len(scenes), bool)
        turned = torch.from_numpy(is_turned).to(device)
        mirrored = torch.from_numpy(is_turned[scene_of]).to(device)
        of = torch.from_numpy(np.asarray(rows, np.int64)).to(device)
        of_scene = torch.from_numpy(scenes).to(device)
        scene_rows = torch.from_numpy(scene_of.astype(np.int64)).to(device)
        taken = {name: self._arrays[name][of] for name in (*_GRIDS, *_FACTS)}
        grids = {name: _voxels(taken[name], mirrored) for name in _GRIDS}
        grids["scene_grid"] = _voxels(self._arrays["scene_grid"][of_scene], turned)[scene_rows]
        sign = torch.where(mirrored, -1.0, 1.0)
        poses = taken["pose"] * _mirror_signs(sign, 4)
        boxes, cubes = taken["box"], taken["cube"]
        boxes = torch.where(mirrored.view(-1, 1, 1), _mirrored_boxes(boxes), boxes)
        cubes[:, 0] *= sign
        middle = torch.tensor([0.0, 0.0, 1.0], device=device).expand(len(scenes), 3)
        return FlowBatch(
            self._crops("scene_", of_scene, middle, turned, with_points),
            self._crops("", of, taken["place"], mirrored, with_points),
            torch.stack([grids[name] for name in _SLOTS], 1),
            cubes,
            grids["seen"] & with_points,
            grids["canonical"],
            grids["occupied"],
            grids["free"],
            _colors(taken["colors"], mirrored),
            poses,
            boxes,
            taken["turns"],
            np.asarray(rows, np.int64),
            scene_rows,
        )

    def _crops(
        self, prefix: str, rows: Tensor, places: Tensor, mirrored: Tensor, with_points: bool
    ) -> Tensor:
        image, masks, points = (
            self._arrays[f"{prefix}{name}"][rows].permute(0, 3, 1, 2).float() for name in _CROPS
        )
        known = torch.isfinite(points).all(1, keepdim=True) & with_points
        where = torch.where(known, points.nan_to_num(), 0.0) * 2
        channels = [image / 127.5 - 1, masks / 255, place_planes(places, SIDE), where, known]
        result = torch.cat([each.to(torch.float32) for each in channels], 1)
        assert result.shape[1] == CHANNELS
        return torch.where(mirrored.view(-1, 1, 1, 1), mirrored_crops(result), result)


def place_planes(places: Tensor, side: int) -> Tensor:
    """(N, 2, side, side) u and v of the pixels of crops, from `Crop.place`; see `place_channels`.

    Args:
        places: (N, 3).
        side: Pixels per side.
    """
    steps = (torch.arange(side, device=places.device) + 0.5) / side * 2 - 1
    u, v = (places[:, axis, None] + places[:, 2, None] * steps for axis in (0, 1))
    return torch.stack([u[:, None, :].expand(-1, side, -1), v[:, :, None].expand(-1, -1, side)], 1)


def _voxels(bits: Tensor, mirrored: Tensor) -> Tensor:
    """(N, 32, 32, 32) bool voxels of (N, 4096) packed ones, some exchanged left and right."""
    steps = torch.arange(7, -1, -1, dtype=torch.uint8, device=bits.device)
    grids = ((bits[..., None] >> steps) & 1).bool().view(len(bits), GRID, GRID, GRID)
    return torch.where(mirrored.view(-1, 1, 1, 1), grids.flip(1), grids)


def _colors(cells: Tensor, mirrored: Tensor) -> Tensor:
    """`FlowBatch.colors` of stored ones, some exchanged left and right."""
    is_there = (cells > 0).any(-1, keepdim=True)
    colors = torch.where(is_there, cells.float() / 127.5 - 1, torch.nan).permute(0, 4, 1, 2, 3)
    return torch.where(mirrored.view(-1, 1, 1, 1, 1), colors.flip(2), colors)


def _mirror_signs(sign: Tensor, size: int) -> Tensor:
    """(N, size, size) signs of M P M where M mirrors x in the rows whose sign is -1."""
    axes = torch.ones(len(sign), size, device=sign.device)
    axes[:, 0] = sign
    return axes[:, :, None] * axes[:, None, :]


def _mirrored_boxes(boxes: Tensor) -> Tensor:
    result = boxes.clone()
    result[:, :, 0] = -boxes[:, :, 0].flip(1)
    return result
