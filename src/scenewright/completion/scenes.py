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
from scenewright.completion.surroundings import Surroundings
from scenewright.core import (
    FREE,
    OCCUPIED,
    UNKNOWN,
    Box3D,
    ConventionError,
    InstanceTable,
    Scene,
    StateGrid,
)
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
    surfaces = {i: _surface(scene, i) for i in ids}
    surroundings = Surroundings(scene, surfaces, up=up)
    lowest = {i: float((s.points @ up).min()) if len(s) else np.inf for i, s in surfaces.items()}
    done: list[CompletedObject] = []
    progress("complete", 0, len(ids), "objects")
    for number, i in enumerate(sorted(ids, key=lambda i: (lowest[i], i)), start=1):
        done.append(_complete_one(
            scene, i, surfaces[i], surroundings, completer, up=up, seeds=(num_seeds, seed),
        ))  # fmt: skip
        if (whole := done[-1].whole) is not None:
            surroundings.add(whole.asset)
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


def _surface(scene: Scene, instance: int) -> SeenSurface:
    spacing = scene.grids[instance].cell_size / SAMPLES_PER_CELL
    return seen_surface(scene, instance, spacing=spacing)


def _complete_one(
    scene: Scene,
    instance: int,
    surface: SeenSurface,
    surroundings: Surroundings,
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
        others = surroundings.near(instance)
        support = surroundings.support(instance)
        grid = sharpened(stored, surface, others=others.points, up=up, support=support)
        states = grid.states.copy()
        states[surroundings.carrying(instance, grid)] = OCCUPIED
        states[surroundings.taken(instance, grid) & (states == UNKNOWN)] = FREE
        shape = PartialShape(replace(grid, states=states), up, support, conflict)
        if not shape.occupied.any():
            skipped = "all of its surface lies in space that frames see through"
        else:
            guesses = completer.complete(shape, num_seeds=seeds[0], seed=seeds[1])
            check_guess(guesses[0], shape)
            whole = compose(shape, guesses[0], surface)
            asset = surroundings.lowered(instance, whole.asset, grid)
            whole = replace(whole, asset=asset)
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
