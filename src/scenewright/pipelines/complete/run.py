"""The run folder of ``scenewright complete``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from scenewright.completion.scenes import CompletedObject
from scenewright.core import (
    Asset,
    Box3D,
    FrameSource,
    PointCloud,
    Progress,
    Scene,
    ScenewrightError,
    no_progress,
)
from scenewright.core.wording import counted
from scenewright.data import open_capture
from scenewright.geometry.transforms import upright_frame
from scenewright.io import load_scene, save, write_boxes, write_json, write_view
from scenewright.pipelines.complete.settings import CompleteSettings
from scenewright.pipelines.complete.steps import (
    Completion,
    chosen_objects,
    complete_scene,
    no_frames,
    no_photographs,
)
from scenewright.pipelines.pictures.object_views import compared_views
from scenewright.pipelines.pictures.preview import draw_preview
from scenewright.pipelines.sources.captures import capture_of, describe_source
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import StageClock, peak_memory_mb
from scenewright.runs.threads import use_threads

OBJECTS = "objects"
FACTS = "completion.json"


@dataclass(frozen=True, eq=False)
class CompleteRun:
    """A run of ``complete``.

    Attributes:
        folder: The run folder.
        report: The report in the folder.
        result: The scene of whole objects, and how it was made.
    """

    folder: RunFolder
    report: RunReport
    result: Completion


def complete_run(
    scene: str | Path,
    output: str | Path,
    settings: CompleteSettings | None = None,
    *,
    capture: str | Path | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> CompleteRun:
    """Completes the objects of a scene and writes a run folder atomically.

    The folder holds ``scene/``, ``objects.glb``, ``instances.json``, ``completion.json``,
    ``objects/ID.jpg``, ``preview.png``, ``view.html``, ``config.json`` and ``report.json``.

    Args:
        scene: A run of `segment_run` or `decompose_run`, or a scene folder.
        output: The run folder.
        settings: How it is completed; None takes the defaults.
        capture: Folder of the frames; None takes the capture that the scene was made from.
        overwrite: Whether an older run of that name may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The scene has no objects, an id is unknown, or it has neither grids nor
            frames.
        OutputError: The folder exists, or cannot be written.
    """
    start, clock = perf_counter(), StageClock()
    settings = settings or CompleteSettings()
    folder = RunFolder.create(output, verb="complete", overwrite=overwrite)
    use_threads(settings.threads)
    path = Path(scene)
    loaded = load_scene(path)
    source = _frames(path, loaded, capture, settings)
    result = complete_scene(loaded, source, settings, progress=progress)
    with folder.writing() as draft:
        with clock.measure("files"):
            _write_files(result, draft.path, name=path.resolve().name)
        with clock.measure("pictures"):
            _write_pictures(loaded, result, draft.path)
        inputs = {"scene": str(path.resolve())}
        report = RunReport(
            verb="complete",
            inputs=inputs if source is None else {**inputs, **describe_source(source)},
            settings=settings_to_dict(settings),
            results=_results(result),
            warnings=result.completed.warnings,
            stages={**result.stages, **clock.summary()},
            seconds=perf_counter() - start,
            peak_memory_mb=peak_memory_mb(),
        )
        draft.finish(report)
    return CompleteRun(folder, report, result)


def _frames(
    path: Path, scene: Scene, capture: str | Path | None, settings: CompleteSettings
) -> FrameSource | None:
    """The frames, if any are needed or given."""
    missing = [i for i in chosen_objects(scene, settings.ids) if i not in scene.grids]
    if capture is None and not missing and not settings.refine:
        return None
    if capture is None:
        try:
            capture = capture_of(path, scene)
        except ScenewrightError as error:
            raise (no_frames(missing) if missing else no_photographs()) from error
    return open_capture(capture, layout=settings.layout)


def object_row(one: CompletedObject, scene: Scene) -> dict[str, Any]:
    """The facts about a completed object, JSON values."""
    whole = one.whole
    return {
        "id": one.id,
        "label": scene.instances.by_id(one.id).label,
        "completed": whole is not None,
        "skipped": one.skipped or None,
        "from": None if whole is None else whole.guess.name,
        "score": None if whole is None else round(whole.guess.score, 4),
        "observed_share": round(one.observed_share, 4),
        "hidden_uncertainty": None if whole is None else round(whole.hidden_uncertainty, 4),
        "watertight": None if whole is None else whole.asset.is_whole,
        "support": None if one.support is None else round(one.support, 4),
        "conflict_share": round(one.conflict_share, 4),
        "seen_box": _box(one.seen_box),
        "whole_box": _box(one.whole_box),
        "seconds": round(one.seconds, 3),
    }


def _box(box: Box3D) -> dict[str, Any]:
    return {
        "center": box.center.tolist(),
        "size": box.size.tolist(),
        "rotation": box.rotation.tolist(),
    }


def _results(result: Completion) -> dict[str, Any]:
    objects = result.completed.objects
    return {
        "model": result.scene.provenance[-1].config["model"],
        "grids_from": result.grids_from,
        "num_objects": len(objects),
        "num_completed": sum(one.whole is not None for one in objects),
        "num_closed_faces": result.num_closed,
        "refinement": None if result.refinement is None else asdict(result.refinement),
        "objects": [object_row(one, result.scene) for one in objects],
    }


def _write_files(result: Completion, folder: Path, *, name: str) -> None:
    scene = result.scene
    save(scene, folder / "scene")
    if scene.assets:
        save(scene, folder / "objects.glb")
    write_boxes(folder / "instances.json", scene.instances, up=scene.up, is_metric=scene.is_metric)
    rows = [object_row(one, scene) for one in result.completed.objects]
    write_json(folder / FACTS, {"objects": rows})
    write_view(folder / "view.html", scene, title=name, caption=_caption(result))


def _write_pictures(before: Scene, result: Completion, folder: Path) -> None:
    up = np.array([0.0, 0.0, 1.0]) if before.up is None else before.up
    axes = upright_frame(up).T
    (folder / OBJECTS).mkdir()
    for one in result.completed.objects:
        seen = _seen(before, one.id)
        if one.whole is None or seen is None:
            continue
        row = result.scene.instances.by_id(one.id)
        title = (
            f"{one.id} {row.label}".strip()
            + f": {100 * one.observed_share:.0f} % seen, rest from {one.whole.guess.name}"
        )
        picture = compared_views(seen, one.whole.asset, axes=axes, title=title)
        picture.save(folder / OBJECTS / f"{one.id}.jpg", quality=90)
    name, caption = "whole objects", _caption(result)
    draw_preview(result.scene, title=name, caption=caption).save(folder / "preview.png")


def _seen(scene: Scene, instance: int) -> Asset | PointCloud | None:
    """The object before: its mesh, else its points."""
    asset, cloud = scene.assets.get(instance), scene.points
    if asset is not None and asset.mesh is not None and len(asset.mesh.faces):
        return asset
    if cloud is None or cloud.instance_id is None:
        return None
    part = cloud[cloud.instance_id == instance]
    return part if len(part) else None


def _caption(result: Completion) -> str:
    objects = result.completed.objects
    done = sum(one.whole is not None for one in objects)
    model = result.scene.provenance[-1].config["model"]
    return f"{done} of {counted(len(objects), 'object')} completed by {model}"
