"""Completes the objects of a scene, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from scenewright.completion.composing import WholeObject, compose
from scenewright.completion.evidence import SAMPLES_PER_CELL, conflict_share, sharpened
from scenewright.completion.new_surfels import with_new_surfels
from scenewright.completion.seen_surface import SeenSurface, seen_surface
from scenewright.completion.support import find_support
from scenewright.core import FREE, Box3D, ConventionError, InstanceTable, Scene, StateGrid
from scenewright.core.progress import Progress, no_progress
from scenewright.geometry.boxes import fit_box
from scenewright.models import ShapeCompleter
from scenewright.models.partial_shapes import PartialShape, check_guess

LEAST_POINTS = 30
"""Objects with fewer samples of seen surface are left as they are."""
MOST_INWARD = -0.25
"""Mean cosine between the normals of an object and the directions from its middle below which it is
seen from inside, as the corner of a room is."""
MOST_CONFLICT = 0.25
"""Share of the seen surface in free space above which a warning says so."""
DEFAULT_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class CompletedObject:
    """How one object was completed.

    Attributes:
        id: Id of the object.
        whole: The object; None if it was left as it is.
        skipped: Why it was left as it is; empty if it was completed.
        seen_box: Box of what was seen of it.
        whole_box: Box of the whole; that of what was seen if it was left as it is.
        support: Height of the plane that it stands on along the scene's up direction, meters; None
            if it stands on nothing that was seen.
        conflict_share: Share of its seen surface that frames see through.
        grid: The evidence at the precision of the seen surface; the stored one if the object was
            left as it is.
        seconds: Time that it took.
    """

    id: int
    whole: WholeObject | None
    skipped: str
    seen_box: Box3D
    whole_box: Box3D
    support: float | None
    conflict_share: float
    grid: StateGrid
    seconds: float

    @property
    def observed_share(self) -> float:
        """Share of the surface of the result that cameras saw, in [0, 1]."""
        share = None if self.whole is None else self.whole.asset.observed_share
        return 1.0 if share is None else share


@dataclass(frozen=True, eq=False)
class CompletedScene:
    """A scene of whole objects.

    Attributes:
        scene: The scene; the meshes of completed objects are closed.
        objects: How each was completed, in the order in which that was done.
        warnings: What may be wrong, a sentence each.
    """

    scene: Scene
    objects: tuple[CompletedObject, ...]
    warnings: tuple[str, ...]


def complete_objects(
    scene: Scene,
    completer: ShapeCompleter,
    *,
    ids: Sequence[int],
    num_seeds: int = 1,
    seed: int = 0,
    progress: Progress = no_progress,
) -> CompletedScene:
    """Completes objects where they stand, from the lowest to the highest.

    What is seen stays as it was scanned, free space stays empty, and no object grows into another:
    each result is free space for those that follow.

    Args:
        scene: A scene whose objects have state grids (see `evidence.gather_evidence`).
        completer: Backend that guesses at whole objects.
        ids: The objects to complete.
        num_seeds: Number of guesses that a random backend draws.
        seed: Random seed.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: An object has no state grid.
    """
    missing = sorted(set(ids) - set(scene.grids))
    if missing:
        raise ConventionError(
            f"instance {missing[0]}",
            expected="a grid of occupied, free and unknown cells",
            got="none",
            do="Run 'scenewright complete' with the capture, or 'segment --grids' on it first.",
        )
    up = DEFAULT_UP if scene.up is None else scene.up
    surroundings = _Surroundings(scene)
    surfaces = {i: _surface(scene, i) for i in ids}
    lowest = {i: float((s.points @ up).min()) if len(s) else np.inf for i, s in surfaces.items()}
    done: list[CompletedObject] = []
    progress("complete", 0, len(ids), "objects")
    for number, i in enumerate(sorted(ids, key=lambda i: (lowest[i], i)), start=1):
        done.append(_complete_one(
            scene, i, surfaces[i], surroundings, completer, up=up, seeds=(num_seeds, seed),
        ))  # fmt: skip
        surroundings.add(scene.grids[i], done[-1].whole)
        progress("complete", number, len(ids), "objects")
    warnings = [] if scene.up is not None else [
        "The direction of gravity is unknown; +z was taken for up."
    ]  # fmt: skip
    warnings += [
        f"Instance {one.id}: {100 * one.conflict_share:.0f} % of its surface lies in space that "
        "frames see through; its poses or depth may be off, and little free space is known."
        for one in done
        if one.conflict_share > MOST_CONFLICT
    ]
    return CompletedScene(_updated(scene, done), tuple(done), tuple(warnings))


class _Surroundings:
    """Everything around the objects: seen surface, and the objects that are already whole."""

    def __init__(self, scene: Scene) -> None:
        cloud = scene.points
        self._surface = SeenSurface(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3), np.uint8))
        self._ids = np.zeros(0, np.int32)
        if cloud is not None and cloud.instance_id is not None:
            self._surface = SeenSurface.of_cloud(cloud)
            self._ids = cloud.instance_id
        self._whole: list[tuple[StateGrid, NDArray[np.bool_]]] = []

    def near(self, instance: int, grid: StateGrid) -> SeenSurface:
        """The seen surface of everything else in and around a grid."""
        points = self._surface.points
        extent = grid.cell_size * np.array(grid.states.shape)
        low, high = grid.origin - 0.5 * extent, grid.origin + 1.5 * extent
        chosen = (self._ids != instance) & ((points > low) & (points < high)).all(axis=1)
        return SeenSurface(points[chosen], self._surface.normals[chosen],
                           self._surface.colors[chosen])  # fmt: skip

    def add(self, grid: StateGrid, whole: WholeObject | None) -> None:
        """Adds a completed object."""
        if whole is not None:
            self._whole.append((grid, whole.solid))

    def taken(self, grid: StateGrid) -> NDArray[np.bool_]:
        """(X, Y, Z) cells of a grid with their center in an object that is already whole."""
        result = np.zeros(grid.states.shape, np.bool_)
        for other, solid in self._whole:
            index, inside = [], []
            for k in range(3):
                centers = grid.origin[k] + grid.cell_size * (np.arange(result.shape[k]) + 0.5)
                cell = np.floor((centers - other.origin[k]) / other.cell_size).astype(np.int64)
                within = (cell >= 0) & (cell < solid.shape[k])
                index.append(np.where(within, cell, 0))
                inside.append(within)
            found = solid[np.ix_(*index)]
            result |= found & inside[0][:, None, None] & inside[1][:, None] & inside[2]
        return result


def _surface(scene: Scene, instance: int) -> SeenSurface:
    spacing = scene.grids[instance].cell_size / SAMPLES_PER_CELL
    return seen_surface(scene, instance, spacing=spacing)


def _complete_one(
    scene: Scene,
    instance: int,
    surface: SeenSurface,
    surroundings: _Surroundings,
    completer: ShapeCompleter,
    *,
    up: NDArray[np.float64],
    seeds: tuple[int, int],
) -> CompletedObject:
    start = perf_counter()
    row, stored = scene.instances.by_id(instance), scene.grids[instance]
    conflict = conflict_share(stored, surface)
    support: float | None = None
    whole, skipped, grid = None, "", stored
    if len(surface) < LEAST_POINTS:
        skipped = f"only {len(surface)} points of its surface were seen"
    elif _outwardness(surface) < MOST_INWARD:
        skipped = "it was seen from inside, as the corner of a room is"
    else:
        others = surroundings.near(instance, stored)
        support = find_support(surface, others, up=up)
        grid = sharpened(stored, surface, others=others.points, up=up, support=support)
        states = grid.states.copy()
        states[surroundings.taken(grid) & (states == 0)] = FREE
        shape = PartialShape(replace(grid, states=states), up, support)
        if not shape.occupied.any():
            skipped = "all of its surface lies in space that frames see through"
        else:
            guesses = completer.complete(shape, num_seeds=seeds[0], seed=seeds[1])
            check_guess(guesses[0], shape)
            whole = compose(shape, guesses[0], surface)
    box = row.box if whole is None else fit_box(whole.asset.world_vertices(), up=scene.up)
    seconds = perf_counter() - start
    return CompletedObject(instance, whole, skipped, row.box, box, support, conflict, grid, seconds)


def _outwardness(surface: SeenSurface) -> float:
    """Mean cosine between the normals and the directions from the middle of the surface."""
    away = surface.points - surface.points.mean(axis=0)
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-12)
    return float(np.einsum("ij,ij->i", away, surface.normals).mean())


def _updated(scene: Scene, done: Sequence[CompletedObject]) -> Scene:
    """The scene with the whole objects in place of the seen ones."""
    whole: Mapping[int, CompletedObject] = {one.id: one for one in done if one.whole is not None}
    rows = [
        replace(row, box=whole[row.id].whole_box, source="completed") if row.id in whole else row
        for row in scene.instances
    ]
    models = scene.instances.feature_models()
    assets, grids = dict(scene.assets), dict(scene.grids)
    for i, one in whole.items():
        assert one.whole is not None
        assets[i], grids[i] = one.whole.asset, one.grid
    table = InstanceTable.from_rows(rows, feature_models=models)
    updated = replace(scene, instances=table, assets=assets, grids=grids)
    return with_new_surfels(updated, list(whole))
