"""Speed and memory of online segmentation: every frame is fused and segmented.

Measures, on real frames of 640 x 480 pixels (7-Scenes kitchen): the time of each stage per frame;
whether frames become slower as the scene grows, over the capture and over ten times its length;
and the memory of a process that reads frames one at a time (see fusion_memory.py).

Run: python benchmarks/fusion_speed.py --json benchmarks/results/fusion_speed.json
Quick look: add --frames 60 --passes 2 --repeats 1
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray

from bench_common import DATA, Goal, Report, Table, require_folder, run_main
from bench_stream import (
    STAGES,
    WARM_UP_FRAMES,
    Prepared,
    Times,
    back_and_forth,
    masks_option,
    milliseconds,
    prepare,
    time_run,
    warm_up,
)
from fusion_memory import memory_table
from scenewright.core import CaptureError
from scenewright.data import open_capture
from scenewright.fusion import FusionConfig, OnlineSegmenter, fusion_preset
from scenewright.geometry.voxel_hash import BLOCK_VOXELS
from scenewright.io import read_json
from scenewright.pipelines.sources.depth_range import with_depth_range
from scenewright.pipelines.sources.settings import MaskSettings
from scenewright.runs.threads import use_threads

EARLY = slice(25, 75)
"""Frames that later ones are compared with: past the first ones, which see little surface."""
LATE = 50
GOAL_MS = 16.0
GOAL_SLOWDOWN = 1.3
GOAL_MEMORY_MB = 1200.0
SHOWN_CHECKPOINTS = 9


@dataclass
class Options:
    """What is measured, and how."""

    capture: Path = DATA / "7scenes-kitchen"
    """Folder of the capture."""
    masks: str = MaskSettings.masks
    """Backend that finds the masks beforehand, or a folder with masks."""
    preset: str = "default"
    """Preset of the fusion."""
    voxel_size: float | None = None
    """Meters; None keeps the preset's."""
    repeats: int = 3
    """How often the capture is segmented; the times of all repeats are pooled."""
    passes: int = 10
    """Length of the long sequence: the capture played so often, back and forth."""
    frames: int | None = None
    """Use only the first frames; for a quick look."""
    memory: bool = True
    """Whether memory is measured too (in processes of their own, before the rest)."""
    threads: int = 2
    """Cores for the compiled loops."""
    json: Path | None = None
    """File for the tables and all numbers."""


