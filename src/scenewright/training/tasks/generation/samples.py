"""Random batches for the flow, from shards and the latents of their grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save
from torch import Tensor

from scenewright.io import write_bytes
from scenewright.models.generators.tiny.design import GRID
from scenewright.models.generators.tiny.inputs import CHANNELS, SIDE, place_channels
from scenewright.models.generators.tiny.vae import GridCodec
from scenewright.training.tasks.generation.shards import read_shard, unpacked

_BATCH = 64
_GRIDS = ("in_scene", "canonical", "occupied", "scene_grid")
_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0]).astype(np.float32)
_CROPS = ("image", "masks", "points")


@dataclass(frozen=True, eq=False)
class FlowBatch:
    """A batch of B objects, each of another view.

    Attributes:
        scenes: (B, channels, side, side) crops of the scenes.
        objects: (B, channels, side, side) crops of the objects.
        latents: (B, 3, C, 8, 8, 8) normalized latents of the slots.
        known: (B, C, 8, 8, 8) normalized latent of the voxels known to be occupied.
        occupied: (B, 32, 32, 32) bool voxels known to be occupied.
        free: (B, 32, 32, 32) bool voxels known to be free.
        poses: (B, 4, 4) from canonical to scene cubes.
        boxes: (B, 2, 3) in the scene cube.
        turns: (B,) order of the symmetry about z.
        rows: (B,) numbers of the objects.
    """

    scenes: Tensor
    objects: Tensor
    latents: Tensor
    known: Tensor
    occupied: Tensor
    free: Tensor
    poses: Tensor
    boxes: Tensor
    turns: Tensor
    rows: NDArray[np.int64]


class FlowSamples:
    """The objects of shards in memory.

    Args:
        shards: Files of shards.
        latents: Files of `cached_latents`, in the same order.
    """

    def __init__(self, shards: Sequence[Path], latents: Sequence[Path]) -> None:
        parts = [read_shard(path) for path in shards]
        coded = [load_file(path) for path in latents]
        first = 0
        for part in parts:
            part["scene"] = part["scene"] + first
            first += len(part["scene_grid"])
        keep = [name for name in parts[0] if name not in ("in_scene", "scene_grid")]
        self._arrays = {name: np.concatenate([part[name] for part in parts]) for name in keep}
        # Latents are (mirrored or not, rows, channels, 8, 8, 8).
        self._latents = {
            name: np.concatenate([each[name] for each in coded], axis=1) for name in _GRIDS
        }

    def __len__(self) -> int:
        return len(self._arrays["scene"])

    @property
    def families(self) -> NDArray[np.int32]:
        """(N,) family of each object, see `shards.family_names`."""
        families: NDArray[np.int32] = self._arrays["family"]
        return families

    def canonical(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """(B, 32, 32, 32) canonical grids of objects, not mirrored."""
        return unpacked(self._arrays["canonical"][rows])

    def batch(
        self, rows: NDArray[np.integer[Any]], mirrored: NDArray[np.bool_], with_points: bool = True
    ) -> FlowBatch:
        """A batch of objects.

        Args:
            rows: (B,) numbers of objects.
            mirrored: (B,) whether left and right are exchanged.
            with_points: Whether the positions of pixels are given.
        """
        arrays, scene = self._arrays, self._arrays["scene"][rows]
        side = mirrored.astype(np.int64)
        coded = {
            name: values[side, scene if name == "scene_grid" else rows]
            for name, values in self._latents.items()
        }
        slots = np.stack([coded["in_scene"], coded["scene_grid"], coded["canonical"]], axis=1)
        poses, boxes = arrays["pose"][rows].copy(), arrays["box"][rows].copy()
        poses[mirrored] = _MIRROR @ poses[mirrored] @ _MIRROR
        boxes[mirrored, :, 0] = -boxes[mirrored, ::-1, 0]
        places = np.tile(np.array([0, 0, 1], np.float32), (len(rows), 1))
        return FlowBatch(
            torch.from_numpy(self._crops("scene_", scene, places, mirrored, with_points)),
            torch.from_numpy(self._crops("", rows, arrays["place"][rows], mirrored, with_points)),
            torch.from_numpy(slots).float(),
            torch.from_numpy(coded["occupied"]).float(),
            torch.from_numpy(_voxels(arrays["occupied"][rows], mirrored)),
            torch.from_numpy(_voxels(arrays["free"][rows], mirrored)),
            torch.from_numpy(poses),
            torch.from_numpy(boxes),
            torch.from_numpy(arrays["turns"][rows]),
            np.asarray(rows, np.int64),
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
        result[:, 5:7] = place_channels(places, SIDE)
        if with_points:
            where = points.astype(np.float32).transpose(0, 3, 1, 2)
            known = np.isfinite(where).all(axis=1)
            result[:, 7:10] = np.where(known[:, None], np.nan_to_num(where), 0) * 2
            result[:, 10] = known
        result[mirrored] = result[mirrored][..., ::-1]
        for channel in (5, 7):  # u and x change their sign
            result[mirrored, channel] *= -1
        return result


def cached_latents(shard: Path, folder: Path, vae: GridCodec, *, device: str = "cpu") -> Path:
    """Encodes the grids of a shard once, as they are and mirrored.

    Args:
        shard: The shard.
        folder: Folder of the files; a file that exists is not made again.
        vae: The trained VAE.
        device: Torch device.

    Returns:
        A file with a float16 array (2, rows, C, 8, 8, 8) of normalized latents per kind of grid.
    """
    path = folder / f"{shard.stem}-latents.safetensors"
    if not path.exists():
        arrays = read_shard(shard)
        coded = {name: _encoded(arrays[name], vae, device) for name in _GRIDS}
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(path, save(coded))
    return path


@torch.no_grad()
def _encoded(bits: NDArray[np.uint8], vae: GridCodec, device: str) -> NDArray[np.float16]:
    sides = []
    for mirrored in (False, True):
        parts = []
        for start in range(0, len(bits), _BATCH):
            grids = _voxels(bits[start : start + _BATCH], np.full(1, mirrored).repeat(
                len(bits[start : start + _BATCH])))  # fmt: skip
            mean = vae.code(torch.from_numpy(grids).float().to(device))
            parts.append(vae.normalized(mean.float()).half().cpu().numpy())
        sides.append(np.concatenate(parts))
    return np.stack(sides)


def _voxels(bits: NDArray[np.uint8], mirrored: NDArray[np.bool_]) -> NDArray[np.bool_]:
    grids = unpacked(bits)
    grids[mirrored] = grids[mirrored][:, ::-1]
    assert grids.shape[-1] == GRID
    return grids
