"""The same work done by others, in one run on one machine.

First, fusion of depth and color alone (no masks): our volume against Open3D's `VoxelBlockGrid` on
the CPU, with equal voxels, blocks, truncation and depth range, in passes that take turns, so that
whatever else the machine does hits both. Open3D is no dependency; without it the part is left out.

Second, the published method (preset `onlineanyseg`) against ours (preset `default`), on equal
frames and masks: with its published schedule (one frame in ten) and with every frame.

Run: python benchmarks/fusion_compare.py --json benchmarks/results/fusion_compare.json
Open3D: python -m venv o3d && o3d/bin/pip install open3d . && o3d/bin/python benchmarks/...
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray

from bench_common import DATA, Report, Table, require_folder, run_main
from bench_open3d import STORAGES, Open3DFrames, Open3DVolume, import_open3d
from bench_stream import (
    Pair,
    masks_option,
    milliseconds,
    prepare,
    time_run,
    warm_up,
)
from scenewright.core import Frame
from scenewright.data import open_capture
from scenewright.fusion import FusionConfig, OnlineAnySegConfig, OnlineSegmenter, fusion_preset
from scenewright.geometry.surface_volume import SurfaceVolume
from scenewright.pipelines.sources.settings import MaskSettings
from scenewright.runs.threads import use_threads

OURS = "Scenewright"
MAX_DEPTH = 5.0
"""Readings beyond it are ignored by both programs, meters."""
Pass = Callable[[], tuple[list[float], int]]
"""Fuses all frames into an empty volume: milliseconds of each, and the blocks in the end."""


@dataclass
class Options:
    """What is measured, and how."""

    capture: Path = DATA / "7scenes-kitchen"
    """Folder of the capture."""
    masks: str = MaskSettings.masks
    """Backend that finds the masks beforehand, or a folder with masks."""
    voxel_sizes: tuple[float, ...] = (0.025, 0.02)
    """Meters, of the comparison with Open3D."""
    rounds: int = 5
    """Turns that each volume gets."""
    frames: int | None = None
    """Use only the first frames; for a quick look."""
    volumes: bool = True
    """Whether to compare volumes."""
    presets: bool = True
    """Whether to compare presets."""
    threads: int = 2
    """Cores for the compiled loops, ours and Open3D's."""
    json: Path | None = None
    """File for the tables and all numbers."""


def our_pass(frames: Sequence[Frame], config: FusionConfig) -> tuple[list[float], int]:
    """See `Pass`."""
    volume = SurfaceVolume(
        voxel_size=config.voxel_size,
        truncation=config.truncation_voxels * config.voxel_size,
        max_depth=MAX_DEPTH,
        isolation=config.isolation,
    )
    times = []
    for frame in frames:
        assert frame.depth is not None and frame.image is not None
        assert frame.world_from_cam is not None
        start = perf_counter()
        volume.integrate(
            frame.depth, frame.image, camera=frame.camera, world_from_cam=frame.world_from_cam
        )
        times.append(1e3 * (perf_counter() - start))
    return times, volume.num_blocks


def open3d_pass(
    open3d: Any, frames: Open3DFrames, config: FusionConfig, storage: str
) -> tuple[list[float], int]:
    """See `Pass`."""
    volume = Open3DVolume(
        open3d,
        voxel_size=config.voxel_size,
        truncation_voxels=config.truncation_voxels,
        max_depth=MAX_DEPTH,
        storage=storage,
    )
    times = []
    for index in range(len(frames)):
        start = perf_counter()
        volume.integrate(frames, index)
        times.append(1e3 * (perf_counter() - start))
    return times, volume.num_blocks


