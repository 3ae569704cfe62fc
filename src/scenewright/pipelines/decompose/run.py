"""The run folder of a decomposition: objects, the background, pictures, and what it cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright._version import __version__
from scenewright.core import InstanceTable, Progress, Scene, SurfelCloud, Views, no_progress
from scenewright.data import open_capture
from scenewright.io import atomic_folder, load_scene, save, write_boxes, write_id_maps, write_json
from scenewright.io.id_maps import LARGEST_ID
from scenewright.pipelines.decompose.steps import (
    STEP,
    VERDICTS,
    DecomposeSettings,
    Decomposition,
    check_scene,
    decompose_scene,
)
from scenewright.pipelines.fit_splats.run import capture_of_run
from scenewright.pipelines.pictures.preview import draw_preview
from scenewright.pipelines.pictures.view_pictures import (
    Kind,
    draw_view,
    objects_sheet,
    preview_scene,
    sheet,
    spread,
)
from scenewright.pipelines.segment.run import FORMAT, ID_MAPS, REPORT, VERSION, object_row
from scenewright.pipelines.view_frames import MAX_WIDTH, PictureSource
from scenewright.runs.outputs import check_output
from scenewright.runs.threads import use_threads
from scenewright.runs.timing import costs_to_dict, peak_memory_mb

OBJECTS = "objects"
BACKGROUND = "background.ply"
_MOST_PICTURES = 40
"""Objects on the sheet, the largest ones."""
_MARGIN = 0.15
_PAPER = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class DecomposeReport:
    """What a decomposition found and what it cost.

    Attributes:
        run: The run folder.
        capture: Folder of the capture.
        settings: How it was done.
        result: The objects and how they came about.
        peak_memory_mb: Largest memory of the process, megabytes; None where unknown.
    """

    run: Path
    capture: str
    settings: DecomposeSettings
    result: Decomposition
    peak_memory_mb: float | None = None

    @property
    def instances(self) -> InstanceTable:
        """The objects that were found."""
        return self.result.scene.instances

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values; what report.json holds."""
        result = self.result
        scene = result.scene
        assert scene.views is not None and scene.surfels is not None
        surfels, points = scene.surfels, scene.points
        rows = []
        for row, thing in zip(self.instances, result.objects.objects, strict=True):
            grid = thing.grid
            rows.append(
                {
                    **object_row(row),
                    "num_surfels": len(thing.surfels),
                    "seen_share": None if grid is None else round(grid.seen_share, 4),
                    "direction_share": round(thing.direction_share, 4),
                    "num_faces": 0 if thing.asset is None else len(thing.asset.mesh.faces),
                }
            )
        return {
            "format": FORMAT,
            "version": VERSION,
            "scenewright": __version__,
            "verb": STEP,
            "capture": self.capture,
            "masks": self.settings.masks_name,
            "preset": self.settings.preset,
            "num_views": len(scene.views),
            "num_views_without_masks": result.num_views_without_masks,
            "num_masks": result.num_masks,
            "num_masks_by_verdict": {
                name: result.num_masks_with(value) for name, value in VERDICTS.items()
            },
            "depth_drawn": result.depth_drawn,
            "num_objects": len(self.instances),
            "num_points": 0 if points is None else len(points),
            "num_surfels": len(surfels),
            "num_surfels_cut": result.num_split,
            "num_background_surfels": len(result.objects.background),
            "seconds": round(sum(cost.seconds for cost in result.stages.values()), 3),
            "stages": costs_to_dict(result.stages),
            "peak_memory_mb": None
            if self.peak_memory_mb is None
            else round(self.peak_memory_mb, 1),
            "objects": rows,
        }


