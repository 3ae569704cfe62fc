"""How long a user waits for the first frame: right after the installation, and later.

A synthetic capture is segmented by fresh processes, as `scenewright segment` does with its
defaults. The first process finds an empty cache of compiled kernels, like after an installation;
the later ones find what it has compiled. Times count from the start of the process: the
interpreter, imports, the check of the capture, the depth range, and the masks and the fusion of one
frame.

Run: python benchmarks/first_frame.py --json benchmarks/results/first_frame.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tyro

from bench_common import Goal, Report, Table, run_main

FIRST_LIMIT = 15.0
"""Seconds to the first frame after the installation."""
LATER_LIMIT = 2.0
"""Seconds to the first frame later."""
KINDS = {"first": "right after the installation", "later": "later"}


@dataclass
class Options:
    """What is measured, and how."""

    frames: int = 12
    """Frames of the capture."""
    rounds: int = 3
    """Number of later runs; the fastest counts, since others may use the machine."""
    first_rounds: int = 1
    """Number of runs with an empty cache; the fastest counts."""
    threads: int | None = None
    """Cores; None uses all."""
    child: tuple[Path, Path] | None = None
    """Capture and run folder: only segment it, and print the times as JSON."""
    json: Path | None = None
    """File for the tables and all numbers."""


def segment_once(capture: Path, output: Path, options: Options) -> None:
    """Segments a capture in this process; prints when things were done."""
    from scenewright.pipelines.segment.run import segment_run
    from scenewright.pipelines.segment.settings import SegmentSettings

    times: dict[str, float] = {}

    def progress(stage: str, done: int, total: int, unit: str, /) -> None:
        if stage == "segment" and done == 1:
            times.setdefault("first_frame", time.monotonic())
            times.setdefault("first_frame_cpu_s", time.process_time())

    run = segment_run(
        capture, output, SegmentSettings(threads=options.threads), overwrite=True,
        progress=progress,
    )  # fmt: skip
    values = {
        **times,
        "compile_s": run.result.compile_seconds,
        "frames_per_second": run.result.frames_per_second,
        "end": time.monotonic(),
    }
    sys.stdout.write(json.dumps(values) + "\n")


def measure(capture: Path, output: Path, cache: Path, options: Options) -> dict[str, float]:
    """Segments the capture in a fresh process; seconds since its start."""
    words = [sys.executable, __file__, "--child", str(capture), str(output)]
    if options.threads is not None:
        words += ["--threads", str(options.threads)]
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    start = time.monotonic()
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    values: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    for name in ("first_frame", "end"):
        values[f"{name}_s"] = values.pop(name) - start
    return values


def measure_all(options: Options, report: Report) -> dict[str, dict[str, Any]]:
    """The fastest run of each kind, by the time to the first frame."""
    from scenewright.worlds import film_room
    from scenewright.worlds.writing import write_capture

    runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with TemporaryDirectory() as folder:
        base = Path(folder)
        film = film_room(0, num_frames=options.frames, width=640, height=480, depth_noise=True)
        write_capture(film, base / "capture")
        for number in range(options.first_rounds):
            report.remark(f"{KINDS['first']} ...")
            cache = base / f"cache-{number}"
            runs["first"].append(measure(base / "capture", base / "run", cache, options))
        for _ in range(options.rounds):
            report.remark(f"{KINDS['later']} ...")
            runs["later"].append(measure(base / "capture", base / "run", cache, options))
    report.results["runs"] = runs
    return {kind: min(found, key=lambda run: run["first_frame_s"]) for kind, found in runs.items()}


def make_table(best: dict[str, dict[str, Any]], options: Options) -> Table:
    """One line per kind of run."""
    rows = tuple(
        (
            KINDS[kind],
            f"{found['first_frame_s']:.1f} s",
            f"{found['first_frame_cpu_s']:.1f} s",
            f"{found['compile_s']:.1f} s",
            f"{found['end_s']:.1f} s",
            f"{found['frames_per_second']:.1f}",
        )
        for kind, found in best.items()
    )
    columns = (
        "run", "first frame", "CPU time to it", "compilation", "run folder complete", "frames/s",
    )  # fmt: skip
    note = (
        "CPU time is that of the process alone; while it compiles the kernels of the masks, a "
        "second one compiles those of the fusion. On a busy machine the first column is longer "
        "than on an idle one, the second hardly. Frames/s does not count compilation."
    )
    return Table(f"{options.frames} frames of 640 x 480 pixels, all defaults", columns, rows, note)


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    if options.child is not None:
        segment_once(*options.child, options)
        return
    report = Report("first_frame", asdict(options))
    best = measure_all(options, report)
    report.add(make_table(best, options))
    for kind, limit in (("first", FIRST_LIMIT), ("later", LATER_LIMIT)):
        value = best[kind]["first_frame_s"]
        report.goals.append(Goal(f"first frame {KINDS[kind]}", value, limit, "s"))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
