"""The run folder of ``scenewright decompose``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import InstanceTable, Progress, Scene, Views, no_progress
from scenewright.core.wording import counted
from scenewright.data import open_capture
from scenewright.io import load_scene, save, write_boxes, write_id_maps, write_view
from scenewright.io.id_maps import ID_MAPS, LARGEST_ID
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.pipelines.decompose.sheets import object_pictures, views_sheet
from scenewright.pipelines.decompose.steps import STEP, VERDICTS, Decomposition, decompose_scene
from scenewright.pipelines.pictures.object_sheet import draw_object_sheet
from scenewright.pipelines.pictures.preview import draw_preview
from scenewright.pipelines.pictures.view_pictures import preview_scene
from scenewright.pipelines.sources.captures import capture_of, describe_source
from scenewright.pipelines.sources.checks import as_lines
from scenewright.pipelines.sources.scenes import surfels_and_views
from scenewright.pipelines.sources.views import PictureSource
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport, instance_row
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import StageClock, peak_memory_mb
from scenewright.runs.threads import use_threads

OBJECTS = "objects"
BACKGROUND = "background.ply"


@dataclass(frozen=True, eq=False)
class DecomposeRun:
    """A run of ``decompose``.

    Attributes:
        folder: The run folder.
        report: The report in the folder.
        result: The objects, and how they were made.
    """

    folder: RunFolder
    report: RunReport
    result: Decomposition

    @property
    def instances(self) -> InstanceTable:
        """The objects that were found."""
        return self.result.scene.instances


def decompose_run(
    scene: str | Path,
    output: str | Path,
    settings: DecomposeSettings | None = None,
    *,
    capture: str | Path | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> DecomposeRun:
    """Decomposes a scene of surfels and writes a run folder atomically.

    The folder holds ``scene/``, ``objects.glb``, ``instances.json``, ``objects/ID.ply`` (the
    surfels of each object), ``background.ply`` (all others), ``points.ply``, ``id_maps/``,
    ``view.html``, ``views.jpg``, ``objects.jpg``, ``preview.png``, ``config.json`` and
    ``report.json``.

    Args:
        scene: A run of `fit_splats_run`, a scene folder, or a splat PLY.
        output: The run folder.
        settings: How it is decomposed; None takes the defaults.
        capture: Folder of the images; None takes the capture that the scene was made from.
        overwrite: Whether an older run of that name may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        CaptureError: The capture is missing or does not match the scene, or no object was found.
        ConventionError: The scene has no surfels.
        OutputError: The folder exists, or cannot be written.
    """
    start, clock = perf_counter(), StageClock()
    settings = settings or DecomposeSettings()
    folder = RunFolder.create(output, verb=STEP, overwrite=overwrite)
    use_threads(settings.threads)
    path = Path(scene)
    loaded = load_scene(path)
    if loaded.surfels is None or not len(loaded.surfels):
        surfels_and_views(loaded)  # says what is missing
    pictures = capture_of(path, loaded) if capture is None else Path(capture)
    source = open_capture(pictures, layout=settings.layout)
    if loaded.views is None:
        loaded = _with_views_of(loaded, PictureSource(source))
    result = decompose_scene(loaded, source, settings, progress=progress)
    with folder.writing() as draft:
        with clock.measure("files"):
            _write_scene(result, draft.path, name=source.name, masks=settings.masks)
        report = RunReport(
            verb=STEP,
            inputs={"scene": str(path.resolve()), **describe_source(source)},
            settings=settings_to_dict(settings),
            results=_results(result, settings),
            warnings=_warnings(result),
            stages={**result.stages, **clock.summary()},
            seconds=perf_counter() - start,
            peak_memory_mb=peak_memory_mb(),
        )
        draft.finish(report)
    return DecomposeRun(folder, report, result)


def _warnings(result: Decomposition) -> tuple[str, ...]:
    count = result.num_views_without_masks
    bare = (f"{counted(count, 'view')} without masks",) if count else ()
    return (*as_lines(result.problems), *bare)


def _results(result: Decomposition, settings: DecomposeSettings) -> dict[str, Any]:
    """The results in the report."""
    scene = result.scene
    assert scene.views is not None and scene.surfels is not None
    return {
        "masks": settings.masks,
        "num_views": len(scene.views),
        "num_views_without_masks": result.num_views_without_masks,
        "num_masks": result.num_masks,
        "num_masks_by_verdict": {
            name: result.num_masks_with(value) for name, value in VERDICTS.items()
        },
        "depth_drawn": result.depth_drawn,
        "num_objects": len(scene.instances),
        "num_points": 0 if scene.points is None else len(scene.points),
        "num_surfels": len(scene.surfels),
        "num_surfels_cut": result.num_split,
        "num_background_surfels": len(result.objects.background),
        "objects": _object_rows(result),
    }


def _object_rows(result: Decomposition) -> list[dict[str, Any]]:
    return [
        {
            **instance_row(row),
            "num_surfels": len(found.surfels),
            "seen_share": None if found.grid is None else round(found.grid.seen_share, 4),
            "direction_share": round(found.direction_share, 4),
            "num_faces": 0 if found.asset is None else found.asset.num_faces,
        }
        for row, found in zip(result.scene.instances, result.objects.objects, strict=True)
    ]


def _with_views_of(scene: Scene, frames: PictureSource) -> Scene:
    small = [replace(frame, image=None, depth=None) for frame in frames]
    return replace(scene, views=Views.from_frames(small))


def _write_scene(result: Decomposition, folder: Path, *, name: str, masks: str) -> None:
    scene = result.scene
    save(scene, folder / "scene")
    if scene.points is not None:
        save(scene, folder / "points.ply")
    if scene.assets:
        save(scene, folder / "objects.glb")
    write_boxes(folder / "instances.json", scene.instances, up=scene.up, is_metric=scene.is_metric)
    (folder / OBJECTS).mkdir()
    for found in result.objects.objects:
        save(found.surfels, folder / OBJECTS / f"{found.id}.ply")
    save(result.objects.background, folder / BACKGROUND)
    if int(scene.instances.id.max(initial=0)) <= LARGEST_ID:
        write_id_maps(folder / ID_MAPS, _id_maps(result))
    views_sheet(scene).save(folder / "views.jpg", quality=90)
    sheet = draw_object_sheet(
        object_pictures(result), scene.instances, title=name, is_metric=scene.is_metric
    )
    sheet.save(folder / "objects.jpg", quality=90)
    shown, caption = preview_scene(scene), _caption(scene, masks)
    write_view(folder / "view.html", shown, title=name, caption=caption)
    draw_preview(shown, title=name, caption=caption).save(folder / "preview.png")


def _id_maps(result: Decomposition) -> Iterator[tuple[str, NDArray[np.int32]]]:
    views = result.scene.views
    assert views is not None
    return ((name, result.id_map(i)) for i, name in enumerate(views.name))


def _caption(scene: Scene, masks: str) -> str:
    assert scene.views is not None and scene.surfels is not None
    return (
        f"{counted(len(scene.instances), 'object')} from {counted(len(scene.views), 'view')}, "
        f"{counted(len(scene.surfels), 'surfel')}, masks: {masks}"
    )
