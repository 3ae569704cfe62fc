"""A run: the folder that a capture becomes, with the scene and all that is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from scenewright._version import __version__
from scenewright.core import (
    CaptureError,
    FormatError,
    Instance,
    InstanceTable,
    Progress,
    no_progress,
)
from scenewright.data import Capture, Problem, check_capture, open_capture
from scenewright.fusion import frame_id_maps
from scenewright.io import (
    atomic_folder,
    read_json,
    save,
    write_boxes,
    write_id_maps,
    write_json,
)
from scenewright.io.id_maps import LARGEST_ID
from scenewright.pipelines.pictures.preview import draw_preview
from scenewright.pipelines.segment.steps import (
    DEFAULT_MASKS,
    DEFAULT_PRESET,
    Segmentation,
    segment_capture,
)
from scenewright.runs.outputs import check_output
from scenewright.runs.threads import use_threads
from scenewright.runs.timing import peak_memory_mb

REPORT = "report.json"
"""Every run holds it; a folder without it is never replaced."""
ID_MAPS = "id_maps"
FORMAT = "scenewright-run"
VERSION = 1


@dataclass(frozen=True)
class IdMapPass:
    """The second pass over the frames, which writes what each pixel shows.

    Attributes:
        num_frames: Id maps that were written.
        num_without_pose: Frames that were left out because their pose is unknown.
        seconds: Time that it took.
    """

    num_frames: int
    num_without_pose: int
    seconds: float


@dataclass(frozen=True, eq=False)
class RunReport:
    """What a run found and what it cost.

    Attributes:
        run: The run folder.
        capture: The capture that it was made from.
        segmentation: The scene, the frames that were dropped, the times of the stages.
        peak_memory_mb: Largest memory of the process, megabytes; None where unknown.
        warnings: What may cost quality: found by the check of the capture, or on the way.
        id_maps: How the id maps were written; None if there are none.
    """

    run: Path
    capture: str
    segmentation: Segmentation
    peak_memory_mb: float | None
    warnings: tuple[str, ...] = ()
    id_maps: IdMapPass | None = None

    @property
    def instances(self) -> InstanceTable:
        """The objects that were found."""
        return self.segmentation.scene.instances

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values; what report.json holds."""
        result = self.segmentation
        cloud = result.scene.points
        return {
            "format": FORMAT,
            "version": VERSION,
            "scenewright": __version__,
            "capture": self.capture,
            "masks": result.masks,
            "num_frames": result.num_frames,
            "num_segmented": result.num_segmented,
            "num_without_masks": result.num_without_masks,
            "num_dropped": result.num_dropped,
            "dropped": [asdict(group) for group in result.dropped],
            "warnings": list(self.warnings),
            "num_objects": len(self.instances),
            "num_points": 0 if cloud is None else len(cloud),
            "events": dict(result.events),
            "up": result.scene.up,
            "up_source": result.up_source,
            "seconds": round(result.seconds, 3),
            "frames_per_second": round(result.num_frames / max(result.seconds, 1e-9), 3),
            "stages_ms": {
                name: {
                    "num_frames": stage.num_frames,
                    "median": round(stage.median_ms, 3),
                    "mean": round(stage.mean_ms, 3),
                    "total": round(stage.total_ms, 3),
                }
                for name, stage in result.stages.items()
            },
            "id_maps": None if self.id_maps is None else asdict(self.id_maps),
            "peak_memory_mb": None
            if self.peak_memory_mb is None
            else round(self.peak_memory_mb, 1),
            "objects": [object_row(row) for row in self.instances],
        }


def object_row(row: Instance) -> dict[str, Any]:
    """One object as a line of a table: id, label, score, size in metres, points, frames."""
    return {
        "id": row.id,
        "label": row.label,
        "score": round(row.score, 4),
        "size": [round(float(edge), 4) for edge in row.box.size],
        "num_points": row.num_points,
        "num_frames": row.num_frames,
    }


