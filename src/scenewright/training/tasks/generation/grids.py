"""Occupancy grids for the VAE: objects in their canonical cubes, and parts of scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from scenewright.core import Progress, no_progress
from scenewright.geometry.layouts import similarity
from scenewright.io import write_bytes
from scenewright.training.tasks.generation.shards import packed, unpacked
from scenewright.worlds.generation.shape_grids import canonical_frame, shape_grid, union_grid
from scenewright.worlds.objects.model import ObjectModel
from scenewright.worlds.objects.registry import FAMILIES, make_object

HELD_OUT_SEED = 1_000_000
"""Grids from this seed on are for validation."""
_CHUNK = 500
_ALONE = 0.6
"""Share of the grids that are objects in their canonical cubes."""
_STREAM = 77


def make_grid(seed: int) -> NDArray[np.bool_]:
    """A random grid: an object in its cube, or up to four that are turned, scaled and placed."""
    rng = np.random.default_rng([seed, _STREAM])
    names = list(FAMILIES)
    model = make_object(names[rng.integers(len(names))], seed=rng)
    if rng.uniform() < _ALONE:
        return shape_grid(model, canonical_frame(model))
    grids = [shape_grid(model, _placed(model, rng))]
    for _ in range(int(rng.integers(0, 4))):
        model = make_object(names[rng.integers(len(names))], seed=rng)
        grids.append(shape_grid(model, _placed(model, rng)))
    return union_grid(grids)


def stored_grids(
    folder: Path, *, first: int, count: int, progress: Progress = no_progress
) -> NDArray[np.bool_]:
    """Grids of consecutive seeds, made once and kept in a folder.

    Args:
        folder: Folder of the files; created if missing.
        first: First seed.
        count: Number of grids.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        (count, 32, 32, 32) bool.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in range(first, first + count, _CHUNK):
        number = min(_CHUNK, first + count - start)
        path = folder / f"grids-{start:08d}-{number}.safetensors"
        if not path.exists():
            bits = np.stack([packed(make_grid(seed)) for seed in range(start, start + number)])
            write_bytes(path, save({"bits": bits}))
        parts.append(load_file(path)["bits"])
        progress("grids", start + number - first, count, "grids")
    return unpacked(np.concatenate(parts))


def _placed(model: ObjectModel, rng: np.random.Generator) -> NDArray[np.float64]:
    angle = rng.uniform(0, 2 * np.pi)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    scale = float(np.exp(rng.uniform(np.log(0.25), np.log(0.9))))
    reach = 0.5 - 0.4 * scale
    middle = rng.uniform(-reach, reach, 3) if scale < 0.8 else rng.uniform(-0.1, 0.1, 3)
    return similarity(scale, turn, middle) @ canonical_frame(model)
