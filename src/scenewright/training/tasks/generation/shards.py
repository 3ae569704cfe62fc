"""Shards of generation samples: made from seeds once, checked when they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from scenewright.core import CaptureError, ConventionError, FormatError, Progress, no_progress
from scenewright.io import write_bytes
from scenewright.models.generators.tiny.cubes import (
    ROOM,
    cell_colors,
    cube_map,
    moved_grid,
    object_cube,
    seen_voxels,
)
from scenewright.models.generators.tiny.design import COLOR_SIDE
from scenewright.models.generators.tiny.inputs import SIDE, Crop, measured_points
from scenewright.training.making import make_missing, shown
from scenewright.training.processes import Processes
from scenewright.training.tasks.generation.config import EncoderTrainingConfig, FlowTrainingConfig
from scenewright.worlds.generation.shape_grids import RESOLUTION
from scenewright.worlds.generation.view_samples import ObjectSample, ViewSample, view_samples
from scenewright.worlds.objects.registry import FAMILIES

SUFFIX = ".safetensors"
WORLDS_PER_SHARD = 48
TRAIN_SEEDS = 1_000_000
"""Seeds below are for training, those from here on are held out."""
_BYTES = RESOLUTION**3 // 8
_VERSION = 3
_SHAPES: dict[str, tuple[int, ...]] = {
    "scene_image": (SIDE, SIDE, 3), "scene_masks": (SIDE, SIDE, 2), "scene_points": (SIDE, SIDE, 3),
    "scene_grid": (_BYTES,),
    "image": (SIDE, SIDE, 3), "masks": (SIDE, SIDE, 2), "points": (SIDE, SIDE, 3), "place": (3,),
    "canonical": (_BYTES,), "in_scene": (_BYTES,), "occupied": (_BYTES,), "free": (_BYTES,),
    "shape": (_BYTES,), "seen": (_BYTES,), "cube": (4,),
    "colors": (COLOR_SIDE, COLOR_SIDE, COLOR_SIDE, 3),
    "pose": (4, 4), "box": (2, 3), "turns": (), "family": (), "scene": (),
}  # fmt: skip
_NAMES = tuple(FAMILIES)


def mixed_kind(seed: int) -> str:
    """The kind of world of a seed where all are mixed: six random, three table tops, one room."""
    return ("random", "random", "tabletop", "random", "tabletop",
            "random", "random", "tabletop", "random", "rooms")[seed % 10]  # fmt: skip


def make_shards(
    out: str | Path,
    *,
    first: int,
    worlds: int,
    kind: str | None = None,
    num_workers: int = 1,
    progress: Progress = no_progress,
) -> list[Path]:
    """Makes shards of samples; those that exist are kept, so run it again to resume.

    Args:
        out: Folder.
        first: First seed, a multiple of `WORLDS_PER_SHARD`; below `TRAIN_SEEDS` for training.
        worlds: Number of worlds.
        kind: Kind of all worlds; None for a mixture.
        num_workers: Number of processes.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: `first` is not the start of a shard.
    """
    if first % WORLDS_PER_SHARD:
        raise ConventionError(
            "first seed", expected=f"a multiple of {WORLDS_PER_SHARD}", got=str(first)
        )
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    starts = range(first, first + worlds, WORLDS_PER_SHARD)
    jobs = {}
    for start in starts:
        path = out / f"{kind or 'mixed'}-{start:08d}{SUFFIX}"
        jobs[path] = path, kind, range(start, min(start + WORLDS_PER_SHARD, first + worlds))
    make_missing(
        _make_shard, jobs, num_workers=num_workers, progress=shown(progress, "worlds", "shards")
    )
    return [path for path in jobs if path.exists()]


def _make_shard(job: tuple[Path, str | None, range]) -> None:
    """Writes the shard of the seeds; none if no view shows an object."""
    path, kind, seeds = job
    samples = [s for seed in seeds for s in view_samples(kind or mixed_kind(seed), seed)]
    facts = {"version": _VERSION, "first": seeds[0], "worlds": len(seeds), "kind": kind}
    if samples:
        write_bytes(path, save(_arrays(samples), metadata={"facts": json.dumps(facts)}))


def training_shards(
    out: Path,
    shards: str | Path | None,
    config: EncoderTrainingConfig | FlowTrainingConfig,
    *,
    processes: Processes | None = None,
    progress: Progress = no_progress,
) -> list[Path]:
    """The shards of a training run, those for validation last.

    Args:
        out: Folder of the run.
        shards: Folder of shards; None makes them from seeds, in ``shards/`` of `out`.
        config: Says how many worlds of which kind are made, and how many shards are held out.
        processes: Those that train together; the first one makes the shards.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        CaptureError: There are too few.
    """
    folder = out / "shards" if shards is None else Path(shards)
    together = processes or Processes()
    if shards is None and together.is_main:
        only = None if config.kind == "mixed" else config.kind
        first = -(-TRAIN_SEEDS // WORLDS_PER_SHARD) * WORLDS_PER_SHARD
        for start, count in ((0, config.worlds), (first, config.held_out * WORLDS_PER_SHARD)):
            make_shards(folder, first=start, worlds=count, kind=only,
                        num_workers=config.num_workers, progress=progress)  # fmt: skip
    together.wait()
    paths = find_shards(folder)
    if len(paths) <= config.held_out:
        raise CaptureError(
            f"{folder}", expected=f"more than {config.held_out} shards", got=str(len(paths)),
            do="Leave the folder out, to make them from seeds.",
        )  # fmt: skip
    return paths


def find_shards(folder: str | Path) -> list[Path]:
    """The shards in a folder, by name.

    Raises:
        CaptureError: There is none.
    """
    paths = sorted(Path(folder).glob(f"*{SUFFIX}"))
    if not paths:
        raise CaptureError(
            f"{folder}",
            expected=f"shards of generation samples (*{SUFFIX})",
            got="none",
            do="Leave the folder out, to make them from seeds.",
        )
    return paths


def read_shard(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a shard, by name.

    Raises:
        FormatError: It is damaged, of another version, or an array has another size.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise FormatError(
            f"{path}", expected="a shard of generation samples", got=f"{error}",
            do="Delete it, and make it again.",
        ) from error  # fmt: skip
    if facts.get("version") != _VERSION:
        raise FormatError(
            f"{path}", expected=f"a shard of version {_VERSION}", got=str(facts.get("version"))
        )
    check_arrays(path, arrays)
    return arrays


def check_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuses a shard whose arrays do not belong together.

    Raises:
        FormatError: An array is missing, or has another size.
    """
    counts = {
        True: len(arrays["scene_grid"]) if "scene_grid" in arrays else 0,
        False: len(arrays["scene"]) if "scene" in arrays else 0,
    }
    for name, shape in _SHAPES.items():
        expected = (counts[name.startswith("scene_")], *shape)
        found = arrays[name].shape if name in arrays else None
        if found != expected:
            raise FormatError(
                f"{path}: {name}", expected=f"{expected}",
                got="nothing" if found is None else f"{found}",
            )  # fmt: skip


