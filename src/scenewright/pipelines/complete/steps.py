"""From a scene of partly seen objects to one of whole objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from scenewright._version import __version__
from scenewright.completion.background import closed_background
from scenewright.completion.scenes import CompletedScene, complete_objects
from scenewright.core import ConventionError, FrameSource, Progress, Scene, Step, no_progress
from scenewright.io import load_scene
from scenewright.models import ShapeCompleter, create
from scenewright.pipelines.complete.refining import Refinement, refined_surfels, require_surfels
from scenewright.pipelines.complete.settings import DEFAULT_MODEL, CompleteSettings
from scenewright.pipelines.sources.captures import Frames, open_frames
from scenewright.pipelines.sources.evidence import grids_of_capture
from scenewright.runs.stages import StageClock, StageCost


@dataclass(frozen=True, eq=False)
class Completion:
    """A scene of whole objects, and how it was made.

    Attributes:
        completed: The scene, and how each object was completed.
        ids: The objects that were asked for.
        grids_from: Where the evidence came from: ``"the scene"`` or ``"the frames"``.
        num_closed: Number of faces that close floor, walls and ceiling.
        stages: Time and memory of each stage.
        refinement: How new surfels were fitted to the photographs; None if they were not.
    """

    completed: CompletedScene
    ids: tuple[int, ...]
    grids_from: str
    num_closed: int
    stages: dict[str, StageCost]
    refinement: Refinement | None = None

    @property
    def scene(self) -> Scene:
        """The scene of whole objects."""
        return self.completed.scene


def complete(
    scene: str | Path | Scene,
    *,
    capture: Frames | None = None,
    ids: Sequence[int] = (),
    model: str | ShapeCompleter = DEFAULT_MODEL,
    seeds: int = 1,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Scene:
    """Completes the hidden sides of objects where they stand.

    Args:
        scene: A scene, or its run or folder.
        capture: The frames that it was made from; not needed if the scene has state grids.
        ids: Objects to complete; none given = all, without floor, walls and ceiling.
        model: Backend that completes objects, or an object with a method `complete`.
        seeds: Guesses that a random backend draws per object.
        seed: Random seed.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The scene has no objects, an id is unknown, or it has neither grids nor
            frames.
    """
    settings = CompleteSettings(ids=tuple(ids), seeds=seeds, seed=seed)
    if isinstance(model, str):
        settings = replace(settings, model=model)
    loaded = scene if isinstance(scene, Scene) else load_scene(scene)
    source = None if capture is None else open_frames(capture)
    completer = None if isinstance(model, str) else model
    done = complete_scene(loaded, source, settings, completer=completer, progress=progress)
    return done.scene


def complete_scene(
    scene: Scene,
    source: FrameSource | None,
    settings: CompleteSettings,
    *,
    completer: ShapeCompleter | None = None,
    progress: Progress = no_progress,
) -> Completion:
    """Like `complete`, with all settings and a full result.

    Args:
        scene: The scene.
        source: Its frames; None if the scene has state grids.
        settings: How it is completed.
        completer: Completes objects instead of the backend that the settings name.
        progress: Progress callback (stage, done, total, unit).
    """
    clock = StageClock()
    ids = chosen_objects(scene, settings.ids)
    missing = [i for i in ids if i not in scene.grids]
    if missing and source is None:
        raise no_frames(missing)
    if settings.refine:
        require_surfels(scene)
        if source is None:
            raise no_photographs()
    if missing:
        assert source is not None
        with clock.measure("evidence"):
            grids = grids_of_capture(scene, source, ids=missing, progress=progress)
        scene = replace(scene, grids={**scene.grids, **grids})
    if completer is None:
        options = {} if settings.weights is None else {"weights": settings.weights}
        completer = create(settings.model, **options)
    with clock.measure("completion"):
        completed = complete_objects(
            scene, completer, ids=ids, num_seeds=settings.seeds, seed=settings.seed,
            progress=progress,
        )  # fmt: skip
    result, num_closed = completed.scene, 0
    if settings.background:
        with clock.measure("background"):
            result, num_closed = closed_background(result)
    refinement = None
    if settings.refine:
        assert source is not None and scene.surfels is not None and result.surfels is not None
        num_old = len(scene.surfels)
        if len(result.surfels) > num_old:
            with clock.measure("refinement"):
                result, refinement = refined_surfels(
                    result, source, num_old=num_old, num_steps=settings.refine,
                    seed=settings.seed, progress=progress,
                )  # fmt: skip
    result = result.with_step(Step("complete", __version__, asdict(settings)))
    return Completion(
        replace(completed, scene=result),
        ids,
        "the frames" if missing else "the scene",
        num_closed,
        clock.summary(),
        refinement,
    )


def chosen_objects(scene: Scene, ids: Sequence[int]) -> tuple[int, ...]:
    """The objects to complete.

    Raises:
        ConventionError: There is none, or an id is unknown.
    """
    known = scene.instances.id[~scene.instances.is_stuff].tolist()
    if not known:
        raise ConventionError(
            "The scene has no objects",
            expected="at least one object to complete",
            got=f"{len(scene.instances)} instances, all part of the room"
            if len(scene.instances)
            else "no instance",
            do="Run 'scenewright segment' on its capture first.",
        )
    for i in ids:
        scene.instances.by_id(i)  # raises for an unknown id
    return tuple(dict.fromkeys(ids)) or tuple(known)


def no_frames(missing: Sequence[int]) -> ConventionError:
    """What is said where neither grids nor frames are at hand."""
    return ConventionError(
        f"Nothing is known of the space around instance {missing[0]}",
        expected="state grids in the scene, or the frames of its capture",
        got="neither",
        do="Give the frames with --capture (capture=...), or store grids while they are there: "
        "'scenewright segment CAPTURE --grids'.",
    )


def no_photographs() -> ConventionError:
    """What is said where surfels are to be fitted and the photographs are not at hand."""
    return ConventionError(
        "Refinement of surfels",
        expected="the frames of the capture",
        got="none",
        do="Give them with --capture (capture=...), or leave --refine out.",
    )
