"""Layouts: what is true of worlds, and what a scene shows of them, kept in files.

Making a world takes about a second, most of it for shapes that questions do not need. A layout
keeps boxes, names, colors and supports, so that each world can be varied and asked about often.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from scenewright.core import CaptureError, FormatError, Progress, no_progress
from scenewright.io import write_bytes
from scenewright.language.facts import read_facts
from scenewright.training.making import make_missing, shown
from scenewright.worlds import make_world
from scenewright.worlds.composing.world import World
from scenewright.worlds.language.questions import FIRST_HELD_OUT_SEED
from scenewright.worlds.language.scenes import true_scene
from scenewright.worlds.language.truth import WorldTruth, read_truth

SUFFIX = ".safetensors"
WORLDS_PER_FILE = 24
FIRST_VALIDATION_SEED = 900_000
"""Seeds from here on are for validation, those from `FIRST_HELD_OUT_SEED` on for benchmarks."""
_VERSION = 1
_KINDS = ("rooms", "tabletop", "rooms", "random")
_ARRAYS = {
    "id": (), "is_target": (), "low": (3,), "high": (3,), "sizes": (3,), "colors": (12,),
    "support": (), "seen_low": (3,), "seen_high": (3,), "seen_sizes": (3,), "seen_colors": (12,),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Layout:
    """A world without shapes.

    Attributes:
        truth: What is true of its N objects.
        low: (N, 3) lowest corners of the boxes that a scene shows, meters.
        high: (N, 3) highest corners, meters.
        sizes: (N, 3) longer and shorter horizontal extent, and height, of the oriented boxes.
        colors: (N, 12) shares of color words that a scene shows.
    """

    truth: WorldTruth
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sizes: NDArray[np.float64]
    colors: NDArray[np.float64]


def kind_of(seed: int) -> str:
    """The kind of world of a seed: half are rooms."""
    return _KINDS[seed % len(_KINDS)]


def layout_of(world: World, *, seed: int = 0) -> Layout:
    """The layout of a world.

    Args:
        world: Any world.
        seed: Random seed of the points from which colors are counted.
    """
    truth = read_truth(world, seed=seed)
    facts = read_facts(true_scene(world, points_per_object=400, seed=seed))
    row_of = {int(number): row for row, number in enumerate(facts.id.tolist())}
    rows = [row_of[int(number)] for number in truth.id]
    return Layout(truth, facts.low[rows], facts.high[rows], facts.sizes[rows], facts.colors[rows])


def check_layouts(folder: str | Path) -> None:
    """Raises unless an earlier training made worlds in a folder, so that none are made in another.

    Raises:
        CaptureError: There are none.
    """
    if not any((Path(folder) / "worlds").glob(f"layouts-*{SUFFIX}")):
        raise CaptureError(
            f"{folder}", expected="a folder in which a training made worlds/", got="no worlds",
            do="Leave the folder out, to make worlds from seeds.",
        )  # fmt: skip


def make_layouts(
    out: str | Path,
    *,
    first: int,
    worlds: int,
    num_workers: int = 1,
    progress: Progress = no_progress,
) -> list[Path]:
    """Makes files of layouts; those that exist are kept, so run it again to resume.

    Args:
        out: Folder.
        first: First seed.
        worlds: Number of worlds.
        num_workers: Number of processes.
        progress: Progress callback (stage, done, total, unit).
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    last = min(first + worlds, FIRST_HELD_OUT_SEED)
    starts = range(first, last, WORLDS_PER_FILE)
    jobs = {}
    for start in starts:
        path = out / f"layouts-{start:07d}{SUFFIX}"
        jobs[path] = path, start, min(start + WORLDS_PER_FILE, last)
    make_missing(
        _make_file, jobs, num_workers=num_workers,
        progress=shown(progress, "make worlds", "files"),
    )  # fmt: skip
    return list(jobs)


def _make_file(job: tuple[Path, int, int]) -> None:
    """Makes the file of the seeds from the first up to the last, which is left out."""
    path, first, last = job
    layouts = [layout_of(make_world(kind_of(seed), seed), seed=seed) for seed in range(first, last)]
    save_layouts(path, layouts)


def save_layouts(path: Path, layouts: Sequence[Layout]) -> None:
    """Writes layouts to one file, atomically."""
    arrays: dict[str, NDArray[np.float32] | NDArray[np.int64]] = {
        name: np.concatenate([_column(one, name) for one in layouts]) for name in _ARRAYS
    }
    arrays["viewer"] = np.array([one.truth.viewer for one in layouts], np.float32)
    arrays["count"] = np.array([len(one.truth.id) for one in layouts], np.int64)
    labels = [label for one in layouts for label in one.truth.labels]
    facts = {"version": _VERSION, "labels": labels}
    write_bytes(path, save(arrays, metadata={"facts": json.dumps(facts)}))


def load_layouts(paths: Iterable[Path]) -> list[Layout]:
    """Reads files of layouts.

    Raises:
        FormatError: A file is damaged, or of another version.
    """
    return [layout for path in paths for layout in _load(path)]


def _column(layout: Layout, name: str) -> NDArray[np.float32] | NDArray[np.int64]:
    owner = layout if name.startswith("seen_") else layout.truth
    values = np.asarray(getattr(owner, name.removeprefix("seen_")))
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    return values.astype(np.int64)


def _load(path: Path) -> list[Layout]:
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise FormatError(
            f"{path}", expected="a file of layouts", got=str(error)[:80],
            do="Delete it, and make it again.",
        ) from error  # fmt: skip
    _check(path, facts, arrays)
    ends = np.cumsum(arrays["count"]).tolist()
    found = []
    for number, (first, last) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        part = {
            name: arrays[name][first:last].astype(
                np.float64 if arrays[name].dtype.kind == "f" else np.int64
            )
            for name in _ARRAYS
        }
        truth = WorldTruth(
            id=part["id"], labels=tuple(facts["labels"][first:last]),
            is_target=part["is_target"].astype(bool), low=part["low"], high=part["high"],
            sizes=part["sizes"], colors=part["colors"], support=part["support"],
            viewer=arrays["viewer"][number].astype(np.float64),
        )  # fmt: skip
        seen = [part[f"seen_{name}"] for name in ("low", "high", "sizes", "colors")]
        found.append(Layout(truth, *seen))
    return found


def _check(path: Path, facts: dict[str, object], arrays: dict[str, NDArray[np.generic]]) -> None:
    if facts.get("version") != _VERSION:
        raise FormatError(
            f"{path}", expected=f"layouts of version {_VERSION}", got=str(facts.get("version"))
        )
    labels = facts.get("labels")
    count = len(labels) if isinstance(labels, list) else -1
    for name, shape in _ARRAYS.items():
        found = arrays[name].shape if name in arrays else None
        if found != (count, *shape):
            raise FormatError(f"{path}: {name}", expected=f"{(count, *shape)}", got=f"{found}")
    if "count" not in arrays or "viewer" not in arrays or int(arrays["count"].sum()) != count:
        raise FormatError(f"{path}", expected=f"worlds of {count} objects in all", got="others")
