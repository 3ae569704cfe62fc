"""How fast worlds are composed and rendered, without a GPU.

A frame with all channels is color with shadows and ambient occlusion, depth, normals, instance ids,
and the amodal mask of every object. Times are medians over the frames of several rooms.

Run: python benchmarks/worlds_speed.py --json benchmarks/results/worlds_speed.json
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import tyro

from bench_common import Goal, Report, Table, run_main
from scenewright.runs.threads import use_threads
from scenewright.worlds import SyntheticCapture, film_room
from scenewright.worlds.kinds import KINDS, make_world
from scenewright.worlds.rendering import DepthSensor, Renderer, amodal_masks

LEAST_RATE = 8.0
"""Frames a second with all channels, 640 x 480, on two cores."""


@dataclass
class Options:
    """What is measured."""

    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Seeds of the rooms, and of the worlds that are composed."""
    num_frames: int = 8
    """Frames of each room."""
    width: int = 640
    """Of the pictures, pixels."""
    height: int = 480
    """Of the pictures, pixels."""
    threads: int = 2
    """Threads that render a frame."""
    json: Path | None = None
    """File for the tables and all numbers."""


def milliseconds(work: Callable[[], object]) -> float:
    """Time of one call."""
    start = perf_counter()
    work()
    return 1e3 * (perf_counter() - start)


def time_frames(options: Options) -> dict[str, list[float]]:
    """Milliseconds of each way to render a frame."""
    times: dict[str, list[float]] = {}
    for seed in options.seeds:
        room = film_room(
            seed, num_frames=options.num_frames, width=options.width, height=options.height
        )
        time_room(room, times, options.threads)
    return times


def time_room(room: SyntheticCapture, times: dict[str, list[float]], threads: int) -> None:
    """Adds the times of the frames of one room."""
    renderers = {
        "color, depth, normals, ids": Renderer(room.world, num_threads=threads),
        "the same without shadows": Renderer(room.world, shadows=False, num_threads=threads),
        "the same without shadows and occlusion": Renderer(
            room.world, shadows=False, occlusion=False, num_threads=threads
        ),
    }
    sensor = DepthSensor()
    for renderer in renderers.values():  # compiled loops and caches
        renderer.render(room.camera, room.true_world_from_cam[0])
    for index, pose in enumerate(room.true_world_from_cam):
        took = {
            name: milliseconds(partial(renderer.render, room.camera, pose))
            for name, renderer in renderers.items()
        }
        amodal = milliseconds(partial(amodal_masks, room.world, room.camera, pose))
        took["amodal masks of all objects"] = amodal
        took["all channels"] = took["color, depth, normals, ids"] + amodal
        rng = np.random.default_rng(index)
        took["depth sensor (one thread)"] = milliseconds(
            partial(sensor.observe, room.view(index), room.camera, rng=rng)
        )
        for name, value in took.items():
            times.setdefault(name, []).append(value)


def time_worlds(options: Options) -> dict[str, list[float]]:
    """Milliseconds to compose worlds of each kind."""
    times: dict[str, list[float]] = {}
    for kind in KINDS:
        make_world(kind, options.seeds[0] + 1000)
        for seed in options.seeds:
            took = milliseconds(partial(make_world, kind, seed))
            times.setdefault(f"compose a world: {kind}", []).append(took)
    return times


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("worlds_speed", asdict(options))
    use_threads(options.threads)
    times = {**time_frames(options), **time_worlds(options)}
    medians = {name: float(np.median(values)) for name, values in times.items()}
    rows = tuple(
        (
            name,
            f"{value:.0f}",
            f"{1e3 / value:.1f}",
            f"{min(times[name]):.0f}",
            f"{max(times[name]):.0f}",
        )
        for name, value in medians.items()
    )
    title = f"Synthetic worlds: {options.width} x {options.height}, {options.threads} threads"
    report.add(Table(title, ("what", "ms", "per second", "range, ms"), rows, "Medians."))
    report.results["milliseconds"] = medians
    rate = 1e3 / medians["all channels"]
    report.goals.append(Goal("frames a second, all channels", rate, LEAST_RATE, at_most=False))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