def segment_run(
    capture: str | Path,
    output: str | Path,
    *,
    masks: str | Path = DEFAULT_MASKS,
    preset: str = DEFAULT_PRESET,
    voxel_size: float | None = None,
    max_depth: float | None = None,
    stride: int = 1,
    mask_suffix: str = "",
    weights: str | None = None,
    device: str | None = None,
    layout: str | None = None,
    threads: int | None = None,
    skip_check: bool = False,
    id_maps: bool = False,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> RunReport:
    """Segments a capture and writes a run folder, whole or not at all.

    The folder gets ``scene/`` (all of it, our format), ``points.ply``, ``objects.glb``,
    ``instances.json``, ``config.json``, ``report.json``, ``preview.png`` and, on request,
    ``id_maps/``.

    Args:
        capture: Folder of a capture.
        output: The run folder.
        masks: See `segment`.
        preset: See `segment`.
        voxel_size: Metres; None keeps that of the preset.
        max_depth: Metres; None keeps that of the preset.
        stride: Every how many frames one is used.
        mask_suffix: See `segment`.
        weights: See `segment`.
        device: See `segment`.
        layout: Name of the capture's layout, or None to recognise it.
        threads: Cores that the compiled loops use; None means all.
        skip_check: Whether to segment a capture even if its check finds errors.
        id_maps: Whether to write which instance each pixel of each frame shows, in a second pass.
        overwrite: Whether an older run of that name may be replaced.
        progress: Told how far it is.

    Raises:
        CaptureError: The capture has errors, no frame of it can be used, or no object was found.
        OutputError: The folder exists, or cannot be written.
    """
    output = Path(output)
    check_output(output, marker=REPORT, overwrite=overwrite)
    use_threads(threads)
    warnings = () if skip_check else _check(capture, layout=layout)
    source = open_capture(capture, layout=layout, stride=stride)
    result = segment_capture(
        source,
        masks=masks,
        preset=preset,
        voxel_size=voxel_size,
        max_depth=max_depth,
        mask_suffix=mask_suffix,
        weights=weights,
        device=device,
        progress=progress,
    )
    warnings += _lines(result.problems)
    if id_maps and not _fit_into_pictures(result):
        warnings += _lines((_too_many_ids(result),))
        id_maps = False
    report = RunReport(output, str(source.root), result, None, warnings)
    config = {
        "scenewright": __version__,
        "verb": "segment",
        "capture": str(source.root.resolve()),
        "layout": source.layout,
        "description": source.description,
        "masks": str(masks),
        "mask_suffix": mask_suffix,
        "weights": weights,
        "device": device,
        "preset": preset,
        "stride": stride,
        "threads": threads,
        "id_maps": id_maps,
        "fusion": asdict(result.config),
    }
    with atomic_folder(output, overwrite=overwrite, marker=REPORT) as folder:
        _write(report, folder, config, name=source.name)
        if id_maps:
            passed = _write_id_maps(result, folder, source, progress=progress)
            report = replace(report, id_maps=passed)
        report = replace(report, peak_memory_mb=peak_memory_mb())
        write_json(folder / REPORT, report.as_dict())
    return report


def read_report(run: str | Path) -> dict[str, Any]:
    """Reads the report of a run.

    Raises:
        FormatError: The folder is no run.
    """
    value = read_json(Path(run) / REPORT)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise FormatError(f"{Path(run) / REPORT}", expected="the report of a run", got="other JSON")
    return value


def _check(capture: str | Path, *, layout: str | None) -> tuple[str, ...]:
    """The warnings of a quick check of the capture; its errors are raised."""
    found = check_capture(capture, layout=layout)
    if found.is_usable:
        return _lines(found.warnings)
    first, *others = found.errors
    advice = [first.do] if first.do else []
    if others:
        advice.append(f"Further errors: {', '.join(problem.code for problem in others)}.")
    if found.layout is not None:
        advice.append(
            f"'scenewright check {capture}' tells all; --skip-check segments it all the same."
        )
    raise CaptureError(
        first.what,
        expected=first.expected or None,
        got=first.got or None,
        do=" ".join(advice) or None,
    )


def _lines(problems: Sequence[Problem]) -> tuple[str, ...]:
    """Problems as the lines of text that a report holds."""
    return tuple(str(problem).removeprefix(f"{problem.severity} ") for problem in problems)


def _fit_into_pictures(result: Segmentation) -> bool:
    return int(result.scene.instances.id.max(initial=0)) <= LARGEST_ID


def _too_many_ids(result: Segmentation) -> Problem:
    # The rest of the run is worth keeping, so this is no error.
    return Problem(
        "warning",
        "id-maps",
        "Id maps are not written",
        expected=f"ids up to {LARGEST_ID}, the range of a 16-bit PNG",
        got=f"{result.scene.instances.id.max()}",
        do="Use fewer frames (--stride), or frame_id_maps in Python.",
    )


def _write(report: RunReport, folder: Path, config: dict[str, Any], *, name: str) -> None:
    """Writes all of a run but its report and its id maps."""
    scene = report.segmentation.scene
    save(scene, folder / "scene")
    save(scene, folder / "points.ply")
    if scene.assets:
        save(scene, folder / "objects.glb")
    write_boxes(folder / "instances.json", scene.instances, up=scene.up)
    write_json(folder / "config.json", config)
    draw_preview(scene, title=name, caption=_caption(report)).save(folder / "preview.png")


def _write_id_maps(
    result: Segmentation, folder: Path, source: Capture, *, progress: Progress
) -> IdMapPass:
    start = perf_counter()
    maps = frame_id_maps(
        result.scene, source, voxel_size=result.config.voxel_size, progress=progress
    )
    write_id_maps(folder / ID_MAPS, maps)
    seconds = round(perf_counter() - start, 3)
    return IdMapPass(maps.num_frames, len(maps.without_pose), seconds)


def _caption(report: RunReport) -> str:
    result = report.segmentation
    num_points = 0 if result.scene.points is None else len(result.scene.points)
    used = result.num_frames - result.num_dropped
    return (
        f"{len(report.instances)} objects from {used} of {result.num_frames} frames, "
        f"{num_points:,} points {result.config.voxel_size * 100:g} cm apart, masks: {result.masks}"
    )