def measure_memory(options: Options, *, passes: int) -> dict[str, Any]:
    """The results of fusion_memory.py in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "memory.json"
        command = [
            sys.executable, str(Path(__file__).with_name("fusion_memory.py")),
            "--capture", str(options.capture), "--masks", options.masks,
            "--preset", options.preset, "--threads", str(options.threads),
            "--passes", str(passes), "--json", str(file),
        ]  # fmt: skip
        for name in ("frames", "voxel_size"):
            value = getattr(options, name)
            if value is not None:
                command += [f"--{name.replace('_', '-')}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CaptureError("fusion_memory.py failed", got=done.stderr.strip()[-500:])
        result: dict[str, Any] = read_json(file)["results"]
    return result


def add_memory(report: Report, options: Options) -> None:
    """Memory of the capture once and `passes` times."""
    # Compiling takes memory of its own; from the second process on, the loops come from the cache.
    measure_memory(replace(options, frames=WARM_UP_FRAMES), passes=1)
    once = measure_memory(options, passes=1)
    long = measure_memory(options, passes=options.passes)
    report.results["memory"] = {"once": once, "long": long}
    points = long["checkpoints"]
    shown = points if len(points) <= SHOWN_CHECKPOINTS else [*points[:5], *points[6::3]]
    report.add(
        memory_table(
            shown, long, title="Memory of a process that reads frames from disk one at a time"
        )
    )
    last = points[-1]
    rows = tuple(
        (
            name,
            f"{found['checkpoints'][-1]['num_frames']:,}",
            f"{found['checkpoints'][-1]['num_surface_voxels']:,}",
            f"{found['num_instances']}",
            f"{found['peak_mb']:.0f}",
        )
        for name, found in (("once", once), (f"{options.passes} passes", long))
    )
    columns = ("capture played", "frames", "surface voxels", "instances", "MB peak")
    report.add(Table("Memory and the length of the capture", columns, rows))
    frames = last["num_frames"]
    report.goals += [
        Goal("peak memory, capture once", once["peak_mb"], GOAL_MEMORY_MB, "MB"),
        Goal(f"peak memory, {frames:,} frames", long["peak_mb"], GOAL_MEMORY_MB, "MB"),
    ]


def add_stages(report: Report, prepared: Prepared, runs: list[Times]) -> None:
    """Time per frame and stage, over all repeats."""
    columns: dict[str, NDArray[np.float64]] = {
        "decode": prepared.decode_ms,
        "masks": prepared.masks_ms,
    }
    for stage in STAGES:
        columns[stage] = np.concatenate([run.stages[stage] for run in runs])
    columns["total without decode and masks"] = np.concatenate([run.total for run in runs])
    summary = {name: summarize(times) for name, times in columns.items()}
    rows = tuple(
        (name, *(milliseconds(values[key]) for key in ("median", "mean", "p95", "max")))
        for name, values in summary.items()
    )
    note = (
        "Merging runs in one frame of five, so its median says nothing: the mean over all frames "
        "counts. Decoding runs in a thread beside the rest when a capture is segmented."
    )
    report.add(
        Table("Milliseconds per frame", ("stage", "median", "mean", "95 %", "max"), rows, note)
    )
    means = [float(run.total.mean()) for run in runs]
    report.results["stages_ms"] = summary
    report.results["mean_total_ms_of_repeats"] = means
    report.results["total_ms_of_first_repeat"] = runs[0].total
    total = summary["total without decode and masks"]
    report.goals.append(Goal("total per frame, mean", total["mean"], GOAL_MS, "ms"))


def summarize(times: NDArray[np.float64]) -> dict[str, float]:
    """Median, mean, 95th percentile and maximum."""
    return {
        "median": float(np.median(times)),
        "mean": float(times.mean()),
        "p95": float(np.percentile(times, 95)),
        "max": float(times.max()),
    }


def ratio(late: NDArray[np.float64], early: NDArray[np.float64]) -> dict[str, float]:
    """How much slower the late frames are, by their medians and by their means."""
    return {
        "early_median": float(np.median(early)),
        "late_median": float(np.median(late)),
        "ratio_of_medians": float(np.median(late) / np.median(early)),
        "early_mean": float(early.mean()),
        "late_mean": float(late.mean()),
        "ratio_of_means": float(late.mean() / early.mean()),
    }


def slowdown_once(runs: list[Times]) -> dict[str, float]:
    """The last frames against early ones of the capture, median over the repeats."""
    each = [ratio(run.total[-LATE:], run.total[EARLY]) for run in runs]
    return {key: float(np.median([one[key] for one in each])) for key in each[0]}


def measure_long(
    config: FusionConfig, prepared: Prepared, *, passes: int
) -> tuple[dict[str, Any], dict[str, float]]:
    """The long sequence: time of each pass, and of the last tenth against the first pass.

    The first frames of the first pass are left out: they see little surface, so they are fast.
    """
    num_frames = len(prepared.pairs)
    order = back_and_forth(num_frames, passes=passes)
    segmenter = OnlineSegmenter(config)
    times = time_run(segmenter, (prepared.pairs[i] for i in order))
    tenth = max(len(times.total) // 10, 1)
    first = times.total[min(EARLY.start, num_frames // 4) : num_frames]
    per_pass = times.total.reshape(passes, num_frames)
    found = {
        "num_frames": len(times.total),
        "pass_median_ms": np.median(per_pass, axis=1),
        "pass_mean_ms": per_pass.mean(axis=1),
        "pass_stage_mean_ms": {
            stage: values.reshape(passes, num_frames).mean(axis=1)
            for stage, values in times.stages.items()
        },
        **size_of(segmenter),
    }
    return found, ratio(times.total[-tenth:], first)


def size_of(segmenter: OnlineSegmenter) -> dict[str, int]:
    """Blocks, voxels and instances, when the stream has ended."""
    segmenter.finish()
    volume = segmenter.volume
    return {
        "num_blocks": volume.num_blocks,
        "num_voxels": volume.num_blocks * BLOCK_VOXELS,
        "num_surface_voxels": volume.num_slots,
        "num_instances": len(segmenter.result().instances),
    }


def add_slowdown(
    report: Report,
    once: Mapping[str, float] | None,
    long: Mapping[str, float],
    *,
    num_long: int,
) -> None:
    """Whether frames become slower; `once` is None if the capture is too short to tell."""
    rows, names = [], []
    for name, found in (
        (f"capture once: last {LATE} frames against frames {EARLY.start} to {EARLY.stop}", once),
        (f"{num_long:,} frames: last tenth against first pass", long),
    ):
        if found is None:
            continue
        keys = (
            *("early_median", "late_median", "ratio_of_medians"),
            *("early_mean", "late_mean", "ratio_of_means"),
        )
        rows.append((name, *(milliseconds(found[key]) for key in keys)))
        names.append((name, found["ratio_of_medians"]))
    columns = ("", "median, early", "late", "ratio", "mean, early", "late", "ratio")
    note = "Milliseconds per frame without decoding and masks."
    report.add(Table("Do frames become slower?", columns, tuple(rows), note))
    report.goals += [Goal(name, value, GOAL_SLOWDOWN, "times") for name, value in names]


def add_speed(report: Report, config: FusionConfig, prepared: Prepared, options: Options) -> None:
    """Times of the capture once, of the long sequence, and the size of the scene after both."""
    runs = []
    for _ in range(options.repeats):
        segmenter = OnlineSegmenter(config)
        runs.append(time_run(segmenter, prepared.pairs))
    size = size_of(segmenter)
    add_stages(report, prepared, runs)
    report.remark(f"the capture back and forth, {options.passes} passes ...")
    long, slower = measure_long(config, prepared, passes=options.passes)
    is_comparable = len(prepared.pairs) >= EARLY.stop + LATE
    once = slowdown_once(runs) if is_comparable else None
    report.results |= {
        "once": size, "long": long, "slowdown_once": once, "slowdown_long": slower,
    }  # fmt: skip
    add_slowdown(report, once, slower, num_long=long["num_frames"])
    keys = ("num_blocks", "num_voxels", "num_surface_voxels", "num_instances")
    rows = tuple(
        (name, *(f"{found[key]:,}" for key in keys))
        for name, found in (("once", size), (f"{options.passes} passes", long))
    )
    columns = ("capture played", "blocks", "voxels", "surface voxels", "instances")
    report.add(Table("Size of the scene", columns, rows))


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("fusion_speed", asdict(options))
    folder = require_folder(options.capture, what="capture", option="--capture")
    capture = open_capture(folder, stop=options.frames)
    use_threads(options.threads)
    if options.memory:
        # First, while this process is still small.
        report.remark("memory: processes of their own segment the capture from disk ...")
        add_memory(report, options)
    report.remark("decoding the frames and finding their masks ...")
    prepared = prepare(capture, masks=options.masks)
    config, _ = with_depth_range(
        fusion_preset(options.preset, voxel_size=options.voxel_size), capture
    )
    report.remark(
        f"{capture.name}: {prepared.describe()} ({masks_option(options.masks)}); voxels of "
        f"{100 * config.voxel_size:g} cm, depth up to {config.max_depth:g} m, "
        f"{options.threads} threads"
    )
    warm_up(config, prepared.pairs)
    add_speed(report, config, prepared, options)
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
