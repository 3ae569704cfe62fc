"""How fast masks become objects: weight store, tracking, clustering and labels, on the CPU.

A synthetic room of 200,000 surfels is seen by 100 views. The true masks are cut along cells of
space, the same in every view, until a view has as many as wanted: 10, 20 or 40, so 1,000, 2,000 and
4,000 in all. The store is built once; the rest is timed for each number of masks.

Run: python benchmarks/decompose_speed.py --json benchmarks/results/decompose_speed.json
"""

from __future__ import annotations

import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import tyro
from numpy.typing import NDArray

from bench_common import Goal, Report, Table, run_main
from scenewright.core import MaskSet, SurfelCloud, Views
from scenewright.geometry.projection import unproject_pixels
from scenewright.runs.threads import use_threads
from scenewright.splats.decomposition import cluster_preset, decompose_masks
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.rasterization import near_plane
from scenewright.splats.rasterizer.weight_store import WeightStore, build_weight_store
from scenewright.worlds import SyntheticCapture, film_room

MAX_SECONDS = 180.0
MAX_MEMORY_MB = 3000.0


@dataclass
class Options:
    """What is measured."""

    num_surfels: int = 200_000
    """Surfels of the room."""
    num_views: int = 100
    """Views of the room."""
    masks_per_view: tuple[int, ...] = (10, 20, 40)
    """Masks of each view, one table row each."""
    width: int = 480
    """Of the pictures, pixels."""
    height: int = 360
    """Of the pictures, pixels."""
    spacing: float = 0.018
    """Edge of the cells that keep one surfel, before chance thins them, meters."""
    cell: float = 0.4
    """Edge of the cells that cut the true masks, meters."""
    presets: tuple[str, ...] = ("default", "published")
    """Presets that are timed."""
    seed: int = 0
    """Of the room and of the thinning."""
    threads: int = 2
    """Cores for the compiled loops."""
    json: Path | None = None
    """File for the tables and all numbers."""


def make_surfels(room: SyntheticCapture, options: Options) -> SurfelCloud:
    """Disks on the true surface, facing along its normals."""
    cloud = room.truth_points(spacing=options.spacing)
    assert cloud.normals is not None
    rng = np.random.default_rng(options.seed)
    kept = np.sort(rng.permutation(len(cloud))[: options.num_surfels])
    # Half a turn about the bisector of z and the normal takes one to the other.
    half = cloud.normals[kept] + np.array([0.0, 0.0, 1.0 + 1e-6], np.float32)
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    count = len(kept)
    return SurfelCloud(
        cloud.points[kept],
        np.column_stack([np.zeros(count, np.float32), half]),
        np.full((count, 2), 0.7 * options.spacing, np.float32),
        np.full(count, 0.95, np.float32),
        np.zeros((count, 1, 3), np.float32),
    )


def cut_masks(room: SyntheticCapture, view: int, *, cell: float, count: int) -> MaskSet:
    """The largest pieces of the true masks, cut along cells of space."""
    id_map = room.id_map(view)
    depth = room.view(view).depth
    rows, columns = np.nonzero((depth > 0) & (id_map > 0))
    pose = room.true_world_from_cam[view]
    points = unproject_pixels(rows, columns, depth[rows, columns], room.camera)
    cells = np.floor((points @ pose[:3, :3].T + pose[:3, 3]) / cell).astype(np.int64)
    keys = np.column_stack([id_map[rows, columns], cells])
    _, piece, sizes = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    largest = np.argsort(-sizes, kind="stable")[:count]
    number = np.zeros(len(sizes), np.int32)
    number[largest] = np.arange(1, len(largest) + 1)
    picture: NDArray[np.int32] = np.zeros(id_map.shape, np.int32)
    picture[rows, columns] = number[piece.ravel()]
    return MaskSet.from_id_map(picture)


def peak_mb() -> float:
    """Most memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def time_decomposition(
    store: WeightStore, masks: list[MaskSet], surfels: SurfelCloud, preset: str
) -> tuple[float, int]:
    """Seconds, and the objects found."""
    start = perf_counter()
    found = decompose_masks(store, masks, surfels, cluster_preset(preset))
    return perf_counter() - start, len(found.ids)


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("decompose_speed", asdict(options), seed=options.seed)
    use_threads(options.threads)
    room = film_room(
        options.seed, num_frames=options.num_views, width=options.width, height=options.height,
        num_threads=options.threads,
    )  # fmt: skip
    surfels = make_surfels(room, options)
    views = Views.from_frames(list(room))
    arrays, near = SurfelArrays.of(surfels), near_plane(surfels.means)
    build_weight_store(arrays, views[:1], near=near)  # compiles
    start = perf_counter()
    store = build_weight_store(arrays, views, near=near)
    store_s = perf_counter() - start
    report.remark(
        f"{len(surfels)} surfels, {len(store)} views; store: {store_s:.1f} s, "
        f"{store.num_bytes / 1e6:.0f} MB, stride {store.stride}"
    )
    rows, results = [], []
    for number, count in enumerate(options.masks_per_view):
        masks = [cut_masks(room, view, cell=options.cell, count=count) for view in range(len(room))]
        total = sum(len(own) for own in masks)
        for preset in options.presets:
            if not number:
                time_decomposition(store, masks, surfels, preset)  # compiles
            seconds, num_objects = time_decomposition(store, masks, surfels, preset)
            rows.append(
                (preset, f"{total}", f"{seconds:.1f}", f"{store_s + seconds:.1f}",
                 f"{1e3 * seconds / total:.1f}", f"{num_objects}", f"{peak_mb():.0f}")
            )  # fmt: skip
            results.append(
                {"preset": preset, "num_masks": total, "seconds": seconds, "peak_mb": peak_mb()}
            )
            if preset == "default":
                name = f"{total} masks, store included"
                report.goals.append(Goal(name, store_s + seconds, MAX_SECONDS, "s"))
    columns = ("preset", "masks", "s", "with store, s", "ms/mask", "objects", "peak, MB")
    note = "Peak: most memory of the whole process so far, the renderer of the room included."
    report.add(Table("Masks to objects", columns, tuple(rows), note))
    report.goals.append(Goal("peak memory", peak_mb(), MAX_MEMORY_MB, "MB"))
    report.results = {"store_s": store_s, "store_bytes": store.num_bytes, "runs": results}
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
