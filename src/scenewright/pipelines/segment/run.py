"""The run folder of ``scenewright segment``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from scenewright.core import InstanceTable, Progress, no_progress
from scenewright.core.wording import counted
from scenewright.data import Capture, Problem, open_capture
from scenewright.fusion import frame_id_maps
from scenewright.io import save, write_boxes, write_id_maps, write_view
from scenewright.io.id_maps import ID_MAPS, LARGEST_ID
from scenewright.pipelines.pictures.best_views import object_pictures
from scenewright.pipelines.pictures.object_sheet import draw_object_sheet
from scenewright.pipelines.pictures.preview import draw_preview
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.pipelines.segment.steps import SegmentResult, segment_frames
from scenewright.pipelines.sources.captures import describe_source
from scenewright.pipelines.sources.checks import as_lines, check_first
from scenewright.pipelines.sources.evidence import grids_of_capture
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport, instance_row
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import StageClock, peak_memory_mb
from scenewright.runs.threads import use_threads


@dataclass(frozen=True)
class IdMapPass:
    """The second pass over the frames, which writes the id maps.

    Attributes:
        num_frames: Number of id maps written.
        num_without_pose: Number of frames skipped because their pose is unknown.
        seconds: Time of the pass.
    """

    num_frames: int
    num_without_pose: int
    seconds: float


@dataclass(frozen=True, eq=False)
class SegmentRun:
    """A run of ``segment``.

    Attributes:
        folder: The run folder.
        report: The report in the folder.
        result: The scene, the dropped frames, time and memory of the stages.
    """

    folder: RunFolder
    report: RunReport
    result: SegmentResult

    @property
    def instances(self) -> InstanceTable:
        """The objects that were found."""
        return self.result.scene.instances


def segment_run(
    capture: str | Path,
    output: str | Path,
    settings: SegmentSettings | None = None,
    *,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> SegmentRun:
    """Segments a capture and writes a run folder atomically.

    The folder holds ``scene/`` (everything, in Scenewright's format), ``points.ply``,
    ``objects.glb``, ``instances.json``, ``config.json``, ``report.json``, the page ``view.html``,
    the pictures ``preview.png`` and ``objects.jpg`` (without it if no frame has a color image) and,
    on request, ``id_maps/``.

    Args:
        capture: Folder of a capture.
        output: The run folder.
        settings: How it is segmented; None takes the defaults.
        overwrite: Whether an older run of that name may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        CaptureError: The capture has errors, none of its frames can be used, or no object was
            found.
        OutputError: The folder exists, or cannot be written.
    """
    start, before, after = perf_counter(), StageClock(), StageClock()
    settings = settings or SegmentSettings()
    folder = RunFolder.create(output, verb="segment", overwrite=overwrite)
    use_threads(settings.threads)
    warnings: tuple[str, ...] = ()
    if not settings.skip_check:
        with before.measure("check"):
            warnings = check_first(capture, layout=settings.layout, verb="segments")
    source = open_capture(capture, layout=settings.layout, stride=settings.stride)
    result = segment_frames(source, settings, progress=progress)
    warnings += as_lines(result.problems)
    if settings.grids:
        with after.measure("grids"):
            result = _with_grids(result, source, progress=progress)
    with_id_maps = settings.id_maps and _fit_into_pictures(result)
    if settings.id_maps and not with_id_maps:
        warnings += as_lines((_too_many_ids(result),))
    with folder.writing() as draft:
        with after.measure("files"):
            _write_files(result, draft.path, name=source.name)
        with after.measure("pictures"):
            _write_pictures(result, draft.path, source)
        passed = None
        if with_id_maps:
            with after.measure("id maps"):
                passed = _write_id_maps(result, draft.path, source, progress=progress)
        report = RunReport(
            verb="segment",
            inputs=describe_source(source),
            settings=settings_to_dict(settings),
            results={**_results(result), "id_maps": None if passed is None else asdict(passed)},
            warnings=warnings,
            stages={**before.summary(), **result.stages, **after.summary()},
            seconds=perf_counter() - start,
            peak_memory_mb=peak_memory_mb(),
        )
        draft.finish(report)
    return SegmentRun(folder, report, result)


def _with_grids(result: SegmentResult, source: Capture, *, progress: Progress) -> SegmentResult:
    """The result with a state grid per object, from a second pass over the frames."""
    scene = result.scene
    objects = scene.instances.id[~scene.instances.is_stuff].tolist()
    grids = grids_of_capture(scene, source, ids=objects, progress=progress)
    return replace(result, scene=replace(scene, grids=grids))


def _results(result: SegmentResult) -> dict[str, Any]:
    """The results in the report."""
    cloud, up = result.scene.points, result.scene.up
    return {
        "masks": result.masks,
        "num_frames": result.num_frames,
        "num_segmented": result.num_segmented,
        "num_without_masks": result.num_without_masks,
        "num_dropped": result.num_dropped,
        "dropped": [
            {"reason": group.reason, "frames": list(group.frames)} for group in result.dropped
        ],
        "num_objects": int((~result.scene.instances.is_stuff).sum()),
        "num_stuff": int(result.scene.instances.is_stuff.sum()),
        "num_fragments": len(result.scene.fragments),
        "num_points": 0 if cloud is None else len(cloud),
        "events": dict(result.events),
        "max_depth": result.config.max_depth,
        "depth_range": None if result.depth_range is None else result.depth_range.as_dict(),
        "up": None if up is None else up.tolist(),
        "up_source": result.up_source,
        "frames_per_second": round(result.frames_per_second, 3),
        "compile_seconds": round(result.compile_seconds, 3),
        "objects": [instance_row(row) for row in result.scene.instances],
    }


def _fit_into_pictures(result: SegmentResult) -> bool:
    return int(result.scene.instances.id.max(initial=0)) <= LARGEST_ID


def _too_many_ids(result: SegmentResult) -> Problem:
    # The rest of the run is worth keeping, so this is not an error.
    return Problem(
        "warning",
        "id-maps",
        "Id maps were not written",
        expected=f"ids up to {LARGEST_ID}, the range of a 16-bit PNG",
        got=f"{result.scene.instances.id.max()}",
        do="Use fewer frames (--stride), or frame_id_maps in Python.",
    )


def _write_files(result: SegmentResult, folder: Path, *, name: str) -> None:
    scene = result.scene
    save(scene, folder / "scene")
    save(scene, folder / "points.ply")
    if scene.assets:
        save(scene, folder / "objects.glb")
    write_boxes(folder / "instances.json", scene.instances, up=scene.up, is_metric=scene.is_metric)
    write_view(folder / "view.html", scene, title=name, caption=_caption(result))


def _write_pictures(result: SegmentResult, folder: Path, source: Capture) -> None:
    preview = draw_preview(result.scene, title=source.name, caption=_caption(result))
    preview.save(folder / "preview.png")
    pictures = object_pictures(
        result.scene,
        source,
        result.views,
        [int(name) for name in result.views.name],
        voxel_size=result.config.voxel_size,
    )
    if pictures:
        sheet = draw_object_sheet(
            pictures, result.scene.instances, title=source.name, is_metric=result.scene.is_metric
        )
        sheet.save(folder / "objects.jpg", quality=90)


def _write_id_maps(
    result: SegmentResult, folder: Path, source: Capture, *, progress: Progress
) -> IdMapPass:
    start = perf_counter()
    maps = frame_id_maps(
        result.scene, source, voxel_size=result.config.voxel_size, progress=progress
    )
    write_id_maps(folder / ID_MAPS, maps)
    seconds = round(perf_counter() - start, 3)
    return IdMapPass(maps.num_frames, len(maps.without_pose), seconds)


def _caption(result: SegmentResult) -> str:
    num_points = 0 if result.scene.points is None else len(result.scene.points)
    used = result.num_frames - result.num_dropped
    num_stuff = int(result.scene.instances.is_stuff.sum())
    room = f", {counted(num_stuff, 'part')} of the room" if num_stuff else ""
    return (
        f"{counted(len(result.scene.instances) - num_stuff, 'object')}{room} from {used} of "
        f"{counted(result.num_frames, 'frame')}, "
        f"{counted(num_points, 'point')} {result.config.voxel_size * 100:g} cm apart, "
        f"masks: {result.masks}"
    )
