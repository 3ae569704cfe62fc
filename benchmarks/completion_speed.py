"""How long the completion of an object takes, and what memory it needs.

The objects of a room are seen by three cameras, and each is completed by each backend. Times are
those of a core (CPU time of the process), so that other work on the machine does not count: of the
backend, and of the mesh with its colors that is made of its answer. The first object is completed
once before, so that kernels are compiled and networks loaded.

Run: python benchmarks/completion_speed.py --json benchmarks/results/completion_speed.json
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time

import numpy as np
import tyro

from bench_common import Goal, Report, Table, run_main
from completion_cases import Case, cases
from scenewright.completion.composing import compose
from scenewright.core import CaptureError
from scenewright.models import ShapeCompleter, create
from scenewright.runs.stages import peak_memory_mb
from scenewright.runs.threads import use_threads

SCENE = 20
"""Objects of a scene."""
_GOALS = {"complete/symmetry": 0.5, "complete/tiny": 5.0}
"""Largest time per object, seconds."""
_SCENE_GOAL, _MEMORY_GOAL = 120.0, 1500.0
"""Of a scene, seconds; of the process, MB."""


@dataclass
class Options:
    """What is measured."""

    seeds: tuple[int, ...] = (900, 901)
    """Seeds of the rooms, which nothing was chosen on."""
    models: tuple[str, ...] = ("complete/symmetry", "complete/tiny")
    """Backends."""
    json: Path | None = None
    """File for the numbers."""


@dataclass(frozen=True)
class Cost:
    """Time of one object.

    Attributes:
        backend: Of the backend, seconds.
        mesh: Of the mesh and its colors, seconds.
    """

    backend: float
    mesh: float


def measure_cost(case: Case, completer: ShapeCompleter) -> Cost:
    """Completes one object."""
    start = process_time()
    guess = completer.complete(case.shape)[0]
    middle = process_time()
    compose(case.shape, guess, case.surface)
    return Cost(middle - start, process_time() - middle)


def scene_cases(seeds: tuple[int, ...]) -> list[Case]:
    """The first objects of rooms, as many as a scene has.

    Raises:
        CaptureError: The rooms have fewer.
    """
    found: list[Case] = []
    for seed in seeds:
        found += cases(seed, 3)
        if len(found) >= SCENE:
            return found[:SCENE]
    raise CaptureError(
        "objects of the rooms", expected=f"{SCENE} or more", got=str(len(found)),
        do="Name more --seeds.",
    )  # fmt: skip


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    use_threads(1)
    report = Report("completion_speed", asdict(options), seed=0)
    found, lines = scene_cases(options.seeds), []
    for name in options.models:
        completer = create(name)
        measure_cost(found[0], completer)
        costs = [measure_cost(case, completer) for case in found]
        backend, mesh = (
            np.array([getattr(cost, k) for cost in costs]) for k in ("backend", "mesh")
        )
        both = backend + mesh
        lines.append((
            name, f"{np.median(backend):.2f}", f"{np.median(mesh):.2f}", f"{np.median(both):.2f}",
            f"{both.max():.2f}", f"{both.sum():.1f}",
        ))  # fmt: skip
        report.results[name] = [asdict(cost) for cost in costs]
        if name in _GOALS:
            median = float(np.median(backend))
            report.goals.append(Goal(f"an object, {name}", median, _GOALS[name], "s"))
        report.goals.append(Goal(f"{SCENE} objects, {name}", float(both.sum()), _SCENE_GOAL, "s"))
    columns = (
        "backend", "backend (s)", "mesh and colors (s)", "together (s)", "longest (s)",
        f"{SCENE} objects (s)",
    )  # fmt: skip
    note = "Medians per object of the time of a core, without the evidence of the frames."
    report.add(Table("Time of completion", columns, tuple(lines), note))
    if (peak := peak_memory_mb()) is not None:
        report.goals.append(Goal("peak memory of the process", peak, _MEMORY_GOAL, "MB"))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