def take_turns(passes: dict[str, Pass], *, rounds: int) -> dict[str, dict[str, Any]]:
    """Lets each run once for warming up, then `rounds` times, the order turned each round."""
    names = list(passes)
    num_blocks = {name: passes[name]()[1] for name in names}
    times: dict[str, list[list[float]]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(passes[name]()[0])
    return {
        name: {
            "median_ms": float(np.median(times[name])),
            "mean_ms": float(np.mean(times[name])),
            "round_median_ms": np.median(times[name], axis=1),
            "num_blocks": num_blocks[name],
        }
        for name in names
    }


def compare_volumes(report: Report, frames: list[Frame], options: Options) -> None:
    """Our volume against Open3D's."""
    # OpenMP reads the number of threads when the first parallel loop runs, ours or Open3D's.
    open3d, why = import_open3d(threads=options.threads)
    use_threads(options.threads)
    if open3d is None:
        report.remark(
            f"No comparison with Open3D, which cannot be imported here ({why}). "
            "It needs 'pip install open3d' and, on Debian, 'apt install libusb-1.0-0 libgl1'."
        )
    theirs = None if open3d is None else Open3DFrames(open3d, frames)
    rows: list[tuple[str, ...]] = []
    report.results["volumes"] = []
    for voxel_size in options.voxel_sizes:
        config = fusion_preset("default", voxel_size=voxel_size, max_depth=MAX_DEPTH)
        passes: dict[str, Pass] = {OURS: partial(our_pass, frames, config)}
        if theirs is not None:
            for storage in STORAGES:
                passes[f"Open3D, {storage}"] = partial(open3d_pass, open3d, theirs, config, storage)
        found = take_turns(passes, rounds=options.rounds)
        report.results["volumes"].append({"voxel_size": voxel_size, "found": found})
        rows += [volume_row(name, voxel_size, found) for name in found]
    note = (
        "Blocks of 8 x 8 x 8 voxels, truncation 4 voxels, depth up to "
        f"{MAX_DEPTH:g} m, with color. Open3D's float32 and uint16 are the types "
        "of its weights and colors; ours are uint16."
    )
    columns = ("fusion of one frame", "voxels", "blocks", "median ms", "mean ms", "of our median")
    title = f"Depth and color fusion alone, {options.rounds} rounds in turns"
    report.add(Table(title, columns, tuple(rows), note))


def volume_row(name: str, voxel_size: float, found: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """One line of the table of volumes."""
    own = found[name]
    return (
        name,
        f"{100 * voxel_size:g} cm",
        f"{own['num_blocks']:,}",
        milliseconds(own["median_ms"]),
        milliseconds(own["mean_ms"]),
        f"{own['median_ms'] / found[OURS]['median_ms']:.2f} x",
    )


def compare_presets(report: Report, pairs: list[Pair], *, masks: str) -> None:
    """The published method against ours, with ours before and after to show drift."""
    published = fusion_preset("onlineanyseg")
    assert isinstance(published.method, OnlineAnySegConfig)
    interval = published.method.keyframe_interval
    every = replace(published, method=replace(published.method, keyframe_interval=1))
    ours = fusion_preset("default", max_depth=published.max_depth)
    runs = (
        ("default, every frame", ours),
        (f"onlineanyseg, one frame in {interval} (published)", published),
        ("onlineanyseg, every frame", every),
        ("default, every frame, again", ours),
    )
    rows, results = [], []
    for name, config in runs:
        warm_up(config, pairs)
        found = {"name": name, **time_preset(config, pairs)}
        results.append(found)
        keys = ("processed_median_ms", "processed_mean_ms", "stream_mean_ms", "result_ms")
        times = (milliseconds(found[key]) for key in keys)
        rows.append((name, str(found["num_processed"]), *times, str(found["num_instances"])))
    report.results["presets"] = results
    columns = (
        "preset", "frames processed", "ms per processed frame: median", "mean",
        "ms per stream frame: mean", "ms for the scene", "instances",
    )  # fmt: skip
    note = (
        f"{len(pairs)} frames, equal masks ({masks}), voxels of "
        f"{100 * fusion_preset('default').voxel_size:g} cm; without decoding and masks. The preset "
        "onlineanyseg is our implementation of the published rules, not the authors' program."
    )
    report.add(Table("Published method and ours", columns, tuple(rows), note))


def time_preset(config: FusionConfig, pairs: list[Pair]) -> dict[str, Any]:
    """Time per frame that was processed and per frame of the stream."""
    segmenter = OnlineSegmenter(config)
    times = time_run(segmenter, pairs)
    processed: NDArray[np.float64] = times.total[times.is_used]
    start = perf_counter()
    segmenter.finish()
    scene = segmenter.result()
    return {
        "result_ms": 1e3 * (perf_counter() - start),
        "num_processed": len(processed),
        "processed_median_ms": float(np.median(processed)),
        "processed_mean_ms": float(processed.mean()),
        "stream_mean_ms": float(times.total.mean()),
        "stage_mean_ms": {
            stage: float(values[times.is_used].mean()) for stage, values in times.stages.items()
        },
        "num_instances": len(scene.instances),
    }


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    # Open3D brings a TBB that numba does not take; numba then uses OpenMP, as without it.
    warnings.filterwarnings("ignore", message=".*TBB threading layer")
    report = Report("fusion_compare", asdict(options))
    folder = require_folder(options.capture, what="capture", option="--capture")
    capture = open_capture(folder, stop=options.frames)
    if options.volumes:
        compare_volumes(report, list(capture), options)
    if options.presets:
        use_threads(options.threads)
        prepared = prepare(capture, masks=options.masks)
        compare_presets(report, prepared.pairs, masks=masks_option(options.masks))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
