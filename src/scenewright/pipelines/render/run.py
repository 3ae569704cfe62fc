"""The folder of ``scenewright render``: pictures of the views of a scene, and a turntable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from PIL import Image

from scenewright.core import (
    Camera,
    ConventionError,
    Progress,
    Scene,
    StateGrid,
    SurfelCloud,
    UnknownNameError,
    instance_colors,
    no_progress,
    require,
)
from scenewright.io import load_scene
from scenewright.pipelines.pictures.grid_slices import draw_grid
from scenewright.pipelines.pictures.kinds import KINDS, Kind
from scenewright.pipelines.pictures.turntables import front_sides, turntable, write_gif, write_mp4
from scenewright.pipelines.pictures.view_pictures import DrawnView, draw_view
from scenewright.pipelines.render.settings import RenderSettings
from scenewright.pipelines.sources.scenes import choose_instances, given_up, surfels_and_views
from scenewright.pipelines.sources.views import choose_view
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb
from scenewright.runs.threads import use_threads
from scenewright.splats.rendering import not_floating


@dataclass(frozen=True)
class RenderRun:
    """A run of ``render``.

    Attributes:
        folder: Holds the pictures.
        report: The report in the folder.
        files: Names of the pictures, in the order they were made.
    """

    folder: RunFolder
    report: RunReport
    files: tuple[str, ...]


def render_run(
    scene: Scene | str | Path,
    output: str | Path,
    settings: RenderSettings,
    *,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> RenderRun:
    """Renders a scene of surfels and writes the folder of pictures atomically.

    Pictures are named ``VIEW.KIND.png``; a turntable is ``turntable.gif`` and ``turntable.mp4``;
    what is known of the space around an object is ``grid-ID.png``.

    Args:
        scene: A scene, a run, a scene folder or a splat PLY.
        output: The folder to make.
        settings: What is drawn.
        overwrite: Whether an older folder of pictures may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: Nothing to draw is requested, or the scene lacks surfels, views, grids, or
            the requested instances.
        UnknownNameError: There is no such view or kind of picture.
        MissingExtraError: A video is requested and the package av is not installed.
        OutputError: The folder exists, or cannot be written.
    """
    check_render_settings(settings)
    folder = RunFolder.create(output, verb="render", overwrite=overwrite)
    use_threads(settings.threads)
    if settings.mp4:
        require("av", extra="video")  # fail before the work, not after it
    start = perf_counter()
    path = None if isinstance(scene, Scene) else str(Path(scene).resolve())
    if not isinstance(scene, Scene):
        scene = load_scene(scene)
    grids = {i: _grid(scene, i) for i in settings.grids}
    draws_surfels = bool(settings.views) or settings.turntable
    surfels = None
    if draws_surfels:
        surfels = chosen_surfels(scene, without=settings.without, only=settings.only)
    numbers = _numbers(scene, settings.views)
    files: list[str] = []
    with folder.writing() as draft:
        for i, grid in grids.items():
            label = scene.instances.by_id(i).label
            files.append(f"grid-{i}.png")
            draw_grid(grid, title=f"{i} {label}".strip()).save(draft.path / files[-1])
        for done, number in enumerate(numbers):
            assert surfels is not None
            files += _draw(scene, surfels, number, settings, draft.path)
            progress("render", done + 1, len(numbers), "views")
        if surfels is not None and settings.turntable:
            files += _turn(scene, surfels, settings, draft.path, progress)
        report = RunReport(
            verb="render",
            inputs={"scene": path},
            settings=settings_to_dict(settings),
            results={"files": files},
            seconds=perf_counter() - start,
            peak_memory_mb=peak_memory_mb(),
        )
        draft.finish(report)
    return RenderRun(folder, report, tuple(files))


def check_render_settings(settings: RenderSettings) -> None:
    """Refuses settings that draw nothing.

    Raises:
        UnknownNameError: There is no such kind of picture.
        ConventionError: Neither views, a turntable nor grids are requested, or the width is too
            small.
    """
    unknown = [kind for kind in settings.kinds if kind not in KINDS]
    if unknown or not settings.kinds:
        raise UnknownNameError(
            f"Unknown kind of picture: '{' '.join(unknown)}'",
            expected=f"one of {', '.join(KINDS)}",
        )
    if not settings.views and not settings.turntable and not settings.grids:
        raise ConventionError(
            "Nothing to draw",
            expected="--view NAME, --view NUMBER or --view all, --turntable, or --grids ID",
            got="none of these",
        )
    if settings.width is not None and settings.width < 8:
        raise ConventionError("Width", expected="8 or more pixels", got=str(settings.width))


def chosen_surfels(
    scene: Scene, *, without: Sequence[int] = (), only: Sequence[int] = ()
) -> SurfelCloud:
    """The surfels of a scene without some instances, or of some instances only.

    Args:
        scene: Scene with surfels.
        without: Ids that are removed.
        only: Ids that are kept; empty keeps everything.

    Raises:
        ConventionError: There are no surfels, or no such instance.
    """
    surfels = scene.surfels
    if surfels is None or not len(surfels):
        surfels, _ = surfels_and_views(scene)
    if not without and not only:
        return surfels
    if surfels.instance_id is None:
        raise ConventionError(
            "The surfels have no instances",
            expected="a scene that 'scenewright decompose' made",
            got="surfels without instances",
            do="Run 'scenewright decompose' first.",
        )
    chosen = choose_instances(scene, only=only, without=without).surfels
    assert chosen is not None
    return chosen


def _grid(scene: Scene, instance: int) -> StateGrid:
    """The state grid of an object.

    Raises:
        ConventionError: There is no such object, or nothing is known of the space around it.
    """
    scene.instances.by_id(instance)  # raises for an unknown id
    if instance not in scene.grids:
        raise ConventionError(
            f"instance {instance}", expected="a grid of occupied, free and unknown cells",
            got="none", do="Run 'scenewright segment --grids', 'decompose' or 'complete' first.",
        )  # fmt: skip
    return scene.grids[instance]


def _numbers(scene: Scene, wanted: Sequence[str]) -> list[int]:
    if not wanted:
        return []
    _, views = surfels_and_views(scene)
    found = [number for word in wanted for number in choose_view(views, word)]
    return list(dict.fromkeys(found))


def _draw(
    scene: Scene, surfels: SurfelCloud, number: int, settings: RenderSettings, folder: Path
) -> list[str]:
    assert scene.views is not None
    camera = scene.views.camera(number)
    if settings.width is not None:
        height = max(round(camera.height * settings.width / camera.width), 1)
        camera = camera.resized(settings.width, height)
    drawn = _drawn(surfels, camera, scene, number)
    names = []
    for kind in _kinds(settings):
        names.append(f"{_file_name(scene.views.name[number])}.{kind}.png")
        drawn.picture(kind).save(folder / names[-1])
    return names


def _drawn(surfels: SurfelCloud, camera: Camera, scene: Scene, number: int) -> DrawnView:
    assert scene.views is not None
    return draw_view(
        surfels,
        camera,
        world_from_cam=scene.views.world_from_cam[number],
        colors=instance_colors(scene.instances),
    )


def _turn(
    scene: Scene,
    surfels: SurfelCloud,
    settings: RenderSettings,
    folder: Path,
    progress: Progress,
) -> list[str]:
    width = settings.width or 480
    fronts = None
    # Single objects are shown from all sides; rooms are shown from the inside.
    if scene.views is not None and not settings.only:
        surfels = surfels[not_floating(surfels, scene.views)]
        fronts = front_sides(surfels, scene.views)
    pictures: list[Image.Image] = []
    turn = turntable(
        surfels,
        up=given_up(settings.up, scene),
        kind=_kinds(settings)[0],
        num_frames=settings.num_frames,
        size=(width, max(round(0.75 * width), 1)),
        fronts=fronts,
        centers=None if scene.views is None or settings.only else scene.views.centers,
    )
    for picture in turn:
        pictures.append(picture)
        progress("turntable", len(pictures), settings.num_frames, "frames")
    write_gif(folder / "turntable.gif", pictures)
    if not settings.mp4:
        return ["turntable.gif"]
    write_mp4(folder / "turntable.mp4", pictures)
    return ["turntable.gif", "turntable.mp4"]


def _kinds(settings: RenderSettings) -> list[Kind]:
    return [kind for kind in KINDS if kind in settings.kinds]


def _file_name(name: str) -> str:
    """The name of a view as a file name."""
    return name.replace("/", "_").replace("\\", "_")