def decompose_run(
    scene: str | Path,
    output: str | Path,
    *,
    settings: DecomposeSettings | None = None,
    capture: str | Path | None = None,
    layout: str | None = None,
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> DecomposeReport:
    """Decomposes a scene of surfels and writes a run folder, whole or not at all.

    The folder gets ``scene/``, ``objects.glb``, ``instances.json``, ``objects/ID.ply`` (the surfels
    of each object), ``background.ply`` (all others), ``points.ply``, ``id_maps/``, ``views.jpg``,
    ``objects.jpg``, ``preview.png``, ``config.json`` and ``report.json``.

    Args:
        scene: A run of `fit_splats_run`, a scene folder, or a splat PLY.
        output: The run folder.
        settings: How it is done; None takes the defaults.
        capture: Folder of the pictures; None takes the one that the scene knows.
        layout: Name of its layout, or None to recognise it.
        threads: Cores that the compiled loops use; None means all.
        overwrite: Whether an older run of that name may be replaced.
        progress: Told how far it is.

    Raises:
        CaptureError: The capture is gone or another one, or no object was found.
        ConventionError: The scene has no surfels.
        OutputError: The folder exists, or cannot be written.
    """
    output, settings = Path(output), settings or DecomposeSettings()
    check_output(output, marker=REPORT, overwrite=overwrite)
    use_threads(threads)
    place = Path(scene)
    loaded = load_scene(place)
    _require_surfels(loaded)
    folder = capture_of_run(place, loaded) if capture is None else Path(capture)
    source = open_capture(folder, layout=layout)
    if loaded.surfels is not None and loaded.views is None:
        loaded = _with_views_of(loaded, PictureSource(source, max_width=MAX_WIDTH))
    result = decompose_scene(loaded, source, settings, progress=progress)
    report = DecomposeReport(output, str(source.root), settings, result, peak_memory_mb())
    config = {
        "scenewright": __version__,
        "verb": STEP,
        "scene": str(place.resolve()),
        "capture": str(source.root.resolve()),
        "layout": source.layout,
        "threads": threads,
        **settings.as_dict(),
        "clusters": asdict(result.config),
    }
    with atomic_folder(output, overwrite=overwrite, marker=REPORT) as inside:
        _write(report, inside, config, name=source.name)
    return report


def _require_surfels(scene: Scene) -> None:
    if scene.surfels is None or not len(scene.surfels):
        check_scene(scene)


def _with_views_of(scene: Scene, frames: PictureSource) -> Scene:
    small = [replace(frame, image=None, depth=None) for frame in frames]
    return replace(scene, views=Views.from_frames(small))


def _write(report: DecomposeReport, folder: Path, config: dict[str, Any], *, name: str) -> None:
    result = report.result
    scene = result.scene
    save(scene, folder / "scene")
    if scene.points is not None:
        save(scene, folder / "points.ply")
    if scene.assets:
        save(scene, folder / "objects.glb")
    write_boxes(folder / "instances.json", scene.instances, up=scene.up)
    (folder / OBJECTS).mkdir()
    for thing in result.objects.objects:
        save(thing.surfels, folder / OBJECTS / f"{thing.id}.ply")
    save(result.objects.background, folder / BACKGROUND)
    if int(scene.instances.id.max(initial=0)) <= LARGEST_ID:
        write_id_maps(folder / ID_MAPS, _id_maps(result))
    write_json(folder / "config.json", config)
    _views_sheet(result).save(folder / "views.jpg", quality=90)
    objects_sheet(object_pictures(result)).save(folder / "objects.jpg", quality=90)
    draw_preview(preview_scene(scene), title=name, caption=_caption(report)).save(
        folder / "preview.png"
    )
    write_json(folder / REPORT, report.as_dict())


def _id_maps(result: Decomposition) -> Iterator[tuple[str, NDArray[np.int32]]]:
    views = result.scene.views
    assert views is not None
    return ((name, result.id_map(i)) for i, name in enumerate(views.name))


def _views_sheet(result: Decomposition) -> Image.Image:
    scene = result.scene
    assert scene.surfels is not None and scene.views is not None
    kinds: tuple[Kind, ...] = ("color", "ids", "depth")
    rows = []
    for number in spread(range(len(scene.views))):
        drawn = draw_view(
            scene.surfels,
            scene.views.camera(number),
            world_from_cam=scene.views.world_from_cam[number],
        )
        rows.append((scene.views.name[number], [drawn.picture(kind) for kind in kinds]))
    return sheet(rows, kinds)


def object_pictures(result: Decomposition) -> dict[str, Image.Image]:
    """Each object on its own, cut out of the view that shows most of it; the largest first."""
    views = result.scene.views
    assert views is not None
    best: dict[int, tuple[int, int]] = {}
    for number, masks in enumerate(result.objects.masks):
        for i, area in zip(masks.ids.tolist(), masks.areas().tolist(), strict=True):
            if area > best.get(i, (0, 0))[0]:
                best[i] = (area, number)
    order = sorted(best, key=lambda i: -best[i][0])[:_MOST_PICTURES]
    return {
        str(i): _alone(result.objects.by_id(i).surfels, views, best[i][1], _bounds(result, i, best))
        for i in order
    }


def _bounds(
    result: Decomposition, instance: int, best: dict[int, tuple[int, int]]
) -> NDArray[np.float32]:
    masks = result.objects.masks[best[instance][1]]
    bounds: NDArray[np.float32] = masks.boxes()[int(np.flatnonzero(masks.ids == instance)[0])]
    return bounds


def _alone(
    surfels: SurfelCloud, views: Views, number: int, bounds: NDArray[np.float32]
) -> Image.Image:
    camera = views.camera(number)
    drawn = draw_view(
        surfels,
        camera,
        world_from_cam=views.world_from_cam[number],
        background=_PAPER,
    )
    left, top, right, low = bounds.tolist()
    margin = _MARGIN * max(right - left, low - top) + 2
    box = (
        max(int(left - margin), 0),
        max(int(top - margin), 0),
        min(int(right + margin), camera.width),
        min(int(low + margin), camera.height),
    )
    picture = drawn.picture("color").crop(box)
    share = 200 / max(picture.size)
    size = (max(round(picture.width * share), 1), max(round(picture.height * share), 1))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _caption(report: DecomposeReport) -> str:
    scene = report.result.scene
    assert scene.views is not None and scene.surfels is not None
    return (
        f"{len(report.instances)} objects from {len(scene.views)} views, "
        f"{len(scene.surfels):,} surfels, masks: {report.settings.masks_name}"
    )
