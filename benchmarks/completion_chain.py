"""From frames to whole objects with our own segmentation: scores before and after completion.

Ten held-out rooms are filmed with the noise of a depth sensor, segmented with true and with default
masks, and completed. An object counts if it shares at least a quarter with a true one, by the IoU
of the seen surface. It is held against the closed true mesh as `segment` leaves it, an open surface
that counts as the cells that it passes, and whole. An object got worse if its IoU fell by more than
a hundredth; so counts one whose F-score at 2 % of the diagonal fell by more than a hundredth.

The F-score is read twice. Samples on a whole object lie farther apart than as many on its seen
side, and with a few thousand, the distance between neighbors is near that of the score. More of
them (`--dense-samples`) read the distance between the surfaces rather than that between samples.

Run: python benchmarks/completion_chain.py --json benchmarks/results/completion_chain.json
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import tyro
from numpy.typing import NDArray

from accuracy_places import SEEDS
from bench_common import Goal, Report, Table, run_main
from completion_cases import true_triangles
from completion_rooms import (
    DEFAULT,
    NUM_FRAMES,
    TRUE_MASKS,
    SegmentedRoom,
    completed,
    segmented_rooms,
)
from scenewright.core import Mesh, Scene
from scenewright.metrics import transfer_nearest
from scenewright.metrics.shapes.completion import (
    F_SHARE,
    CompletionScores,
    mean_scores,
    measure_completion,
    overlap_share,
)
from scenewright.metrics.shapes.meshes import compare_meshes
from scenewright.pipelines.complete.settings import DEFAULT_MODEL
from scenewright.pipelines.complete.steps import Completion
from scenewright.runs.stages import peak_memory_mb
from scenewright.runs.threads import use_threads

LEAST_IOU = 0.25
"""Smallest IoU of the seen surface of a pair of objects."""
NOTICED = 0.01
"""Smallest loss that counts as worse."""
SPACING = 0.02


@dataclass
class Options:
    """What is measured."""

    seeds: tuple[int, ...] = SEEDS
    """Seeds of the rooms, which nothing was chosen on."""
    masks: tuple[str, ...] = (TRUE_MASKS, DEFAULT)
    """Kinds of masks: the true ones, or names of backends."""
    model: str = DEFAULT_MODEL
    """Backend that completes objects."""
    samples: int = 4000
    """Samples of each surface."""
    dense_samples: int = 40_000
    """Samples of each surface for the second reading of the F-score."""
    num_frames: int = NUM_FRAMES
    """Frames of each room."""
    threads: int = 1
    """Cores for rendering and the compiled loops."""
    rooms: Path | None = None
    """Folder where segmented rooms are kept for other runs, and found again."""
    json: Path | None = None
    """File for the numbers."""


@dataclass(frozen=True)
class Change:
    """One object before and after.

    Attributes:
        room: Seed of its room.
        id: In the scene.
        label: Of the true object.
        overlap: IoU of the seen surface with that of the true one.
        source: What the hidden part comes from; "left as it was" if it was not completed.
        before: As `segment` leaves it.
        after: Whole.
        dense: F-scores at 2 % of the diagonal before and after, with many samples.
        seconds: Time of the completion.
    """

    room: int
    id: int
    label: str
    overlap: float
    source: str
    before: CompletionScores
    after: CompletionScores
    dense: tuple[float, float]
    seconds: float

    @property
    def is_worse(self) -> bool:
        """Whether its volume fits less well than the seen surface alone."""
        return self.after.iou < self.before.iou - NOTICED

    @property
    def has_worse_surface(self) -> bool:
        """Whether its surface fits less well."""
        return self.after.f_score_relative < self.before.f_score_relative - NOTICED

    @property
    def has_worse_surface_densely(self) -> bool:
        """The same, read with many samples."""
        return self.dense[1] < self.dense[0] - NOTICED


def matched(room: SegmentedRoom) -> dict[int, tuple[int, float]]:
    """True id and IoU by id, one to one, the best pairs first."""
    truth, cloud = room.film.truth_points(spacing=SPACING), room.scene.points
    assert cloud is not None and cloud.instance_id is not None and truth.instance_id is not None
    labels = transfer_nearest(cloud.instance_id, cloud.points, truth_points=truth.points)
    objects = [row.id for row in room.scene.instances if row.role == "object"]
    pairs = []
    for true_id in set(np.unique(truth.instance_id).tolist()) - {0} - set(room.film.stuff_ids):
        theirs = truth.instance_id == true_id
        for i in set(np.unique(labels[theirs]).tolist()) & set(objects):
            ours = labels == i
            pairs.append((float((ours & theirs).sum() / (ours | theirs).sum()), i, true_id))
    found: dict[int, tuple[int, float]] = {}
    for iou, i, true_id in sorted(pairs, reverse=True):
        if iou >= LEAST_IOU and i not in found and true_id not in {j for j, _ in found.values()}:
            found[i] = (true_id, iou)
    return found


def world_mesh(scene: Scene, instance: int) -> Mesh | None:
    """The mesh of an object in the world; None if it has none."""
    asset = scene.assets.get(instance)
    if asset is None or asset.mesh is None or not len(asset.mesh.faces):
        return None
    return Mesh(asset.world_vertices().astype(np.float32), asset.mesh.faces)


def closed_truth(corners: NDArray[np.float64]) -> Mesh:
    """The triangles of a true object as a mesh."""
    vertices = corners.reshape(-1, 3).astype(np.float32)
    return Mesh(vertices, np.arange(len(vertices), dtype=np.int32).reshape(-1, 3))


@dataclass(frozen=True)
class Cost:
    """What the completion of one room took, without the evidence of the frames.

    Attributes:
        objects: Number of objects.
        seconds: Time.
        cpu_seconds: Time that the process had a core; less than `seconds` on a busy machine.
        per_object: Median of the objects, seconds.
    """

    objects: int
    seconds: float
    cpu_seconds: float
    per_object: float


def timed(room: SegmentedRoom, model: str) -> tuple[Completion, Cost]:
    """Completes a room, and says what it took."""
    start, cpu = perf_counter(), process_time()
    done = completed(room.scene, model=model)
    objects = done.completed.objects
    median = float(np.median([one.seconds for one in objects])) if objects else 0.0
    cost = Cost(len(objects), perf_counter() - start, process_time() - cpu, median)
    return done, cost


def dense_f_score(mesh: Mesh, truth: Mesh, *, num_samples: int) -> float:
    """F-score at 2 % of the diagonal of the true box."""
    near = F_SHARE * float(np.linalg.norm(np.ptp(truth.vertices.astype(np.float64), axis=0)))
    found = compare_meshes(mesh, truth, seed=0, num_samples=num_samples, thresholds=(near,))
    return found.f_score[near]


def changes_of(
    seed: int, room: SegmentedRoom, done: Completion, *, samples: int, dense_samples: int
) -> list[Change]:
    """Measures the objects of a completed room."""
    rows = {one.id: one for one in done.completed.objects}
    placed = {one.instance_id: one for one in room.film.world.objects}
    cloud = room.scene.points
    assert cloud is not None and cloud.instance_id is not None
    changes = []
    for i, (true_id, overlap) in matched(room).items():
        old, new = world_mesh(room.scene, i), world_mesh(done.scene, i)
        if old is None or new is None or i not in rows:
            continue
        truth = closed_truth(true_triangles(placed[true_id]))
        seen = cloud.points[cloud.instance_id == i].astype(np.float64)
        before, after = (
            measure_completion(
                mesh, truth, grid=rows[i].grid, seen=seen[:: max(len(seen) // 2000, 1)],
                num_samples=samples,
            )
            for mesh in (old, new)
        )  # fmt: skip
        dense = tuple(dense_f_score(mesh, truth, num_samples=dense_samples) for mesh in (old, new))
        whole = rows[i].whole
        source = "left as it was" if whole is None else whole.guess.name
        changes.append(Change(
            seed, i, placed[true_id].label, overlap, source, before, after, (dense[0], dense[1]),
            rows[i].seconds,
        ))  # fmt: skip
    return changes


def measured(room: SegmentedRoom, seed: int, options: Options) -> tuple[list[Change], Cost, float]:
    """The objects of a room, what their completion took, and their largest overlap."""
    done, cost = timed(room, options.model)
    found = changes_of(
        seed, room, done, samples=options.samples, dense_samples=options.dense_samples
    )
    meshes = {one.id: world_mesh(done.scene, one.id) for one in done.completed.objects}
    shared = overlap_share({i: mesh for i, mesh in meshes.items() if mesh is not None})
    return found, cost, shared


def _line(masks: str, name: str, scores: list[CompletionScores]) -> tuple[str, ...]:
    mean = mean_scores(scores)
    return (
        masks, name, str(len(scores)), f"{mean.iou:.3f}", f"{mean.hidden_iou:.3f}",
        f"{100 * mean.chamfer:.2f}", f"{100 * mean.f_score:.1f}",
        f"{100 * mean.f_score_relative:.1f}", f"{mean.normal_consistency:.3f}",
        f"{100 * mean.seen_recall:.2f} %", f"{100 * mean.free_violation:.2f} %",
        f"{100 * mean.watertight:.0f} %",
    )  # fmt: skip


def _facts(one: Change) -> dict[str, Any]:
    return {
        "room": one.room, "id": one.id, "label": one.label, "overlap": one.overlap,
        "from": one.source, "iou": [one.before.iou, one.after.iou],
        "f_score_relative": [one.before.f_score_relative, one.after.f_score_relative],
        "f_score_relative_dense": list(one.dense),
        "chamfer": [one.before.chamfer, one.after.chamfer], "seconds": one.seconds,
    }  # fmt: skip


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    use_threads(options.threads)
    report = Report("completion_chain", asdict(options), seed=0)
    lines = []
    costs: list[Cost] = []
    for masks in options.masks:
        rooms = segmented_rooms(
            options.seeds, masks=masks, num_frames=options.num_frames, threads=options.threads,
            kept=options.rooms,
        )  # fmt: skip
        changes: list[Change] = []
        overlaps: list[float] = []
        for seed in options.seeds:
            # The room is not named here, so that it is gone before the next one is made.
            found, cost, shared = measured(next(rooms), seed, options)
            costs.append(cost)
            changes += found
            overlaps.append(shared)
            report.remark(
                f"room {seed}, {masks}: {len(changes)} objects so far; {cost.objects} completed in "
                f"{cost.seconds:.1f} s, {cost.cpu_seconds:.1f} s of a core"
            )
        lines.append(_line(masks, "before", [one.before for one in changes]))
        lines.append(_line(masks, "after", [one.after for one in changes]))
        worse = [one for one in changes if one.is_worse]
        share = 100 * len(worse) / max(len(changes), 1)
        surface = 100 * float(np.mean([one.has_worse_surface for one in changes]))
        dense = 100 * float(np.mean([one.has_worse_surface_densely for one in changes]))
        for one in worse:
            report.remark(
                f"  worse: room {one.room}, {one.id} {one.label}, {one.source}: "
                f"IoU {one.before.iou:.3f} to {one.after.iou:.3f}, match {one.overlap:.2f}"
            )
        report.results[masks] = {
            "objects": [_facts(one) for one in changes],
            "worse_share": share, "worse_surface_share": surface,
            "worse_surface_share_dense": dense, "largest_overlap": max(overlaps),
            "seconds": float(np.median([one.seconds for one in changes])),
        }  # fmt: skip
        report.goals += [
            Goal(f"objects with a worse volume, {masks}", share, 5.0, "%"),
            Goal(f"objects with a worse surface, {masks}", surface, 5.0, "%"),
            Goal(f"objects with a worse surface, many samples, {masks}", dense, 5.0, "%"),
            Goal(f"largest overlap of two objects, {masks}", 100 * max(overlaps), 0.5, "%"),
        ]
    columns = (
        "masks", "objects", "count", "IoU", "unseen IoU", "Chamfer (cm)", "F 1 cm", "F 2 %",
        "normals", "seen recall", "in free", "closed",
    )  # fmt: skip
    report.add(Table("Before and after completion, own segmentation", columns, tuple(lines)))
    report.add(_cost_table(costs))
    report.results["costs"] = [asdict(cost) for cost in costs]
    of_twenty = 20 * float(np.median([cost.cpu_seconds / max(cost.objects, 1) for cost in costs]))
    report.goals.append(Goal("20 objects, on one core", of_twenty, 120.0, "s"))
    if (peak := peak_memory_mb()) is not None:
        report.goals.append(Goal("peak memory of the process", peak, 1500.0, "MB"))
    report.finish(options.json)


def _cost_table(costs: list[Cost]) -> Table:
    rows = []
    for name, pick in (("median", np.median), ("largest", np.max)):
        rows.append((
            name, f"{pick([c.objects for c in costs]):.0f}",
            f"{pick([c.seconds for c in costs]):.1f}",
            f"{pick([c.cpu_seconds for c in costs]):.1f}",
            f"{pick([c.per_object for c in costs]):.2f}",
            f"{pick([c.cpu_seconds / max(c.objects, 1) for c in costs]):.2f}",
        ))  # fmt: skip
    columns = (
        "room", "objects", "seconds", "seconds of a core", "seconds per object",
        "seconds of a core per object",
    )  # fmt: skip
    return Table("Time of completion, with meshes, colors and background", columns, tuple(rows))


if __name__ == "__main__":
    run_main(main)
