"""How well partly seen objects are completed: synthetic rooms with exact truth.

With --meshes, the worlds are random compositions of the meshes of a folder instead, which nothing
was taught or chosen on: out of domain.

Each world is seen by 1, 3 and 10 cameras. Depth and ids are exact, so that only the completion is
measured. Every backend gets the same evidence; its best guess becomes a mesh, which is held against
the true one: IoU of the volumes, IoU of the cells of which nothing is known, recall of the seen
surface within a cell, share of the volume in free space, and whether the mesh is closed. The last
row of each table is the mesh that the true cells give: hardly anything can be better than it, since
grids end at 1.3 times what was seen.

Run: python benchmarks/completion_accuracy.py --json benchmarks/results/completion_accuracy.json
     python benchmarks/completion_accuracy.py --meshes ../shared/data/meshes
         --json benchmarks/results/completion_meshes.json
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray

from bench_common import Goal, Report, Table, require_folder, run_main
from completion_cases import Case, cases
from scenewright.completion.composing import compose
from scenewright.core import Mesh
from scenewright.geometry.solid_cells import fill_solid
from scenewright.metrics.shapes.completion import (
    CompletionScores,
    mean_scores,
    measure_completion,
)
from scenewright.models import ShapeCompleter, create
from scenewright.models.partial_shapes import PartialShape, ShapeGuess, check_guess
from scenewright.worlds.objects.mesh_library import ObjectLibrary, read_object_folder

CEILING = "(true cells)"


@dataclass
class Options:
    """What is measured."""

    seeds: tuple[int, ...] = (900, 901, 902, 903)
    """Seeds of the rooms, which nothing was chosen on."""
    cameras: tuple[int, ...] = (1, 3, 10)
    """Numbers of cameras."""
    models: tuple[str, ...] = ("complete/hull", "complete/symmetry", "complete/tiny")
    """Backends."""
    most_objects: int = 8
    """Objects of a room, drawn by chance; 0 takes all."""
    samples: int = 4000
    """Samples of each surface."""
    meshes: Path | None = None
    """Folder of meshes whose random compositions take the place of rooms."""
    json: Path | None = None
    """File for the numbers."""


@dataclass
class Row:
    """The scores of one backend under one number of cameras."""

    scores: list[CompletionScores] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class TrueCells:
    """A completer that knows the truth.

    Args:
        triangles: (F, 3, 3) corners of the closed true mesh, world.
    """

    def __init__(self, triangles: NDArray[np.float64]) -> None:
        self._triangles = triangles

    def complete(
        self, shape: PartialShape, *, num_seeds: int = 1, seed: int = 0
    ) -> tuple[ShapeGuess, ...]:
        """The true cells, as far as evidence does not contradict them."""
        grid = shape.grid
        inside = np.zeros(grid.states.shape, np.int32)
        fill_solid(self._triangles, grid.origin, grid.cell_size, 1, inside)
        solid = ((inside > 0) & ~shape.free) | shape.occupied
        return (ShapeGuess(solid, np.ones(solid.shape, np.float32), 1.0, CEILING),)


def measure_case(
    case: Case, completers: dict[str, ShapeCompleter], rows: dict[str, Row], *, samples: int
) -> None:
    """Completes one object with every backend and adds its scores."""
    shape = case.shape
    vertices = case.truth.reshape(-1, 3)
    faces = np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)
    truth = Mesh(vertices.astype(np.float32), faces)
    seen = case.surface.points[:: max(len(case.surface) // 2000, 1)]
    for name, completer in {**completers, CEILING: TrueCells(case.truth)}.items():
        start = perf_counter()
        guess = completer.complete(shape)[0]
        check_guess(guess, shape)
        asset = compose(shape, guess, case.surface).asset
        rows[name].seconds.append(perf_counter() - start)
        assert asset.mesh is not None
        made = Mesh(asset.world_vertices().astype(np.float32), asset.mesh.faces)
        rows[name].scores.append(
            measure_completion(made, truth, grid=shape.grid, seen=seen, num_samples=samples)
        )


def measure(number: int, options: Options, library: ObjectLibrary | None) -> dict[str, Row]:
    """Measures every backend under one number of cameras."""
    completers = {name: create(name) for name in options.models}
    rows = {name: Row() for name in (*completers, CEILING)}
    rng = np.random.default_rng(0)
    for seed in options.seeds:
        found = list(cases(seed, number, library=library))
        if 0 < options.most_objects < len(found):
            chosen = rng.choice(len(found), options.most_objects, replace=False)
            found = [found[i] for i in sorted(chosen)]
        for case in found:
            measure_case(case, completers, rows, samples=options.samples)
    return rows


def _line(number: int, name: str, row: Row) -> tuple[str, ...]:
    mean = mean_scores(row.scores)
    return (
        str(number), name, str(len(row.scores)), f"{mean.iou:.3f}", f"{mean.hidden_iou:.3f}",
        f"{100 * mean.chamfer:.2f}", f"{100 * mean.f_score_relative:.1f}",
        f"{100 * mean.seen_recall:.2f} %", f"{100 * mean.free_violation:.2f} %",
        f"{100 * mean.watertight:.0f} %", f"{np.median(row.seconds):.2f}",
    )  # fmt: skip


def _values(row: Row) -> dict[str, Any]:
    mean = mean_scores(row.scores)
    return {**vars(mean), "objects": len(row.scores), "seconds": float(np.median(row.seconds))}


def _goals(number: int, rows: dict[str, Row]) -> list[Goal]:
    """What every backend but the baseline has to keep."""
    goals = []
    for name, row in rows.items():
        if not row.scores or name in ("complete/hull", CEILING):
            continue
        mean, where = mean_scores(row.scores), f"{name}, {number} cameras"
        goals.append(Goal(f"seen recall, {where}", 100 * mean.seen_recall, 100.0, "%", False))
        goals.append(Goal(f"volume in free space, {where}", 100 * mean.free_violation, 0.0, "%"))
        goals.append(Goal(f"closed meshes, {where}", 100 * mean.watertight, 100.0, "%", False))
    return goals


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    library, where = None, "rooms"
    if options.meshes is not None:
        folder = require_folder(options.meshes, what="folder of meshes", option="--meshes")
        library, where = read_object_folder(folder), "meshes of others, out of domain"
    name = "completion_accuracy" if library is None else "completion_meshes"
    report = Report(name, asdict(options), seed=0)
    if library is not None:
        report.remark(library.report().partition("\n")[0])
    lines = []
    for number in options.cameras:
        rows = measure(number, options, library)
        report.remark(f"{number} cameras: done")
        for model, row in rows.items():
            if row.scores:
                lines.append(_line(number, model, row))
                report.results[f"{model}, {number} cameras"] = _values(row)
        report.goals += _goals(number, rows)
    columns = (
        "cameras", "backend", "objects", "IoU", "unseen IoU", "Chamfer (cm)", "F 2 %",
        "seen recall", "in free", "closed", "seconds",
    )  # fmt: skip
    report.add(Table(f"Completion of partly seen objects: {where}", columns, tuple(lines)))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