def unpacked(bits: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(N, 32, 32, 32) voxels of (N, 4096) packed ones."""
    voxels = np.unpackbits(bits, axis=1).reshape(-1, RESOLUTION, RESOLUTION, RESOLUTION)
    result: NDArray[np.bool_] = voxels.astype(bool)
    return result


def packed(grid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(4096,) bits of one grid."""
    return np.packbits(grid.reshape(-1))


def family_names() -> tuple[str, ...]:
    """Names of the values of ``family``."""
    return _NAMES


def _arrays(samples: Sequence[ViewSample]) -> dict[str, NDArray[Any]]:
    rows: dict[str, list[Any]] = {name: [] for name in _SHAPES}
    for number, sample in enumerate(samples):
        _add_crop(rows, "scene_", sample.crops.scene)
        grids = [each.in_scene for each in sample.objects]
        rows["scene_grid"].append(packed(np.logical_or.reduce(grids)))
        for each, crop in zip(sample.objects, sample.crops.objects, strict=True):
            _add_crop(rows, "", crop)
            rows["place"].append(crop.place)
            _add_shape(rows, each, crop)
            rows["canonical"].append(packed(each.canonical))
            rows["in_scene"].append(packed(each.in_scene))
            rows["occupied"].append(packed(each.states == 2))
            rows["free"].append(packed(each.states == 1))
            rows["pose"].append(each.pose.astype(np.float32))
            rows["box"].append(each.box.astype(np.float32))
            rows["turns"].append(np.int32(each.turns))
            rows["family"].append(np.int32(_NAMES.index(each.family)))
            rows["scene"].append(np.int32(number))
    return {name: np.stack(values) for name, values in rows.items()}


def _add_shape(rows: dict[str, list[Any]], each: ObjectSample, crop: Crop) -> None:
    """The cube of an object, its shape there, and what is seen of that."""
    points = measured_points(crop)
    cube = object_cube(points)
    if cube is None:
        low, high = each.box
        cube = np.array([*(low + high) / 2, ROOM * float((high - low).max())])
    rows["cube"].append(cube.astype(np.float32))
    rows["shape"].append(packed(moved_grid(each.canonical, cube_map(each.pose, cube))))
    rows["seen"].append(packed(seen_voxels(points, cube)))
    rows["colors"].append(cell_colors(each.surface, each.colors, cube))


def _add_crop(rows: dict[str, list[Any]], prefix: str, crop: Crop) -> None:
    rows[f"{prefix}image"].append(crop.image)
    rows[f"{prefix}masks"].append(crop.masks)
    rows[f"{prefix}points"].append(crop.points)
