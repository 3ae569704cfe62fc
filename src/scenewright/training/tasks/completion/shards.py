"""Shards of partly seen objects: made from seeds once, checked when they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from scenewright.core import FormatError, Progress, no_progress
from scenewright.io import write_bytes
from scenewright.training.making import make_missing, shown
from scenewright.training.tasks.completion.scans import ScanSample, scan_samples
from scenewright.training.tasks.generation.shards import (
    SUFFIX,
    TRAIN_SEEDS,
    find_shards,
    packed,
    unpacked,
)

WORLDS_PER_SHARD = 4
_GRIDS = ("occupied", "free", "shape")
_VERSION = "scans 1"


def scan_shards(
    out: Path,
    folder: str | Path | None,
    *,
    worlds: int,
    held_out: int,
    num_workers: int = 1,
    progress: Progress = no_progress,
) -> list[Path]:
    """The shards of partly seen objects of a training run, those for validation last.

    Args:
        out: Folder of the run.
        folder: Folder of shards; None makes them from seeds, in ``scans/`` of `out`.
        worlds: Number of training worlds that are made.
        held_out: Number of shards for validation.
        num_workers: Number of processes that make worlds.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        CaptureError: The folder holds none.
    """
    if folder is not None:
        return find_shards(folder)
    made = out / "scans"
    first = -(-TRAIN_SEEDS // WORLDS_PER_SHARD) * WORLDS_PER_SHARD
    for start, count in ((0, worlds), (first, held_out * WORLDS_PER_SHARD)):
        make_scan_shards(
            made, first=start, worlds=count, num_workers=num_workers, progress=progress
        )
    return find_shards(made)


def make_scan_shards(
    out: str | Path,
    *,
    first: int,
    worlds: int,
    num_workers: int = 1,
    progress: Progress = no_progress,
) -> None:
    """Makes shards; those that exist are kept, so run it again to resume.

    Args:
        out: Folder.
        first: First seed; below `TRAIN_SEEDS` for training.
        worlds: Number of worlds.
        num_workers: Number of processes.
        progress: Progress callback (stage, done, total, unit).
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    starts = range(first, first + worlds, WORLDS_PER_SHARD)
    jobs = {}
    for start in starts:
        path = out / f"scans-{start:08d}{SUFFIX}"
        jobs[path] = path, range(start, min(start + WORLDS_PER_SHARD, first + worlds))
    make_missing(
        _make_scan_shard, jobs, num_workers=num_workers,
        progress=shown(progress, "scans", "shards"),
    )  # fmt: skip


def _make_scan_shard(job: tuple[Path, range]) -> None:
    """Writes the shard of the seeds; none if no object is seen."""
    path, seeds = job
    samples = [sample for seed in seeds for sample in scan_samples(seed)]
    if samples:
        write_bytes(path, save(_arrays(samples), metadata={"version": _VERSION}))


class ScanSamples:
    """The partly seen objects of shards in memory.

    Args:
        shards: Files of shards, at least one.

    Raises:
        FormatError: A shard is damaged or holds something else.
    """

    def __init__(self, shards: Sequence[Path]) -> None:
        parts = [_read(path) for path in shards]
        self._arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def __len__(self) -> int:
        return len(self._arrays["cameras"])

    @property
    def cameras(self) -> NDArray[np.int32]:
        """(N,) number of views by which each object was seen."""
        cameras: NDArray[np.int32] = self._arrays["cameras"]
        return cameras

    def grids(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """(3, B, 32, 32, 32) occupied and free voxels, and the shapes, of (B,) objects."""
        return np.stack([unpacked(self._arrays[name][rows]) for name in _GRIDS])


def _arrays(samples: Sequence[ScanSample]) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        name: np.stack([packed(getattr(one, name)) for one in samples]) for name in _GRIDS
    }
    arrays["cameras"] = np.array([one.cameras for one in samples], np.int32)
    return arrays


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with safe_open(path, framework="numpy") as file:
            version = (file.metadata() or {}).get("version")
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise FormatError(
            f"{path}", expected="a shard of partly seen objects", got=f"{error}",
            do="Delete it, and make it again.",
        ) from error  # fmt: skip
    if version != _VERSION:
        raise FormatError(f"{path}", expected=f"a shard of version '{_VERSION}'", got=f"{version}")
    bits = (len(arrays["cameras"]), 32**3 // 8)
    for name in _GRIDS:
        if name not in arrays or arrays[name].shape != bits:
            got = "nothing" if name not in arrays else f"{arrays[name].shape}"
            raise FormatError(f"{path}: {name}", expected=f"{bits}", got=got)
    return arrays
