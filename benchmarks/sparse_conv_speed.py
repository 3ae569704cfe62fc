"""How long a submanifold 3x3x3 convolution of sparse voxels takes on the processor.

The voxels are those of a surface, as in structured latents (a sphere's shell, the faces of boxes),
then scattered ones and a solid block, the extremes: the time grows with the number of neighbors.
The lists of neighbors are built once per set of voxels, the convolution runs per layer. Processor
time of one thread is given as well, since other work on the machine hardly changes it.

Run: python benchmarks/sparse_conv_speed.py --json benchmarks/results/sparse_conv_speed.json
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import torch
import tyro
from numpy.typing import NDArray

from bench_common import Goal, Report, Table, run_main
from scenewright.models.networks.sparse import (
    SparseConv3d,
    SparseTensor,
    VoxelGrid,
    neighbor_table,
)

FORWARD_MS, TABLE_MS = 35.0, 5.0
RESOLUTION = 64


@dataclass
class Options:
    """What is measured."""

    num_voxels: int = 20_000
    """Voxels of each set."""
    channels: int = 64
    """Channels before and after the convolution."""
    repeats: int = 15
    """Of each measurement; the median counts."""
    threads: int = 2
    """Cores for PyTorch."""
    seed: int = 0
    """Of the features, and of which voxels are taken."""
    json: Path | None = None
    """File for the results."""


def voxel_sets(count: int, seed: int) -> dict[str, NDArray[np.int32]]:
    """Sets of `count` voxels of a cube of 64^3, each (N, 4) and sorted."""
    cells = np.stack(np.meshgrid(*[np.arange(RESOLUTION)] * 3, indexing="ij"), -1).reshape(-1, 3)
    points = (cells + 0.5) / RESOLUTION - 0.5
    shell = np.abs(np.linalg.norm(points, axis=1) - 0.45)
    boxes = np.full(len(points), np.inf)
    for size in ((0.46, 0.46, 0.06), (0.3, 0.12, 0.44), (0.1, 0.4, 0.3)):
        boxes = np.minimum(boxes, np.abs((np.abs(points) - size).max(axis=1)))
    order = {
        "shell of a sphere": shell,
        "faces of boxes": boxes,
        "scattered": np.random.default_rng(seed).random(len(points)),
        "solid block": np.abs(points).max(axis=1),
    }
    sets = {}
    for name, value in order.items():
        rows = np.sort(np.argsort(value, kind="stable")[:count])
        voxels = np.zeros((count, 4), np.int32)
        voxels[:, 1:] = cells[rows]
        sets[name] = voxels
    return sets


def milliseconds(
    call: Callable[[], object], repeats: int, *, clock: Callable[[], float] = perf_counter
) -> float:
    """Median of some calls, after one that is not counted."""
    call()
    times = []
    for _ in range(repeats):
        start = clock()
        call()
        times.append(1e3 * (clock() - start))
    return float(np.median(times))


def one_thread_milliseconds(call: Callable[[], object], repeats: int) -> float:
    """Processor time of calls with one thread of PyTorch."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return milliseconds(call, repeats, clock=process_time)
    finally:
        torch.set_num_threads(before)


def measure(voxels: NDArray[np.int32], options: Options) -> dict[str, float]:
    """Times of one set of voxels."""
    torch.manual_seed(options.seed)
    coords = torch.from_numpy(voxels)
    layer = SparseConv3d(options.channels, options.channels)
    x = SparseTensor.of(torch.randn(len(voxels), options.channels), coords)
    plain = x.replace(x.feats.clone().requires_grad_())

    def forward() -> None:
        with torch.inference_mode():
            layer(x)

    def both() -> None:
        layer(plain).feats.sum().backward()

    return {
        "neighbors": len(x.grid.pairs.sources) / len(voxels),
        "table": milliseconds(lambda: neighbor_table(voxels), options.repeats),
        "lists": milliseconds(lambda: VoxelGrid(coords).pairs, options.repeats),
        "forward": milliseconds(forward, options.repeats),
        "processor": one_thread_milliseconds(forward, options.repeats),
        "training": milliseconds(both, options.repeats),
    }


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("sparse_conv_speed", asdict(options), seed=options.seed)
    torch.set_num_threads(options.threads)
    sets = voxel_sets(options.num_voxels, options.seed)
    results = {name: measure(voxels, options) for name, voxels in sets.items()}
    rows = tuple(
        (
            name,
            f"{found['neighbors']:.1f}",
            *(
                f"{found[key]:.1f}"
                for key in ("table", "lists", "forward", "processor", "training")
            ),
        )
        for name, found in results.items()
    )
    title = (
        f"Convolution of {options.num_voxels} voxels, {options.channels} channels, "
        f"{options.threads} threads"
    )
    columns = (
        "voxels", "neighbors", "table, ms", "table and lists, ms", "forward, ms",
        "the same, one thread's processor time, ms", "forward and backward, ms",
    )  # fmt: skip
    report.add(Table(title, columns, rows, f"Medians of {options.repeats}."))
    report.results["sets"] = results
    surface = results["shell of a sphere"]
    report.goals += [
        Goal("table and lists of a shell", surface["lists"], TABLE_MS, "ms"),
        Goal("forward of a shell", surface["forward"], FORWARD_MS, "ms"),
    ]
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
